//! Outgoing webhooks on their pages and by API: what members set up, and what programs may watch.

use jiff::SignedDuration;
use qualify_domain::{access::Role, api_key::KeyScope, hook::MOST_ENDPOINTS};
use qualify_integration::{Answer, Browser, Client, House};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    api_calls::{NOBODYS, errors},
    census::settings::hook,
};

const URL: &str = "https://hooks.example.com/in";

fn wish(url: &str) -> Vec<(&str, &str)> {
    vec![("url", url), ("detail", "thin"), ("lead.created", "1"), ("lead.moved", "1")]
}

/// The secret that a page shows.
fn secret(page: &Answer) -> String {
    let shown = page.text().split("whsec_").nth(1).map(|rest| rest.split('<').next().unwrap_or_default().to_owned());
    shown.map(|rest| format!("whsec_{rest}")).unwrap_or_default()
}

async fn page(client: &mut Client, hook: &str) -> String {
    let page = client.get(&format!("/settings/webhooks/{hook}")).await;
    assert_eq!(page.status, 200, "{}", page.text());
    page.text()
}

#[tokio::test]
async fn a_webhook_is_added_and_its_secret_is_shown_this_once() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let client = &mut north.owner.client;
    let empty = client.get("/settings/webhooks").await.text();
    assert!(empty.contains("Let your own programs know at once") && empty.contains("name=\"lead.created\""), "{empty}");

    let made = client.post("/settings/webhooks", &wish(URL)).await;
    assert_eq!((made.status, made.header("cache-control")), (200, "no-store"), "{}", made.text());
    let secret = secret(&made);
    assert_eq!(secret.len(), "whsec_".len() + 44, "32 bytes in Base64: {}", made.text());
    assert!(made.text().contains("Copy the secret now") && made.text().contains("hmac.digest"));

    let list = client.get("/settings/webhooks").await.text();
    for told in [URL, "Works", "a new lead, a lead in another stage", "Ids only", "Nothing was sent yet"] {
        assert!(list.contains(told), "{told}: {list}");
    }
    let hook = made.text().split("/settings/webhooks/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let one = page(client, &hook).await;
    assert!(one.contains(URL) && one.contains("Odile Owner"), "{one}");
    for shown in [&list, &one] {
        assert!(!shown.contains(secret.trim_start_matches("whsec_")), "{shown}");
    }
    let trail = client.get("/settings/audit").await.text();
    assert!(trail.contains("made or changed a webhook"), "{trail}");
}

#[tokio::test]
async fn what_does_not_fit_is_told_at_its_field_and_stands_there_again() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let client = &mut north.owner.client;
    let (known, _) = hook(client).await;
    let long = format!("https://hooks.example.com/{}", "a".repeat(500));
    for path in ["/settings/webhooks".to_owned(), format!("/settings/webhooks/{known}")] {
        for url in [
            "",
            "hooks.example.com",
            "http://hooks.example.com/in",
            "https://93.184.215.14/in",
            "https://[::1]/in",
            "https://2130706433/in",
            "https://localhost/in",
            "https://hooks.example.com:8443/in",
            "https://anna@hooks.example.com/in",
            "https://hooks.example.com/in#part",
            &long,
        ] {
            let refused = client.post(&path, &wish(url)).await;
            assert_eq!(refused.status, 422, "{path} {url}");
            let shown = refused.text();
            assert!(shown.contains("id=\"url-fault\"") && !shown.contains("id=\"kinds-fault\""), "{url}: {shown}");
            assert!(shown.contains("name=\"lead.moved\" value=\"1\" checked"), "{url}: {shown}");
            assert!(!shown.contains("name=\"lead.assigned\" value=\"1\" checked"), "{url}: {shown}");
            assert!(shown.contains(&format!("value=\"{url}\"")), "{url}: {shown}");
        }
        let refused = client.post(&path, &[("url", URL), ("detail", "thin")]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains("id=\"kinds-fault\"") && refused.text().contains(URL), "{}", refused.text());
        let refused = client.post(&path, &[("url", URL), ("detail", "all"), ("lead.moved", "1")]).await;
        assert_eq!(refused.status, 422);
        assert!(refused.text().contains("id=\"detail-fault\""), "{}", refused.text());
        let unknown = client.post(&path, &[("url", URL), ("detail", "thin"), ("lead.erased", "1")]).await;
        assert_eq!(unknown.status, 400, "nobody chooses that");
    }
    assert!(page(client, &known).await.contains("https://hooks.example.com/in?of=tests"), "nothing has changed");
    for _ in 1..MOST_ENDPOINTS {
        assert_eq!(client.post("/settings/webhooks", &wish(URL)).await.status, 200);
    }
    let full = client.post("/settings/webhooks", &wish(URL)).await;
    assert_eq!(full.status, 422);
    assert!(full.text().contains("There are 10 already"), "{}", full.text());
}

#[tokio::test]
async fn a_webhook_is_changed_paused_resumed_tried_replayed_and_removed() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let client = &mut north.owner.client;
    let (hook, delivery) = hook(client).await;
    let path = format!("/settings/webhooks/{hook}");

    let change = [("url", "https://other.example.com/"), ("detail", "full"), ("lead.assigned", "1")];
    let changed = client.post(&path, &change).await;
    assert_eq!((changed.status, changed.location()), (303, &*format!("{path}?done=saved")));
    let shown = page(client, &hook).await;
    assert!(shown.contains("a lead given to a member</dd>") && shown.contains("The whole lead</dd>"), "{shown}");

    let paused = client.post(&format!("{path}/pause"), &[]).await;
    let shown = client.get(paused.location()).await.text();
    assert!(shown.contains("Paused: what happens meanwhile waits") && shown.contains("/resumption\""), "{shown}");
    assert!(client.get("/settings/webhooks").await.text().contains("Paused</span>"));
    let resumed = client.post(&format!("{path}/resumption"), &[]).await;
    let shown = client.get(resumed.location()).await.text();
    assert!(shown.contains("It is told again.") && shown.contains("/pause\""), "{shown}");

    let log = page(client, &hook).await;
    assert!(log.contains("<strong>a test</strong>") && log.contains(&delivery), "{log}");
    let replayed = client.post(&format!("{path}/deliveries/{delivery}/replay"), &[]).await;
    assert_eq!((replayed.status, replayed.location()), (303, &*format!("{path}?done=replayed")));
    assert_eq!(client.post(&format!("{path}/deliveries/{NOBODYS}/replay"), &[]).await.status, 404);

    let refused = client.post(&format!("{path}/removal"), &[("host", "hooks.example.com")]).await;
    assert_eq!(refused.status, 422, "it was there before");
    assert!(refused.text().contains("id=\"host-fault\""), "{}", refused.text());
    let removed = client.post(&format!("{path}/removal"), &[("host", " Other.example.com ")]).await;
    assert_eq!((removed.status, removed.location()), (303, "/settings/webhooks?done=removed"));
    assert!(client.get(removed.location()).await.text().contains("The webhook is removed."));
    assert_eq!(client.get(&path).await.status, 404);
    assert_eq!(client.post(&format!("{path}/deliveries/{delivery}/replay"), &[]).await.status, 404);
}

#[tokio::test]
async fn a_new_secret_is_shown_once_and_the_one_before_is_good_beside_it_for_a_day() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let (hook, _) = hook(&mut north.owner.client).await;
    let client = &mut north.owner.client;
    assert!(!page(client, &hook).await.contains("valid beside it until"));
    let [first, second] = [
        client.post(&format!("/settings/webhooks/{hook}/secret"), &[]).await,
        client.post(&format!("/settings/webhooks/{hook}/secret"), &[]).await,
    ];
    for made in [&first, &second] {
        assert_eq!((made.status, made.header("cache-control")), (200, "no-store"), "{}", made.text());
        assert!(made.text().contains("valid beside it until"), "{}", made.text());
    }
    assert!(!secret(&first).is_empty() && secret(&first) != secret(&second));
    let shown = page(client, &hook).await;
    assert!(shown.contains("valid beside it until") && !shown.contains(secret(&second).trim_start_matches("whsec_")));
    house.clock.advance(SignedDuration::from_hours(24));
    let mut owner = house.sign_in(&north.owner.email).await;
    assert!(!page(&mut owner.client, &hook).await.contains("valid beside it until"));
}

#[tokio::test]
async fn only_owners_and_admins_reach_webhooks_and_each_change_asks_who_it_is() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let (hook, delivery) = hook(&mut north.owner.client).await;
    let changes = [
        "/settings/webhooks".to_owned(),
        format!("/settings/webhooks/{hook}"),
        format!("/settings/webhooks/{hook}/secret"),
        format!("/settings/webhooks/{hook}/pause"),
        format!("/settings/webhooks/{hook}/resumption"),
        format!("/settings/webhooks/{hook}/test"),
        format!("/settings/webhooks/{hook}/removal"),
        format!("/settings/webhooks/{hook}/deliveries/{delivery}/replay"),
    ];
    for role in [Role::Manager, Role::Agent, Role::Viewer, Role::PrivacyOfficer, Role::Billing] {
        let mut other = house.join(&north, &format!("{role}@north.example"), &[role]).await;
        for path in &changes {
            assert_eq!(other.client.post(path, &wish(URL)).await.status, 403, "{role} {path}");
        }
        for path in &changes[..2] {
            assert_eq!(other.client.get(path).await.status, 403, "{role} {path}");
        }
        assert!(!other.client.get("/settings/profile").await.text().contains("\"/settings/webhooks\""), "{role}");
    }
    let mut admin = house.join(&north, "admin@north.example", &[Role::Admin]).await;
    assert_eq!(admin.client.get(&changes[1]).await.status, 200);
    house.clock.advance(SignedDuration::from_mins(11));
    for path in &changes {
        let asked = admin.client.post(path, &wish(URL)).await;
        assert!(asked.status == 303 && asked.location().starts_with("/confirm?next="), "{path}: {}", asked.location());
    }
    assert!(page(&mut admin.client, &hook).await.contains("https://hooks.example.com/in?of=tests"));
}

#[tokio::test]
async fn a_strangers_webhook_and_delivery_are_those_of_nobody() {
    let house = House::open().await;
    let (mut north, mut south) = (house.found("North").await, house.found("South").await);
    let (ours, _) = hook(&mut north.owner.client).await;
    let (theirs, delivery) = hook(&mut south.owner.client).await;
    let program = house.program(&north.owner, Role::Owner, KeyScope::ALL).await;
    let client = &mut north.owner.client;
    for hook in [&ours, &theirs] {
        let path = format!("webhooks/{hook}/deliveries/{delivery}/replay");
        assert_eq!(client.post(&format!("/settings/{path}"), &[]).await.status, 404);
        assert_eq!(program.post(&format!("/api/v1/{path}"), &json!({})).await.status, 404);
    }
    assert_eq!(client.get(&format!("/settings/webhooks/{theirs}")).await.status, 404);
    assert_eq!(client.post(&format!("/settings/webhooks/{theirs}/secret"), &[]).await.status, 404);
}

#[tokio::test]
async fn a_program_watches_pauses_replays_and_removes_and_neither_makes_nor_sees_a_secret() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let (hook, delivery) = hook(&mut north.owner.client).await;
    let program = house.program(&north.owner, Role::Admin, &[KeyScope::WebhooksRun]).await;
    let path = format!("/api/v1/webhooks/{hook}");
    let list = program.get("/api/v1/webhooks").await;
    assert_eq!(list.status, 200, "{}", list.text());
    let one = &list.json()["items"][0];
    assert_eq!((&one["id"], &one["state"], &one["detail"]), (&json!(hook), &json!("on"), &json!("thin")));
    let read = program.get(&path).await.json();
    assert_eq!((&read["id"], &read["kinds"], &read["url"]), (&one["id"], &json!(["lead.created"]), &one["url"]));
    let told = program.get(&format!("{path}/deliveries")).await;
    assert_eq!(told.json()["items"][0]["id"], json!(delivery), "{}", told.text());
    assert_eq!((&told.json()["items"][0]["kind"], &told.json()["next"]), (&json!("webhook.test"), &Value::Null));

    for (act, state) in [("pause", "paused"), ("resumption", "on")] {
        assert_eq!(program.post(&format!("{path}/{act}"), &json!({})).await.status, 204);
        assert_eq!(program.get(&path).await.json()["state"], json!(state));
    }
    assert_eq!(program.post(&format!("{path}/test"), &json!({})).await.status, 204);
    let told = program.get(&format!("{path}/deliveries")).await;
    assert_eq!(told.json()["items"].as_array().unwrap().len(), 2, "{}", told.text());
    assert_eq!(program.post(&format!("{path}/deliveries/{delivery}/replay"), &json!({})).await.status, 204);
    let wrong = program.get(&format!("{path}/deliveries?after=x")).await;
    assert_eq!((wrong.status, errors(&wrong).len()), (400, 1));

    for (method, path) in [
        (Method::POST, "/api/v1/webhooks"),
        (Method::PATCH, &*path),
        (Method::PUT, &path),
        (Method::POST, &format!("{path}/secret")),
    ] {
        let refused = program.ask(program.request(method.clone(), path).json(&json!({ "url": URL }))).await;
        assert!(matches!(refused.status, 404 | 405), "{method} {path}: {}", refused.status);
    }
    let blind = house.program(&north.owner, Role::Admin, &[KeyScope::LeadsRead]).await;
    let low = house.program(&north.owner, Role::Manager, &[KeyScope::WebhooksRun]).await;
    for other in [&blind, &low] {
        assert_eq!(other.get("/api/v1/webhooks").await.status, 403);
        assert_eq!(other.post(&format!("{path}/pause"), &json!({})).await.status, 403);
    }
    for text in [list.text(), told.text()] {
        assert!(!text.contains("whsec_") && !text.contains("secret\":"), "{text}");
    }
    assert_eq!(program.ask(program.request(Method::DELETE, &path)).await.status, 204);
    assert_eq!(program.get(&path).await.status, 404);
    let audit = "SELECT count(*) FROM audit_entries WHERE actor_kind = 'api_key' AND action = 'run_webhooks'";
    assert_eq!(house.count(audit).await, 5);
}

#[tokio::test]
async fn the_pages_speak_french() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let client = &mut north.owner.client;
    assert_eq!(client.post("/settings/profile/language", &[("language", "fr")]).await.status, 303);
    let (hook, _) = hook(client).await;
    let shown = page(client, &hook).await;
    for words in ["un nouveau lead", "Envois", "En attente", "Supprimer ce webhook"] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
}

#[tokio::test]
async fn a_webhook_is_added_and_tried_in_a_browser_without_any_script() {
    let house = House::open().await;
    let north = house.found("North").await;
    let browser = Browser::with(&["--blink-settings=scriptEnabled=false"]).await;
    browser.sign_in(&house.url, &north.owner.email).await;
    browser.show(&format!("{}/settings/webhooks", house.url)).await;
    browser.fill("url", URL).await;
    browser.click("[name='lead.created']").await;
    browser.click("#new button").await;
    browser.wait_for("#hook-secret").await;
    browser.click("main a.primary").await;
    browser.click("form[action$='/test'] button").await;
    browser.wait_for("article[id^='delivery-'] .badge").await;
}
