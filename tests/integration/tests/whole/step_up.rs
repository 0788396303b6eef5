//! What is sensitive asks once more who it is, and leads back (AUTH-16).

use jiff::SignedDuration;
use qualify_domain::access::Role;
use qualify_integration::{Answer, Client, House, Organization, PASSWORD, Person};
use reqwest::Method;

/// An organization whose owner signed in eleven minutes ago, and a member of theirs.
async fn late() -> (House, Organization, Person) {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let agent = house.join(&north, "agent@north.example", &[Role::Agent]).await;
    house.clock.advance(SignedDuration::from_mins(11));
    assert_eq!(north.owner.client.get("/settings/security").await.status, 200, "still signed in");
    (house, north, agent)
}

/// Sends a form from a page of ours.
async fn send_from(client: &mut Client, page: &str, path: &str, fields: &[(&str, &str)]) -> Answer {
    let referer = format!("{}{page}", client.base());
    let request = client.request(Method::POST, path).header("accept", "text/html").header("referer", referer);
    let request = request.header("origin", client.base()).form(fields);
    client.send(request).await
}

#[tokio::test]
async fn auth_16_who_confirms_is_led_back_to_the_page_and_may_send_again() {
    let (_house, mut north, agent) = late().await;
    let page = format!("/settings/members/{}", agent.user);
    let (change, fields) = (format!("{page}/roles"), [("manager", "1")]);
    let browser = &mut north.owner.client;
    let form = browser.get(&page).await.text();
    let refused = send_from(browser, &page, &change, &fields).await;
    let asked = format!("/confirm?next=%2Fsettings%2Fmembers%2F{}&again=1", agent.user);
    assert_eq!((refused.status, refused.location()), (303, &*asked));
    assert_eq!(browser.get(&page).await.text(), form, "nothing has changed");

    let question = browser.get(&asked).await;
    assert_eq!(question.status, 200);
    assert!(question.text().contains("has not been done yet") && question.text().contains(&north.owner.email));
    assert_eq!(question.hidden("next").as_deref(), Some(&*page));
    assert!(!question.text().contains("name=\"code\""), "there is no second factor");
    let wrong = [("password", "a long walk along the rover"), ("next", &page), ("again", "1")];
    let again = browser.post("/confirm", &wrong).await;
    assert_eq!(again.status, 401);
    assert_eq!(again.hidden("next").as_deref(), Some(&*page), "the way back is not lost");
    assert!(again.text().contains("notice bad") && !again.text().contains("rover"));

    let confirmed = browser.post("/confirm", &[("password", PASSWORD), ("next", &page), ("again", "1")]).await;
    assert_eq!((confirmed.status, confirmed.location()), (303, &*page));
    let sent = send_from(browser, &page, &change, &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    assert!(!sent.location().starts_with("/confirm"), "{}", sent.location());
}

#[tokio::test]
async fn auth_16_a_page_that_shows_something_sensitive_asks_before_it_shows() {
    let (_house, mut north, _) = late().await;
    let browser = &mut north.owner.client;
    let refused = browser.get("/settings/security/second-factor").await;
    let asked = "/confirm?next=%2Fsettings%2Fsecurity%2Fsecond-factor";
    assert_eq!((refused.status, refused.location()), (303, asked));
    assert!(!browser.get(asked).await.text().contains("has not been done yet"));
    let fields = [("password", PASSWORD), ("next", "/settings/security/second-factor")];
    assert_eq!(browser.post("/confirm", &fields).await.status, 303);
    assert_eq!(browser.get("/settings/security/second-factor").await.status, 200);
}

#[tokio::test]
async fn auth_16_programs_and_fragments_are_told_in_their_own_way() {
    let (_house, north, _) = late().await;
    let client = &north.owner.client;
    let request = |name: &'static str, value: &'static str| {
        let request = client.request(Method::POST, "/settings/security/recovery-codes").header("origin", client.base());
        request.header(name, value).form::<[(&str, &str); 0]>(&[])
    };
    let program = client.ask(request("accept", "application/json")).await;
    assert_eq!((program.status, program.header("content-type")), (403, "application/problem+json"));
    assert_eq!(program.json()["title"], "Confirm that it is you");
    let here = format!("{}/settings/security", client.base());
    let fragment = client.ask(request("hx-request", "true").header("hx-current-url", here)).await;
    assert_eq!(fragment.status, 403);
    assert_eq!(fragment.header("hx-redirect"), "/confirm?next=%2Fsettings%2Fsecurity&again=1");
}

#[tokio::test]
async fn web_8_auth_16_nobody_is_led_to_another_site_after_confirming() {
    let (_house, mut north, _) = late().await;
    let browser = &mut north.owner.client;
    for outside in ["https://evil.example/", "//evil.example", "/\\evil.example", ""] {
        let confirmed = browser.post("/confirm", &[("password", PASSWORD), ("next", outside)]).await;
        assert_eq!((confirmed.status, confirmed.location()), (303, "/"), "{outside}");
    }
    let page = browser.get("/confirm?next=https%3A%2F%2Fevil.example%2F").await.text();
    assert!(!page.contains("href=\"https://evil.example"), "{page}");
}

#[tokio::test]
async fn auth_16_auth_10_wrong_proofs_end_in_429_and_stand_in_the_log() {
    let (_house, mut north, _) = late().await;
    let browser = &mut north.owner.client;
    for n in 0..6 {
        let password = format!("a guess at a password {n}");
        assert_eq!(browser.post("/confirm", &[("password", &password)]).await.status, 401);
    }
    let held = browser.post("/confirm", &[("password", PASSWORD), ("next", "/leads")]).await;
    assert_eq!(held.status, 429);
    assert!((1..=2).contains(&held.header("retry-after").parse::<u64>().unwrap()));
    assert_eq!(held.hidden("next").as_deref(), Some("/leads"));
    let log = browser.get("/settings/security").await.text();
    assert_eq!(log.matches("Wrong password").count(), 6);
    let sensitive = browser.post("/settings/security/sessions/end", &[]).await;
    assert!(sensitive.location().starts_with("/confirm"), "{}", sensitive.location());
}

#[tokio::test]
async fn auth_16_a_confirmation_without_a_session_is_sent_to_sign_in_and_from_elsewhere_refused() {
    let (house, mut north, _) = late().await;
    let stranger = house.client().post("/confirm", &[("password", PASSWORD)]).await;
    assert_eq!((stranger.status, stranger.location()), (303, "/sign-in"));
    let browser = &mut north.owner.client;
    let foreign = browser.request(Method::POST, "/confirm").header("accept", "text/html");
    let foreign = foreign.header("origin", "https://evil.example").form(&[("password", PASSWORD)]);
    assert_eq!(browser.send(foreign).await.status, 403);
    assert!(browser.post("/settings/security/sessions/end", &[]).await.location().starts_with("/confirm"));
}
