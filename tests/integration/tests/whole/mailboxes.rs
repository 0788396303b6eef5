//! Who proves a mailbox: by the links of mails, in front of the pages (AUTH-11, AUTH-12).

use qualify_integration::{Answer, House, PASSWORD};

fn assert_hushed(answer: &Answer) {
    assert_eq!(answer.header("referrer-policy"), "no-referrer");
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn auth_11_somebody_signs_up_and_comes_in_by_the_link_of_the_mail() {
    let house = House::open().await;
    let mut client = house.client();
    let fields =
        [("first_name", "Zoé"), ("last_name", "Berg"), ("email", "zoe@south.example"), ("organization", "South")];
    let answer = client.post("/sign-up", &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let sent = client.get(answer.location()).await;
    assert!(sent.text().contains("Look into your mailbox") && sent.text().contains("24 hours"), "{}", sent.text());
    let again = client.post("/sign-up/again", &[("again", &sent.hidden("again").unwrap())]).await;
    assert!(client.get(again.location()).await.text().contains("sent it again"));
    let mails = house.mails.wait("zoe@south.example", 2).await;
    let link = mails[0].link("sign-up");
    assert_eq!(link, mails[1].link("sign-up"));
    assert_eq!(link.len(), 43, "256 bits");
    assert!(mails[0].text.contains(&format!("{}/sign-up/{link}", house.url)), "{}", mails[0].text);
    assert!(mails[0].html.contains(&format!("{}/sign-up/{link}", house.url)), "{}", mails[0].html);

    let page = format!("/sign-up/{link}");
    for _ in 0..2 {
        let shown = client.get(&page).await;
        assert_eq!(shown.status, 200);
        assert_hushed(&shown);
        assert!(shown.text().contains("Zoé Berg") && shown.text().contains("zoe@south.example"));
    }
    let made = client.post(&page, &[("password", PASSWORD)]).await;
    assert_eq!((made.status, made.location()), (303, "/sign-in?after=sign-up"));
    assert_hushed(&made);
    assert!(made.set_cookies().is_empty(), "nobody is signed in by a link");
    let mut zoe = house.sign_in("zoe@south.example").await;
    assert!(zoe.client.get("/leads").await.text().contains("South"));

    let garbage = "x".repeat(4_000);
    for dead in [&page, "/sign-up/x", &format!("/sign-up/{garbage}"), "/sign-up/%00%E2%80%AE"] {
        for answer in [client.get(dead).await, client.post(dead, &[("password", PASSWORD)]).await] {
            assert_eq!(answer.status, 410, "{dead}");
            assert!(answer.text().contains("This link does not work any more"));
            assert_hushed(&answer);
        }
    }
}

#[tokio::test]
async fn auth_9_too_many_mails_are_refused_with_words_and_what_was_typed() {
    let house = House::open().await;
    let fields = [("first_name", "Zoé"), ("last_name", "Berg"), ("email", "zoe@x.example"), ("organization", "South")];
    for _ in 0..5 {
        assert_eq!(house.client().post("/sign-up", &fields).await.status, 303);
    }
    let refused = house.client().post("/sign-up", &fields).await;
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| (1..=3_600).contains(&seconds)));
    assert!(refused.text().contains("many mails") && refused.text().contains("zoe@x.example"));
}

#[tokio::test]
async fn auth_5_auth_12_who_forgot_their_password_is_answered_like_anybody_and_chooses_a_new_one() {
    let house = House::open().await;
    let north = house.found("North").await;
    let mut client = house.client();
    assert!(client.get("/sign-in").await.text().contains("href=\"/password-reset\""));
    let known = client.post("/password-reset", &[("email", &north.owner.email)]).await;
    let unknown = client.post("/password-reset", &[("email", "someone@nowhere.example")]).await;
    assert_eq!(known.status, 303, "{}", known.text());
    assert_eq!(known.shape(), unknown.shape());
    assert_eq!(known.body, unknown.body);
    assert!(client.get(known.location()).await.text().contains("30 minutes"));
    for odd in ["", "no address", "a\u{0}@x.example", &format!("{}@x.example", "a".repeat(250))] {
        let refused = client.post("/password-reset", &[("email", odd)]).await;
        assert_eq!(refused.status, 422, "{odd:?}");
        assert!(refused.text().contains("id=\"email-fault\""));
    }
    let link = house.mails.wait(&north.owner.email, 1).await[0].link("password-reset");
    let page = format!("/password-reset/{link}");
    let shown = client.get(&page).await;
    assert!(shown.text().contains(&north.owner.email), "{}", shown.text());
    assert_hushed(&shown);
    let weak = client.post(&page, &[("password", "short")]).await;
    assert_eq!(weak.status, 422);
    assert!(weak.text().contains("id=\"password-fault\""));
    assert_hushed(&weak);
    let changed = client.post(&page, &[("password", "jupiter marble otter")]).await;
    assert_eq!((changed.status, changed.location()), (303, "/sign-in?after=reset"));
    assert!(changed.set_cookies().is_empty(), "AUTH-12: nobody is signed in by it");
    let mut before = north.owner.client.clone();
    assert!(before.get("/leads").await.location().starts_with("/sign-in"), "every session is over");
    for gone in [client.get(&page).await, client.post(&page, &[("password", "jupiter marble otter")]).await] {
        assert_eq!(gone.status, 410);
        assert_hushed(&gone);
    }
    let old = client.post("/sign-in", &[("email", &north.owner.email), ("password", PASSWORD)]).await;
    let new = client.post("/sign-in", &[("email", &north.owner.email), ("password", "jupiter marble otter")]).await;
    assert_eq!((old.status, new.status), (401, 303));
    house.settle().await;
    assert!(house.mails.to("someone@nowhere.example").is_empty());
}

#[tokio::test]
async fn somebody_is_invited_from_the_members_page_and_comes_in_by_the_link() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let owner = &mut north.owner.client;
    let odd = [("email", "no address"), ("agent", "1")];
    let refused = owner.post("/settings/members/invitations", &odd).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("id=\"email-fault\"") && refused.text().contains("no address"));
    let none = owner.post("/settings/members/invitations", &[("email", "zoe@south.example")]).await;
    assert_eq!(none.status, 422);
    assert!(none.text().contains("id=\"roles-fault\""), "{}", none.text());
    let sent = owner.post("/settings/members/invitations", &[("email", "zoe@south.example"), ("agent", "1")]).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let page = owner.get(sent.location().split('#').next().unwrap()).await.text();
    assert!(page.contains("on its way") && page.contains("zoe@south.example") && page.contains("open until"), "{page}");

    let mail = house.mails.wait("zoe@south.example", 1).await.remove(0);
    let link = format!("/invitations/{}", mail.link("invitations"));
    let wrong = owner.get(&link).await;
    assert!(wrong.text().contains(&format!("signed in as {}", north.owner.email)), "{}", wrong.text());
    assert_eq!(owner.post(&link, &[]).await.status, 409);
    let mut zoe = house.client();
    let shown = zoe.get(&link).await;
    assert_eq!(shown.status, 200);
    assert_hushed(&shown);
    assert!(shown.text().contains("Odile Owner invites you") && shown.text().contains("Agent"), "{}", shown.text());
    let faults = zoe.post(&link, &[("first_name", "Zoé"), ("password", "short")]).await;
    assert_eq!(faults.status, 422);
    for field in ["last_name", "password"] {
        assert!(faults.text().contains(&format!("id=\"{field}-fault\"")), "{}", faults.text());
    }
    assert!(faults.text().contains("value=\"Zoé\""), "what was typed is still there");
    let fields = [("first_name", "Zoé"), ("last_name", "Berg"), ("password", PASSWORD)];
    let joined = zoe.post(&link, &fields).await;
    assert_eq!((joined.status, joined.location()), (303, "/sign-in?after=joined"));
    let mut zoe = house.sign_in("zoe@south.example").await;
    assert_eq!(zoe.client.get("/leads").await.status, 200);
    assert_eq!(zoe.client.get("/settings/members").await.status, 403, "an agent");
    assert_eq!(house.client().get(&link).await.status, 410);
}

#[tokio::test]
async fn somebody_with_an_account_signs_in_on_the_way_and_joins_a_second_organization() {
    let house = House::open().await;
    let (mut north, south) = (house.found("North").await, house.found("South").await);
    let invite = [("email", south.owner.email.as_str()), ("admin", "1")];
    assert_eq!(north.owner.client.post("/settings/members/invitations", &invite).await.status, 303);
    let mail = house.mails.wait(&south.owner.email, 1).await.remove(0);
    let link = format!("/invitations/{}", mail.link("invitations"));
    let mut client = house.client();
    let shown = client.get(&link).await.text();
    let (_, after) = shown.split_once("href=\"/sign-in?next=").expect("a way to sign in");
    let way = format!("/sign-in?next={}", after.split('"').next().unwrap());
    let next = client.get(&way).await.hidden("next").unwrap();
    assert_eq!(next, link);
    let fields = [("email", south.owner.email.as_str()), ("password", PASSWORD), ("next", next.as_str())];
    let signed_in = client.post("/sign-in", &fields).await;
    assert_eq!(signed_in.location(), link, "signing in leads back");
    // An access token that ended on the way is renewed here too.
    house.clock.advance(jiff::SignedDuration::from_mins(11));
    let page = client.get(&link).await;
    assert_eq!((page.status, page.set_cookies().len()), (200, 2));
    assert_hushed(&page);
    let joined = client.post(&link, &[]).await;
    assert_eq!((joined.status, joined.location()), (303, "/"), "{}", joined.text());
    assert!(client.get("/settings/members").await.text().contains("North"), "they look at what they joined");
    let members = north.owner.client.get("/settings/members").await.text();
    assert!(members.contains(&south.owner.email) && !members.contains("open until"), "{members}");
}

#[tokio::test]
async fn auth_12_an_address_changes_by_the_link_in_the_mail_to_the_new_one() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut elsewhere = house.sign_in(&north.owner.email).await;
    let owner = &mut north.owner.client;
    for odd in ["", "no address", "a\u{0}@x.example", north.owner.email.as_str()] {
        let refused = owner.post("/settings/profile/email", &[("email", odd)]).await;
        assert_eq!(refused.status, 422, "{odd:?}: {}", refused.text());
        assert!(refused.text().contains("id=\"email-fault\""));
    }
    let asked = owner.post("/settings/profile/email", &[("email", "odile@new.example")]).await;
    assert_eq!(asked.status, 303, "{}", asked.text());
    assert!(owner.get(asked.location()).await.text().contains("24 hours"));
    let mail = house.mails.wait("odile@new.example", 1).await.remove(0);
    house.mails.wait(&north.owner.email, 1).await;
    let link = format!("/email-change/{}", mail.link("email-change"));
    let shown = owner.get(&link).await;
    assert!(shown.text().contains("odile@new.example") && shown.text().contains(&north.owner.email));
    assert_hushed(&shown);
    let changed = owner.post(&link, &[]).await;
    assert_eq!(changed.status, 303, "{}", changed.text());
    assert_hushed(&changed);
    assert!(owner.get("/leads").await.text().contains("odile@new.example"), "still signed in, by the new address");
    assert!(elsewhere.client.get("/leads").await.location().starts_with("/sign-in"), "and nowhere else");
    house.sign_in("odile@new.example").await;
    let old = house.client().post("/sign-in", &[("email", &north.owner.email), ("password", PASSWORD)]).await;
    assert_eq!(old.status, 401);
    assert_eq!(house.client().post(&link, &[]).await.status, 410);
}
