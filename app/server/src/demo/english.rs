//! Northwind Trails: walking holidays, in English.

use qualify_domain::access::Role;

use super::cast::{Campaign, Cast, Colleague, FormText};

pub(super) const NORTHWIND: Cast = Cast {
    organization: "Northwind Trails",
    language: qualify_domain::language::Language::English,
    site: "https://northwind.example.com",
    stages: ["New", "In conversation", "Qualified", "Won", "Not a fit"],
    members: &[
        Colleague { first: "Grace", last: "Whitfield", email: "grace@northwind.example.com", roles: &[Role::Owner] },
        Colleague { first: "Daniel", last: "Okafor", email: "daniel@northwind.example.com", roles: &[Role::Manager] },
        Colleague { first: "Priya", last: "Raman", email: "priya@northwind.example.com", roles: &[Role::Agent] },
        Colleague { first: "Tom", last: "Ashworth", email: "tom@northwind.example.com", roles: &[Role::Viewer] },
    ],
    forms: [
        FormText {
            name: "Ask us",
            page: "/contact",
            notice: "Northwind Trails uses what you send to answer your question and to follow up on it, on the ground \
                     of its legitimate interest in answering. Your network address is removed after 30 days. You can \
                     ask to see, correct or erase your data at any time.",
            consent: None,
        },
        FormText {
            name: "Request the brochure",
            page: "/brochure",
            notice: "Northwind Trails uses your address to send the brochure and, with your consent, news of its \
                     walks. You can withdraw it at any time. Your network address is removed after 30 days.",
            consent: Some("Yes, write to me about new walks."),
        },
    ],
    campaigns: &[
        Campaign {
            source: "google",
            medium: "cpc",
            name: "spring-walks",
            landing: "/walks",
            referrer: Some("https://www.google.example/"),
        },
        Campaign {
            source: "newsletter",
            medium: "email",
            name: "october-news",
            landing: "/walks/lake-district",
            referrer: None,
        },
        Campaign {
            source: "instagram",
            medium: "social",
            name: "summit-photos",
            landing: "/gallery",
            referrer: Some("https://social.example/"),
        },
        Campaign {
            source: "walkers-weekly",
            medium: "referral",
            name: "partner",
            landing: "/walks/coast-to-coast",
            referrer: Some("https://walkers.example.org/tours"),
        },
    ],
    phones: &["+44 7700 900", "020 7946 0", "+44 161 496 0", "+1 503-555-01"],
    messages: &[
        "Hello, we are a party of six and would like to walk the Coast to Coast in June. Do you still have room in the week of the 8th?",
        "My wife and I are both 67 and reasonably fit. Which of your walks would you recommend for a first time in Scotland?",
        "Is the Hadrian's Wall walk suitable for a dog? He is small and very polite.",
        "Could you send me your prices for a self-guided week with luggage transfer, two people, one room?",
        "We run a company of 25 and are looking for a two-day outing in September, somewhere within two hours of Manchester.",
        "I have a nut allergy. Can the guest houses on the West Highland Way cope with that?",
        "What is your cancellation policy if one of us gets injured before we start?",
        "I'd like to book the Snowdon weekend as a present for my brother. Do you do vouchers?",
        "How many hours a day do we walk on the Pembrokeshire tour, and how much of it is uphill?",
        "We did the Dales Way with you two years ago and loved every minute. What would you suggest next?",
        "Do you organise transport from Edinburgh airport to the first night's stay?",
        "Please call me back about the photography walk. Afternoons are best.",
        "Looking for something gentle with three children (6, 9 and 12), Easter holidays, ideally with a beach in it.",
        "Are single travellers welcome on the group walks, and is there a supplement for a single room?",
        "Could you tell me whether the February dates on Skye are confirmed? The website says 'on request'.",
        "We are a walking club from Bristol, 14 members, and would like a quote for the South West Coast Path, five days.",
        "Is it possible to rent poles and a decent waterproof from you?",
        "I am vegan. Is that going to be a problem in the huts?",
        "Do your guides hold a Mountain Leader award? My employer asks for it.",
        "Hi! Saw the photos of the winter traverse. How much experience do I need with crampons?",
        "Can we split the payment in three? We are four friends who all get paid on different days.",
        "I need an invoice with our company's VAT number for the trip in May, whom do I write to?",
        "Two of us would like to join the Lake District week but leave a day early. Is that possible?",
        "My father uses a wheelchair. Do you have any route he could share with us for a day?",
        "Which maps do you recommend for the Cape Wrath Trail, and can you review our plan?",
        "We are planning a hen weekend for nine, walking in the day, good food in the evening, no pink hats.",
        "Is there any chance of a place on the sold-out Torridon week? I can be very flexible.",
        "What happens when the weather is too bad to walk? Last year we lost two days elsewhere.",
        "Do you offer anything in Ireland? We would be coming from Portland in late August.",
        "Could somebody tell me how the luggage transfer works when we carry a violin?",
        "Interested in the night walk on midsummer's eve. How big are the groups?",
        "I wrote last week about the Great Glen Way and have not heard back, so I am trying this form.",
    ],
    notes: &[
        "Rang back, left a message on the machine.",
        "Very keen. Wants to decide with her husband by the weekend.",
        "Sent the quote for two rooms, valid for 14 days.",
        "Budget is tighter than hoped; offered the September dates.",
        "Asked for references from another club, forwarded two.",
        "Fitness is fine, did the Pennine Way in 2023.",
        "Wants to pay by bank transfer.",
        "Needs vegetarian meals for two.",
        "Will talk to the rest of the group and come back to us.",
        "Confirmed on the phone, deposit to follow.",
        "Found something closer to home. Friendly no.",
        "Good contact for company outings, keep in touch.",
    ],
};
