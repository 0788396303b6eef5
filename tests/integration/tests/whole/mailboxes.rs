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
