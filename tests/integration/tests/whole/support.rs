//! Access for support, as an owner, the members and somebody from support meet it (PRV-11).

use jiff::{SignedDuration, Timestamp};
use qualify_domain::access::Role;
use qualify_http::{Access, ROUTES};
use qualify_integration::{Client, House, Organization};
use reqwest::Method;
use secrecy::ExposeSecret;
use serde_json::json;

use crate::{
    browser::send_json,
    census::{Ids, ask, furnished},
};

const PAGE: &str = "/privacy/support";
const REASON: &str = "The list of leads stays empty";
const OPEN: &str = "is open to support until";
const IN: &str = "Somebody from support has been in since";
const LOOKS: &str = "SELECT count(*) FROM audit_entries WHERE actor_kind = 'support' AND action LIKE 'read%'";

async fn open(north: &mut Organization, hours: &str) {
    let opened = north.owner.client.post(PAGE, &[("hours", hours), ("reason", REASON)]).await;
    assert_eq!((opened.status, opened.location()), (303, PAGE), "{}", opened.text());
}

/// The page of a link, as whoever runs the installation is given it.
async fn link(house: &House) -> String {
    format!("/support/{}", house.app.support.invite("north").await.unwrap().link.expose_secret())
}

/// Somebody from support, in front of their browser.
async fn enter(house: &House) -> Client {
    let mut browser = house.client();
    let entered = browser.post(&link(house).await, &[]).await;
    assert_eq!((entered.status, entered.location()), (303, "/"), "{}", entered.text());
    browser
}

async fn ends_at(house: &House) -> Timestamp {
    let query = "SELECT to_char(ends_at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM support_grants";
    let text: String = sqlx::query_scalar(query).fetch_one(&mut house.superuser().await).await.unwrap();
    text.parse().unwrap()
}

#[tokio::test]
async fn prv_11_an_owner_opens_it_members_see_that_and_support_comes_in_to_look() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut south = house.found("South").await;
    let mut viewer = house.join(&north, "viewer@north.example", &[Role::Viewer]).await.client;
    send_json(&house, &north.public_id, &json!({"email": "anna@example.com", "name": "Anna Berg"})).await;
    let lead = north.wait_for_leads(1).await.remove(0).id;
    assert!(!viewer.get("/leads").await.text().contains(OPEN));
    assert_eq!(viewer.get(PAGE).await.status, 403);
    assert!(house.app.support.invite("north").await.is_err(), "nobody opened it");

    open(&mut north, "2").await;
    for (client, ends) in [(&mut north.owner.client, true), (&mut viewer, false)] {
        let page = client.get("/leads").await.text();
        assert!(page.contains(OPEN) && !page.contains(IN), "{page}");
        assert_eq!(page.contains("/privacy/support/end"), ends, "an owner ends it from any page");
    }
    assert!(!south.owner.client.get("/leads").await.text().contains(OPEN));

    let address = link(&house).await;
    let mut browser = house.client();
    let door = browser.get(&address).await;
    assert!(door.status == 200 && door.text().contains(REASON) && door.text().contains("North"), "{}", door.text());
    assert_eq!((door.header("referrer-policy"), door.header("cache-control")), ("no-referrer", "no-store"));
    assert!(door.set_cookies().is_empty() && !door.text().contains("Anna Berg"));
    let entered = browser.post(&address, &[]).await;
    assert_eq!(entered.set_cookies().len(), 1, "PRV-9: one of the two cookies there are");
    assert!(entered.set_cookies()[0].starts_with("__Host-qc_at="));
    for again in [house.client().get(&address).await, house.client().post(&address, &[]).await] {
        assert!(again.status == 410 && again.set_cookies().is_empty());
    }

    let page = browser.get("/leads").await;
    assert!(page.status == 200 && page.text().contains("Anna Berg"), "{}", page.text());
    assert!(page.text().contains("You look at this organization for support"), "{}", page.text());
    let page = browser.get(&format!("/leads/{lead}")).await.text();
    assert!(page.contains("anna@example.com") && !page.contains("action=\"/leads/"), "nothing to change: {page}");
    assert_eq!(browser.get("/forms").await.status, 200);
    assert!(viewer.get("/leads").await.text().contains(IN));
    assert!(north.owner.client.get(PAGE).await.text().contains("Came in on"));
}

#[tokio::test]
async fn prv_11_what_support_opens_is_in_the_audit_trail_that_members_read() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    send_json(&house, &north.public_id, &json!({"email": "anna@example.com"})).await;
    let lead = north.wait_for_leads(1).await.remove(0).id;
    open(&mut north, "2").await;
    let mut browser = enter(&house).await;
    let mut before = house.count(LOOKS).await;
    for page in ["/leads", "/board", "/reports", "/forms", &format!("/leads/{lead}"), &format!("/forms/{}", north.form)]
    {
        assert_eq!(browser.get(page).await.status, 200, "{page}");
        let after = house.count(LOOKS).await;
        assert!(after > before, "{page} is told of");
        before = after;
    }
    let about = "SELECT count(*) FROM audit_entries WHERE actor_kind = 'support' AND action = 'read_leads'
        AND target_kind = 'lead' AND target_id = (SELECT id FROM leads)";
    assert!(house.count(about).await > 0, "with the lead that was opened");
    let trail = north.owner.client.get("/settings/audit?action=read_leads").await.text();
    assert!(trail.contains("looked at leads") && trail.contains(">Support<"), "{trail}");
    let trail = north.owner.client.get("/settings/audit?action=serve_support").await.text();
    assert!(trail.contains("let support in") && trail.contains("link made"), "{trail}");
}

#[tokio::test]
async fn prv_11_support_is_let_into_no_route_that_is_not_marked_for_it() {
    let house = House::open().await;
    let mut north = furnished(&house, "North").await;
    north.wait_for_leads(1).await;
    let ids = Ids::of(&house, &north).await;
    open(&mut north, "24").await;
    let mut browser = enter(&house).await;
    let dump = "SELECT (SELECT count(*) FROM leads) + (SELECT count(*) FROM activities) + (SELECT count(*) FROM jobs)
        + (SELECT count(*) FROM views) + (SELECT count(*) FROM forms) + (SELECT count(*) FROM users)
        + (SELECT count(*) FROM sessions) + (SELECT count(*) FROM memberships) + (SELECT count(*) FROM support_grants)";
    let before = house.count(dump).await;
    let mut seen = 0;
    for spec in ROUTES.iter().filter(|spec| matches!(spec.access, Access::Member | Access::Granted(_))) {
        if spec.path == "/sign-out" {
            continue;
        }
        let answer = ask(&browser, spec, &ids).await;
        let (method, path) = (&spec.method, spec.path);
        if spec.for_support {
            assert!(*method == Method::GET && [200, 303].contains(&answer.status), "{path}: {}", answer.status);
            assert!(!answer.location().starts_with("/sign-in"), "{path}");
            seen += 1;
        } else {
            assert_eq!(answer.status, 403, "{method} {path}");
        }
    }
    assert!(seen > 8, "{seen} routes show something");
    assert_eq!(house.count(dump).await, before, "and nothing was changed by all that");
    for file in ["/leads/export", "/reports/file", "/live", "/settings/audit"] {
        assert_eq!(browser.get(file).await.status, 403, "{file}");
    }
    let refused = "SELECT count(*) FROM audit_entries WHERE actor_kind = 'support' AND action = 'permission_refused'";
    assert!(house.count(refused).await > 0, "what was refused is told, too");
    let secret = browser.cookies()["__Host-qc_at"].clone();
    let bearer =
        house.client().request(Method::GET, "/api/v1/leads").header("authorization", format!("Bearer {secret}"));
    assert_eq!(house.client().ask(bearer).await.status, 401, "the API knows programs only");
}

#[tokio::test]
async fn prv_11_a_visit_ends_with_its_grant_to_the_second() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    open(&mut north, "24").await;
    let mut browser = enter(&house).await;
    let end = ends_at(&house).await;
    // What is asked takes its time, too.
    house.clock.set(end - SignedDuration::from_secs(2));
    assert_eq!(browser.get("/leads").await.status, 200);
    house.clock.set(end);
    for page in ["/", "/leads", "/forms"] {
        assert!(browser.get(page).await.location().starts_with("/sign-in"), "{page}");
    }
    let mut owner = house.sign_in(&north.owner.email).await.client;
    assert!(!owner.get("/leads").await.text().contains(OPEN), "and nobody is told of it any more");
    assert!(house.app.support.invite("north").await.is_err());
}

#[tokio::test]
async fn prv_11_an_owner_ends_a_visit_at_once() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    open(&mut north, "24").await;
    let mut browser = enter(&house).await;
    assert_eq!(browser.get("/leads").await.status, 200);
    let ended = north.owner.client.post("/privacy/support/end", &[]).await;
    assert_eq!((ended.status, ended.location()), (303, PAGE));
    assert!(browser.get("/leads").await.location().starts_with("/sign-in"));
    let page = north.owner.client.get(PAGE).await.text();
    assert!(page.contains("ended by Odile Owner") && page.contains("Came in on") && page.contains(REASON), "{page}");
    assert!(!page.contains(OPEN));
    let again = north.owner.client.post("/privacy/support/end", &[]).await;
    assert_eq!(again.status, 303, "who is late meant the same");
}

#[tokio::test]
async fn prv_11_support_leaves_and_whoever_is_a_member_besides_stays_signed_in() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let south = house.found("South").await;
    open(&mut north, "2").await;
    let mut browser = south.owner.client.clone();
    let entered = browser.post(&link(&house).await, &[]).await;
    assert_eq!(entered.status, 303, "{}", entered.text());
    assert!(browser.get("/leads").await.text().contains("You look at this organization for support"));
    let left = browser.post("/sign-out", &[]).await;
    assert_eq!(left.status, 303);
    let page = browser.empty_tab().get("/leads").await;
    assert!(page.status == 200 && page.text().contains("South") && !page.text().contains("North"), "{}", page.text());
    assert!(!north.owner.client.get("/leads").await.text().contains(IN));
}

#[tokio::test]
async fn prv_11_it_is_opened_by_whoever_showed_just_now_that_it_is_them_and_said_why() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let wrong: [(&str, &str, &str); 5] = [
        ("", REASON, "hours"),
        ("0", REASON, "hours"),
        ("25", REASON, "hours"),
        ("x", REASON, "hours"),
        ("2", "", "reason"),
    ];
    for (hours, reason, field) in wrong {
        let page = north.owner.client.post(PAGE, &[("hours", hours), ("reason", reason)]).await;
        assert_eq!(page.status, 422, "{hours} {reason}");
        assert!(page.text().contains(&format!("{field}-fault")), "{}", page.text());
    }
    house.clock.advance(SignedDuration::from_mins(11));
    let asked = north.owner.client.post(PAGE, &[("hours", "2"), ("reason", REASON)]).await;
    assert!(asked.status == 303 && asked.location().starts_with("/confirm"), "{}", asked.location());
    assert_eq!(house.count("SELECT count(*) FROM support_grants").await, 0);
    let confirmed = north.owner.client.post("/confirm", &[("password", qualify_integration::PASSWORD)]).await;
    assert_eq!(confirmed.status, 303);
    open(&mut north, "2").await;
    let another = north.owner.client.post(PAGE, &[("hours", "2"), ("reason", REASON)]).await;
    assert!(another.status == 422 && another.text().contains("open to support already"), "{}", another.text());
    house.clock.advance(SignedDuration::from_mins(11));
    assert_eq!(north.owner.client.post("/privacy/support/end", &[]).await.location(), PAGE, "ending asks nothing");
    let french = north.owner.client.post("/settings/profile/language", &[("language", "fr")]).await;
    assert_eq!(french.status, 303);
    assert!(north.owner.client.get(PAGE).await.text().contains("Ouvrir à l’assistance"));
}

#[tokio::test]
async fn prv_11_a_link_that_does_not_work_tells_neither_why_nor_whose_it_was() {
    let house = House::open().await;
    let (mut north, south) = (house.found("North").await, house.found("South").await);
    open(&mut north, "2").await;
    let (used, ended) = (link(&house).await, link(&house).await);
    assert_eq!(house.client().post(&used, &[]).await.status, 303);
    assert_eq!(house.client().get(&ended).await.status, 200, "it worked");
    assert_eq!(north.owner.client.post(&format!("{PAGE}/end"), &[]).await.status, 303);
    let (_, secret) = used.split_once('.').unwrap();
    let (elsewhere, nobodys) =
        (format!("/support/{}.{secret}", south.id), format!("/support/{}.{secret}", uuid::Uuid::nil()));
    let mut answers = Vec::new();
    for address in [&*used, &ended, &elsewhere, &nobodys, "/support/nothing"] {
        for answer in [house.client().get(address).await, house.client().post(address, &[]).await] {
            assert_eq!(answer.status, 410, "{address}: {}", answer.text());
            assert!(!answer.text().contains("North") && !answer.text().contains("South"), "{}", answer.text());
            answers.push((answer.shape(), answer.text()));
        }
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "one answer: {answers:?}");
}
