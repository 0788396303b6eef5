//! The page that says where somebody is signed in, and guesses at a password through the page for it.

use qualify_integration::{Answer, Client, House, PASSWORD};
use reqwest::Method;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";

async fn sign_in(client: &mut Client, email: &str, password: &str) -> Answer {
    let request = client
        .request(Method::POST, "/sign-in")
        .header("accept", "text/html")
        .header("origin", client.base().to_owned())
        .header("sec-fetch-site", "same-origin")
        .header("user-agent", FIREFOX)
        .form(&[("email", email), ("password", password)]);
    client.send(request).await
}

fn ends(page: &str) -> Vec<String> {
    let part = |rest: &str| rest.split_once("/end\"").map(|(id, _)| id.to_owned());
    page.split("action=\"/settings/security/sessions/").skip(1).filter_map(part).collect()
}

#[tokio::test]
async fn ses_8_a_member_sees_their_sessions_and_ends_one_from_another() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut elsewhere = house.client();
    assert_eq!(sign_in(&mut elsewhere, &north.owner.email, PASSWORD).await.status, 303);
    let page = north.owner.client.get("/settings/security").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Firefox on Linux") && page.text().contains("127.0.0.1"), "{}", page.text());
    assert_eq!(page.text().matches("This one").count(), 1);
    let others = ends(&page.text());
    assert_eq!(others.len(), 1, "{others:?}");

    let ended = north.owner.client.post(&format!("/settings/security/sessions/{}/end", others[0]), &[]).await;
    assert_eq!((ended.status, ended.location()), (303, "/settings/security?ended=1"));
    assert_eq!(elsewhere.get("/leads").await.status, 303, "signed out there");
    assert_eq!(north.owner.client.get("/leads").await.status, 200);
    let again = north.owner.client.post(&format!("/settings/security/sessions/{}/end", others[0]), &[]).await;
    assert_eq!(again.status, 404);
}

#[tokio::test]
async fn ses_8_a_member_ends_all_other_sessions_at_once_and_nobody_elses() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut south = house.found("South").await;
    let mut others = [house.client(), house.client()];
    for other in &mut others {
        assert_eq!(sign_in(other, &north.owner.email, PASSWORD).await.status, 303);
    }
    assert_eq!(north.owner.client.post("/settings/security/sessions/end", &[]).await.status, 303);
    for other in &mut others {
        assert_eq!(other.get("/leads").await.status, 303);
    }
    assert_eq!(north.owner.client.get("/leads").await.status, 200);
    assert_eq!(south.owner.client.get("/leads").await.status, 200);
    assert!(ends(&north.owner.client.get("/settings/security").await.text()).is_empty());
}

#[tokio::test]
async fn auth_10_too_many_guesses_are_one_answer_with_retry_after_whether_there_is_an_account_or_not() {
    let house = House::open().await;
    let north = house.found("North").await;
    // Guesses come from where the owner was: the waits are the same there. The unknown address is as long.
    let unknown = north.owner.email.replace("owner", "other");
    let mut told = Vec::new();
    for email in [&north.owner.email, &unknown] {
        let mut client = house.client();
        for _ in 0..6 {
            assert_eq!(sign_in(&mut client, email, "not the right password").await.status, 401);
        }
        let answer = sign_in(&mut client, email, PASSWORD).await;
        assert_eq!(answer.status, 429, "{}", answer.text());
        assert!((1..=2).contains(&answer.header("retry-after").parse().unwrap()));
        assert!(answer.text().contains(email.as_str()), "what was typed is still there");
        assert!(answer.set_cookies().is_empty());
        told.push((answer.status, answer.body.len()));
    }
    assert_eq!(told[0], told[1]);
}

#[tokio::test]
async fn the_log_on_the_page_is_the_members_own_and_a_made_up_place_in_it_is_refused() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    sign_in(&mut house.client(), &north.owner.email, "not the right password").await;
    let page = north.owner.client.get("/settings/security").await.text();
    assert!(page.contains("Wrong password") && page.contains("Signed in"), "{page}");
    let mut south = house.found("South").await;
    assert!(!south.owner.client.get("/settings/security").await.text().contains("Wrong password"));
    for place in ["x", "1_x", "%00"] {
        let answer = north.owner.client.get(&format!("/settings/security?after={place}")).await;
        assert_eq!(answer.status, 400, "{place}");
    }
}
