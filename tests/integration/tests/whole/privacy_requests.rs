//! What people ask by right: at the public page of an organization, and in the register of its members.

use qualify_domain::access::Role;
use qualify_integration::{Answer, Browser, House, Organization};

use crate::browser::send_json;

const ANNA: &str = "anna@berg.example";

/// Asks, and takes the link from the mail.
async fn asked(house: &House, right: &str) -> String {
    let before = house.mails.to(ANNA).len();
    let fields = [("email", ANNA), ("right", right), ("words", ""), ("lang", "en")];
    let answer = house.client().post("/o/north/privacy", &fields).await;
    assert_eq!((answer.status, answer.location()), (303, "/o/north/privacy?asked=1&lang=en"), "{}", answer.text());
    let mails = house.mails.wait(ANNA, before + 1).await;
    mails[before].link("o/north/privacy")
}

/// The same, with the proof: the page behind the link.
async fn proven(house: &House, right: &str) -> Answer {
    let page = format!("/o/north/privacy/{}", asked(house, right).await);
    let shown = house.client().post(&page, &[]).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    shown
}

async fn waiting(house: &House, north: &Organization) -> String {
    let query = "SELECT id::text FROM rights_requests WHERE organization_id = $1 AND state = 'open'";
    let query = sqlx::query_scalar(query).bind(north.id.0);
    query.fetch_one(&mut house.superuser().await).await.unwrap()
}

#[tokio::test]
async fn dsr_5_a_link_shows_what_is_kept_once_and_leaves_no_trace_in_the_browser() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    send_json(&house, &north.public_id, &serde_json::json!({"email": ANNA, "message": "Please call me."})).await;
    north.wait_for_leads(1).await;
    let page = format!("/o/north/privacy/{}", asked(&house, "access").await);
    let mut client = house.client();
    let looked = client.get(&page).await;
    assert_eq!(looked.status, 200, "looking uses nothing up");
    let shown = client.post(&page, &[]).await;
    assert!(shown.text().contains("Please call me.") && shown.text().contains(ANNA), "{}", shown.text());
    let session = shown.hidden("session").unwrap();
    let again = client.post("/o/north/privacy/held", &[("session", &session)]).await;
    assert!(again.text().contains("Please call me."));
    for answer in [&looked, &shown, &again] {
        assert_eq!((answer.header("referrer-policy"), answer.header("cache-control")), ("no-referrer", "no-store"));
        assert!(answer.set_cookies().is_empty());
    }
    for answer in [client.get(&page).await, client.post(&page, &[]).await] {
        assert_eq!(answer.status, 410);
        assert!(answer.text().contains("Ask for a new link") && !answer.text().contains("Please call me."));
    }
    let fields = [("session", session.as_str()), ("right", "rectification"), ("words", ""), ("name", "")];
    let nothing = client.post("/o/north/privacy/requests", &fields).await;
    assert_eq!(nothing.status, 422);
    assert!(nothing.text().contains("words-fault"));
    let fields = [("session", session.as_str()), ("right", "rectification"), ("name", "Anna Berg")];
    let taken = client.post("/o/north/privacy/requests", &fields).await;
    assert!(taken.text().contains("Your request was taken in"), "{}", taken.text());
    assert_eq!(client.post("/o/north/privacy/held", &[("session", "nothing")]).await.status, 410);
    assert_eq!(client.get("/o/nobody/privacy").await.status, 404);
}

#[tokio::test]
async fn floods_are_held_off_with_words_and_the_time_to_wait() {
    let house = House::open().await;
    house.found("North").await;
    let fields = [("email", ANNA), ("right", "access"), ("words", "All of it"), ("lang", "en")];
    for _ in 0..5 {
        assert_eq!(house.client().post("/o/north/privacy", &fields).await.status, 303);
    }
    let refused = house.client().post("/o/north/privacy", &fields).await;
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    assert!(refused.text().contains("All of it"), "what was typed stands there again");
}

#[tokio::test]
async fn members_answer_extend_and_refuse_and_what_is_wrong_is_told_at_its_field() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    proven(&house, "erasure").await;
    house.settle().await;
    let request = format!("/privacy-requests/{}", waiting(&house, &north).await);
    let client = &mut north.owner.client;
    let list = client.get("/privacy-requests").await;
    assert!(list.text().contains(&request) && list.text().contains("days left"), "{}", list.text());
    let long = "x".repeat(5_001);
    for (step, field) in [("extension", "reasons"), ("answer", "answer"), ("refusal", "why")] {
        let reason = ("reason", "excessive");
        let fields = if step == "refusal" { vec![(field, long.as_str()), reason] } else { vec![(field, &*long)] };
        let refused = client.post(&format!("{request}/{step}"), &fields).await;
        assert_eq!(refused.status, 422, "{step}");
        assert!(refused.text().contains(&format!("{field}-fault")) && refused.text().contains(&long), "{step}");
    }
    let unknown = client.post(&format!("{request}/refusal"), &[("reason", "mood"), ("why", "")]).await;
    assert_eq!(unknown.status, 422);
    let extended = client.post(&format!("{request}/extension"), &[("reasons", "There are many.")]).await;
    assert_eq!(extended.status, 303);
    let again = client.post(&format!("{request}/extension"), &[("reasons", "Still many.")]).await;
    assert_eq!(again.status, 409);
    let answered = client.post(&format!("{request}/answer"), &[("answer", "It is done.")]).await;
    assert_eq!(answered.status, 303);
    let page = client.get(&request).await.text();
    assert!(page.contains("There are many.") && page.contains("It is done.") && !page.contains("/refusal"), "{page}");
    house.settle().await;
    let told: Vec<_> = house.mails.to(ANNA).iter().map(|mail| mail.text.clone()).collect();
    assert!(told.iter().any(|text| text.contains("It is done.")), "{told:?}");

    let agent = house.join(&north, "agent@north.example", &[Role::Agent]).await;
    assert_eq!(agent.client.clone().get(&request).await.status, 403);
    let mut south = house.found("South").await;
    assert_eq!(south.owner.client.get(&request).await.status, 404);
    assert_eq!(south.owner.client.post(&format!("{request}/answer"), &[("answer", "")]).await.status, 404);
}

/// Lets an organization called North serve these by itself.
pub(crate) async fn automatic(north: &mut Organization, rights: &[&'static str]) {
    let fields: Vec<_> = [("slug", "north")].into_iter().chain(rights.iter().map(|right| (*right, "1"))).collect();
    let saved = north.owner.client.post("/privacy-requests/settings", &fields).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
}

#[tokio::test]
async fn dsr_1_a_visitor_without_an_account_or_scripts_does_everything_in_french() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    automatic(&mut north, &["access", "portability", "rectification", "restriction", "erasure"]).await;
    send_json(&house, &north.public_id, &serde_json::json!({"email": ANNA, "message": "Merci de m’appeler."})).await;
    north.wait_for_leads(1).await;
    let browser = Browser::with(&["--blink-settings=scriptEnabled=false"]).await;
    browser.show(&format!("{}/o/north/privacy?lang=fr", house.url)).await;
    browser.fill("email", ANNA).await;
    browser.click("main form button").await;
    browser.wait_for(".notice.good").await;
    assert!(browser.page.source().await.unwrap().contains("Un message avec un lien part vers cette adresse"));
    let link = house.mails.wait(ANNA, 1).await[0].link("o/north/privacy");
    browser.show(&format!("{}/o/north/privacy/{link}", house.url)).await;
    browser.click("main form button").await;
    browser.wait_for("input[name=session]").await;
    let page = browser.page.source().await.unwrap();
    assert!(page.contains("Merci de m’appeler.") && page.contains("Ce que North conserve à votre sujet"), "{page}");
    assert!(page.contains("Télécharger mes données"), "{page}");
    for (right, field, said) in [
        ("rectification", Some(("name", "Anna Berg")), "Anna Berg"),
        ("objection", None, "C’est fait."),
        ("withdrawal", None, "C’est fait."),
        ("restriction", None, "C’est fait."),
        ("erasure", None, "C’est effacé"),
    ] {
        browser.click(&format!("select[name=right] option[value={right}]")).await;
        if let Some((name, value)) = field {
            browser.fill(name, value).await;
        }
        browser.click("form[action$='/privacy/requests'] button").await;
        browser.wait_for("h1").await;
        let page = browser.page.source().await.unwrap();
        assert!(page.contains(said), "{right}: {page}");
    }
    assert!(!browser.page.current_url().await.unwrap().as_str().contains("session"));
    assert!(browser.page.get_all_cookies().await.unwrap().is_empty(), "PRV-9");
    house.settle().await;
    let subjects: Vec<_> = house.mails.to(ANNA).iter().map(|mail| mail.subject.clone()).collect();
    assert!(subjects.iter().any(|subject| subject == "North a effacé ce qui vous concernait"), "{subjects:?}");
    let left = "SELECT (SELECT count(*) FROM leads WHERE organization_id = $1), count(*), count(email)
        FROM rights_requests WHERE organization_id = $1 AND state = 'answered'";
    let left: (i64, i64, i64) =
        sqlx::query_as(left).bind(north.id.0).fetch_one(&mut house.superuser().await).await.unwrap();
    assert_eq!(left, (0, 6, 0), "no lead, six answers, to nobody");
}

#[tokio::test]
async fn whoever_proved_the_address_downloads_what_is_kept_three_times_a_day() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    send_json(&house, &north.public_id, &serde_json::json!({"email": ANNA, "message": "Please call me."})).await;
    north.wait_for_leads(1).await;
    let session = proven(&house, "portability").await.hidden("session").unwrap();
    let mut client = house.client();
    for _ in 0..3 {
        let copy = client.post("/o/north/privacy/copy", &[("session", &session)]).await;
        assert_eq!((copy.status, copy.header("content-type")), (200, "application/zip"));
        assert!(copy.header("content-disposition").starts_with("attachment"));
        assert_eq!(copy.header("cache-control"), "no-store");
    }
    let refused = client.post("/o/north/privacy/copy", &[("session", &session)]).await;
    assert_eq!(refused.status, 429);
    assert!(refused.text().contains("Please try again later"), "{}", refused.text());
    assert_eq!(client.post("/o/north/privacy/copy", &[("session", "nothing")]).await.status, 410);
}
