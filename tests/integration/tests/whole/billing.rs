//! What an organization pays for, as its members see it: how it stands in words, what can be done and by whom, the ways to
//! the provider, and what was paid.

mod ends;
mod life;
mod room;

use std::sync::Arc;

use jiff::SignedDuration;
use qualify_domain::{
    access::Role,
    subscription::{Pause, ProviderId, Status},
};
use qualify_integration::{Answer, Client, House, Organization, Person, Plan};
use qualify_laws::till::{Sold, Till};
use qualify_ports::time::Clock;
use tokio_util::sync::CancellationToken;

const DAY: SignedDuration = SignedDuration::from_hours(24);
const HERE: &str = "/settings/billing";

/// An installation in which organizations pay, one of them, and its till. Nothing happens there by itself.
async fn billed() -> (House, Organization, Arc<Till>) {
    let till = Arc::new(Till::default());
    let house = House::built(Plan { works: false, billing: Some(till.clone()), ..Plan::default() }).await;
    let north = house.found("North").await;
    work(&house).await;
    (house, north, till)
}

/// What is sold first.
fn first() -> ProviderId {
    ProviderId("s1".to_owned())
}

async fn work(house: &House) {
    house.worker.drain(&CancellationToken::new()).await.unwrap();
}

/// The owner subscribes to the plan Team, and the provider tells of it.
async fn subscribed() -> (House, Organization, Arc<Till>) {
    let (house, mut north, till) = billed().await;
    let asked = north.owner.client.post("/settings/billing/checkout", &[("plan", "team")]).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    till.pay(house.clock.now());
    assert_eq!(house.hear(&Till::told(1, "s1")).await, 200);
    work(&house).await;
    (house, north, till)
}

/// The provider changes something, and tells of it.
async fn happens(house: &House, till: &Till, number: u32, change: impl FnOnce(&mut Sold)) {
    house.clock.advance(SignedDuration::from_secs(2));
    till.change(&first(), house.clock.now(), change);
    assert_eq!(house.hear(&Till::told(number, "s1")).await, 200);
    work(house).await;
}

async fn speak(client: &mut Client, language: &str) {
    let answer = client.post("/settings/profile/language", &[("language", language)]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
}

async fn page(client: &mut Client, path: &str) -> String {
    let page = client.get(path).await;
    assert_eq!(page.status, 200, "{path}: {} {}", page.location(), page.text());
    page.text()
}

/// A page in both languages.
async fn both(client: &mut Client, path: &str) -> [String; 2] {
    let english = page(client, path).await;
    speak(client, "fr").await;
    let french = page(client, path).await;
    speak(client, "en").await;
    [english, french]
}

/// The way to the provider on a page of ours: a link, and no form that leads there (WEB-8).
fn way_out(answer: &Answer) -> String {
    assert_eq!((answer.status, answer.header("cache-control")), (200, "no-store"), "{}", answer.text());
    let page = answer.text();
    assert!(!page.contains("action=\"https://"), "{page}");
    let (before, after) = page.split_once("href=\"https://pay.example/").unwrap();
    assert!(after.split('>').next().unwrap().contains("rel=\"noopener"), "{before}");
    after.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn where_nobody_pays_there_is_no_billing() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let profile = page(&mut north.owner.client, "/settings/profile").await;
    assert!(!profile.contains(HERE) && !profile.contains("id=\"banner\""), "{profile}");
    for path in ["", "/bills", "/bills.csv", "/return", "/plan", "/cancellation"] {
        assert_eq!(north.owner.client.get(&format!("{HERE}{path}")).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_trial_tells_until_when_it_runs_and_offers_the_plans() {
    let (_house, mut north, _) = billed().await;
    let [english, french] = both(&mut north.owner.client, HERE).await;
    for words in
        [">Trial<", "without a card", "The trial ends", "15 members", "Any number of forms", "10,000 submissions"]
    {
        assert!(english.contains(words), "{words}: {english}");
    }
    for words in [">Essai<", "sans carte", "Fin de l’essai", "15 membres", "Formulaires sans limite"] {
        assert!(french.contains(words), "{words}: {french}");
    }
    assert_eq!(english.matches("action=\"/settings/billing/checkout\"").count(), 3);
    assert!(english.contains("1 of 15") && english.contains("<td class=\"number\">15</td>"), "{english}");
    assert!(!english.contains("/settings/billing/cancellation") && !english.contains("/settings/billing/card"));
}

#[tokio::test]
async fn only_who_pays_sees_what_is_paid() {
    let (house, mut north, _) = subscribed().await;
    let mut payer = house.join(&north, "bo@north.example", &[Role::Billing]).await;
    let mut agent = house.join(&north, "ada@north.example", &[Role::Agent]).await;
    for client in [&mut north.owner.client, &mut payer.client] {
        let page = page(client, HERE).await;
        for way in ["/settings/billing/cancellation", "/settings/billing/card", "/settings/billing/plan?to=business"] {
            assert!(page.contains(way), "{way}: {page}");
        }
        assert!(!page.contains("/settings/billing/checkout"), "{page}");
    }
    assert!(!page(&mut agent.client, "/settings/profile").await.contains(HERE));
    assert_eq!(agent.client.get(HERE).await.status, 403);
    for way in ["checkout", "card", "portal", "plan", "cancellation", "resumption", "bills/i1-s1/document"] {
        assert_eq!(agent.client.post(&format!("{HERE}/{way}"), &[("plan", "solo")]).await.status, 403, "{way}");
    }
}

#[tokio::test]
async fn bil_6_who_comes_back_from_the_checkout_is_told_what_was_heard_and_no_more() {
    let (house, mut north, till) = billed().await;
    let client = &mut north.owner.client;
    assert!(page(client, &format!("{HERE}/return")).await.contains("No payment is awaited."));
    let asked = client.post(&format!("{HERE}/checkout"), &[("plan", "team")]).await;
    assert_eq!(way_out(&asked), "checkout?signature=s");
    let [english, french] = both(client, &format!("{HERE}/return")).await;
    assert!(
        english.contains("We wait for the payment provider") && french.contains("Nous attendons que le prestataire")
    );
    assert!(english.contains("hx-get=\"/settings/billing/return\"") && !english.contains("http-equiv"), "{english}");
    assert!(page(client, HERE).await.contains("has not confirmed it yet"));
    till.pay(house.clock.now());
    assert!(page(client, &format!("{HERE}/return")).await.contains("We wait"), "nobody told us yet");
    assert_eq!(house.hear(&Till::told(1, "s1")).await, 200);
    work(&house).await;
    let heard = page(client, &format!("{HERE}/return")).await;
    assert!(heard.contains("you have the plan Team") && !heard.contains("hx-get=\"/settings/billing"), "{heard}");
    let again = client.post(&format!("{HERE}/checkout"), &[("plan", "solo")]).await;
    assert_eq!(again.status, 409);
    assert!(again.text().contains("It has not ended: its plan can be changed."), "{}", again.text());
}

#[tokio::test]
async fn each_state_has_its_words_in_both_languages_and_what_can_be_done() {
    let (house, mut north, till) = subscribed().await;
    let soon = house.clock.now() + DAY * 5;
    let states = [
        (Status::Active, "and it is paid", "et elle est payée", "change"),
        (Status::OnTrial, "The first payment is collected", "Le premier paiement est prélevé", "change"),
        (Status::Paused(Pause::Free), "Nothing is collected for now", "Rien n’est prélevé", "settle"),
        (Status::Paused(Pause::Void), "forms still take in", "continuent de recevoir", "settle"),
        (Status::PastDue, "The last payment did not go through", "Le dernier paiement a échoué", "settle"),
        (Status::Unpaid, "waits sealed for 30 days", "reste scellé 30 jours", "settle"),
        (Status::Cancelled, "take the cancellation back", "revenir sur la résiliation", "resume"),
    ];
    for (number, (status, english, french, can)) in (2..).zip(states) {
        happens(&house, &till, number, |sold| {
            sold.is.status = Some(status);
            sold.is.ends_at = (status == Status::Cancelled).then_some(soon);
        })
        .await;
        let pages = both(&mut north.owner.client, HERE).await;
        for (page, words) in pages.iter().zip([english, french]) {
            assert!(page.contains(words), "{status:?}: {words}: {page}");
            for (way, does) in [
                ("/settings/billing/plan?to=", "change"),
                ("/settings/billing/cancellation", "settle change"),
                ("/settings/billing/resumption", "resume"),
                ("/settings/billing/portal", "settle change resume"),
            ] {
                assert_eq!(page.contains(way), does.contains(can), "{status:?}: {way}");
            }
        }
    }
}

#[tokio::test]
async fn a_plan_is_changed_and_a_subscription_cancelled_after_a_question_that_says_what_happens() {
    let (house, mut north, till) = subscribed().await;
    till.change(&first(), house.clock.now(), |sold| sold.is.renews_at = "2030-01-31T12:00:00Z".parse().ok());
    let client = &mut north.owner.client;
    let question = page(client, &format!("{HERE}/plan?to=business")).await;
    assert!(question.contains("You have the plan Team. The plan Business holds at once"), "{question}");
    for none in ["team", "gold", ""] {
        assert_eq!(client.get(&format!("{HERE}/plan?to={none}")).await.location(), HERE, "{none}");
    }
    let changed = client.post(&format!("{HERE}/plan"), &[("plan", "business")]).await;
    assert_eq!((changed.status, changed.location()), (303, "/settings/billing?done=plan"));
    let shown = page(client, changed.location()).await;
    assert!(shown.contains("<h2>Business</h2>") && shown.contains("The plan was changed."), "{shown}");
    let [english, french] = both(client, &format!("{HERE}/cancellation")).await;
    assert!(
        english.contains("Everything stays open until 31 Jan 2030") && english.contains("For 30 days"),
        "{english}"
    );
    assert!(french.contains("Tout reste ouvert jusqu’au 31 janv. 2030"), "{french}");
    let cancelled = client.post(&format!("{HERE}/cancellation"), &[]).await;
    assert_eq!(cancelled.location(), "/settings/billing?done=cancelled");
    let leads = page(client, "/leads").await;
    assert!(leads.contains("The subscription was cancelled: everything stays open until 31 Jan 2030."), "{leads}");
    let resumed = client.post(&format!("{HERE}/resumption"), &[]).await;
    assert_eq!(resumed.location(), "/settings/billing?done=resumed");
    assert!(!page(client, "/leads").await.contains("id=\"banner\""));
}

#[tokio::test]
async fn bil_8_ways_to_the_provider_are_links_on_a_page_of_ours_and_kept_nowhere() {
    let (house, mut north, till) = subscribed().await;
    let client = &mut north.owner.client;
    for (way, link) in [("card", "s1/card"), ("portal", "s1/portal"), ("bills/i1-s1/document", "i1-s1")] {
        let answer = client.post(&format!("{HERE}/{way}"), &[]).await;
        assert_eq!(way_out(&answer), format!("{link}?signature=s"), "{way}");
    }
    assert_eq!(client.post(&format!("{HERE}/bills/i9-s1/document"), &[]).await.status, 404);
    till.open().is_away = true;
    for way in ["card", "cancellation"] {
        let away = client.post(&format!("{HERE}/{way}"), &[]).await;
        assert_eq!((away.status, away.header("retry-after")), (503, "60"), "{way}");
        assert!(
            away.text().contains("Nothing was changed.") && away.text().contains("id=\"plans\""),
            "{}",
            away.text()
        );
    }
    till.open().is_away = false;
    house.clock.advance(SignedDuration::from_mins(11));
    for way in ["checkout", "card", "portal", "plan", "cancellation", "resumption", "bills/i1-s1/document"] {
        let asked = client.post(&format!("{HERE}/{way}"), &[("plan", "solo")]).await;
        assert!(asked.location().starts_with("/confirm"), "{way}: {} {}", asked.status, asked.location());
    }
}

#[tokio::test]
async fn what_was_paid_is_a_list_and_a_file_in_the_readers_words() {
    let (house, mut north, till) = subscribed().await;
    happens(&house, &till, 2, |sold| {
        sold.bills[0].amounts.refunded = 1_050;
        sold.bills[0].refunded_at = Some(sold.is.updated_at);
    })
    .await;
    let [english, french] = both(&mut north.owner.client, &format!("{HERE}/bills")).await;
    for words in ["€49.00", "€10.50", "Invoice", "Refund", "paid", "/settings/billing/bills/i1-s1/document"] {
        assert!(english.contains(words), "{words}: {english}");
    }
    for words in ["49,00\u{a0}€", "10,50\u{a0}€", "Facture", "Remboursement", "payée"] {
        assert!(french.contains(words), "{words}: {french}");
    }
    let file = north.owner.client.get(&format!("{HERE}/bills.csv")).await;
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    let text = file.text();
    assert!(text.starts_with("date,kind,document,status,currency,"), "{text}");
    assert!(text.contains(",invoice,i1-s1,paid,EUR,1.08,4900,49.00,"), "{text}");
    assert!(text.contains(",1050,10.50,1,"), "{text}");
    assert_eq!(north.owner.client.get(&format!("{HERE}/bills?after=nowhere")).await.status, 400);
    let mut agent = house.join(&north, "ada@north.example", &[Role::Agent]).await;
    assert_eq!(agent.client.get(&format!("{HERE}/bills.csv")).await.status, 403);
}

/// Somebody signs in anew, after so long that their session is over.
async fn again(house: &House, person: &mut Person) {
    *person = house.sign_in(&person.email).await;
}
