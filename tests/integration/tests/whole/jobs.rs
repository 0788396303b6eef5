//! Long work, from the page that asks for it to the file at its end.

use std::{collections::BTreeSet, time::Duration};

use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{House, Organization, Plan, rows};
use serde_json::json;

use crate::census::capture;

async fn with_leads(house: &House) -> Organization {
    let mut north = house.found("North").await;
    for (email, name) in [("anna@example.com", "Anna Berg"), ("eve@example.com", "=1+1")] {
        capture(house, &north.public_id, &json!({ "email": email, "name": name })).await;
    }
    north.wait_for_leads(2).await;
    house.settle().await;
    north
}

#[tokio::test]
async fn leads_are_taken_away_at_once_as_the_list_shows_them() {
    let house = House::open().await;
    let mut north = with_leads(&house).await;
    let client = &mut north.owner.client;
    let list = client.get("/leads?q=eve").await;
    assert_eq!(rows(&list).len(), 1);
    assert!(list.text().contains("href=\"/leads/export?q=eve\""), "the list leads there");
    let page = client.get("/leads/export?q=eve").await;
    assert_eq!(page.hidden("filter").as_deref(), Some("q=eve"));
    let nothing = client.post("/leads/export", &[("filter", "q=eve")]).await;
    assert_eq!(nothing.status, 422);
    assert!(nothing.text().contains("at least one column"), "{}", nothing.text());
    let chosen = [("filter", "q=eve"), ("name", "1"), ("email", "1")];
    let file = client.post("/leads/export", &chosen).await;
    assert_eq!((file.status, file.header("content-type")), (200, "text/csv; charset=utf-8"), "{}", file.text());
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"leads-"));
    assert_eq!(file.text(), "Name,E-mail\r\n'=1+1,eve@example.com\r\n");
    let trail = client.get("/settings/audit").await.text();
    assert!(trail.contains("exported leads"), "{trail}");
    let agent = house.join(&north, "agent@north.example", &[Role::Agent]).await;
    let list = agent.client.clone().get("/leads").await.text();
    assert!(!list.contains("/leads/export"), "what one may not do is not offered");
}

#[tokio::test]
async fn leads_are_prepared_in_the_background_and_fetched_when_the_job_is_done() {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let mut north = house.found("North").await;
    capture(&house, &north.public_id, &json!({ "email": "anna@example.com" })).await;
    let drain = async || house.worker.drain(&tokio_util::sync::CancellationToken::new()).await.unwrap();
    drain().await;
    let mut news = north.owner.client.listen("/live").await;
    let colleague = house.join(&north, "colleague@north.example", &[Role::Admin]).await;
    let mut others = colleague.client.listen("/live").await;
    let client = &mut north.owner.client;
    let asked = client.post("/leads/export", &[("filter", ""), ("email", "1"), ("later", "1")]).await;
    assert_eq!(asked.status, 303, "{}", asked.text());
    let place = asked.location().to_owned();
    let waiting = client.get(&place).await;
    let text = waiting.text();
    assert!(
        text.contains("Waiting") && text.contains("http-equiv=\"refresh\"") && text.contains("/cancellation"),
        "{text}"
    );
    assert_eq!(client.get(&format!("{place}/file")).await.status, 404, "there is no file yet");
    house.clock.advance(jiff::SignedDuration::from_secs(6));
    drain().await;
    let job = place.trim_start_matches("/jobs/");
    assert_eq!(news.next("changed", Duration::from_secs(2)).await.unwrap(), "bell");
    assert_eq!(news.next("changed", Duration::from_secs(2)).await.unwrap(), format!("jobs job:{job}"));
    assert_eq!(others.next("changed", Duration::from_millis(500)).await, None, "it is nobody else's business");
    let done = client.get(&place).await.text();
    assert!(done.contains("Done") && done.contains("Leads written") && !done.contains("refresh"), "{done}");
    let file = client.get(&format!("{place}/file")).await;
    assert_eq!((file.status, file.text().as_str()), (200, "E-mail\r\nanna@example.com\r\n"));
    assert!(client.get("/jobs").await.text().contains(&place));
    let bell = client.get("/notifications").await.text();
    assert!(bell.contains("Export of leads"), "{bell}");
    let id = bell.split("/notifications/").find_map(|rest| rest.split_once("/open")).unwrap().0.to_owned();
    let opened = client.post(&format!("/notifications/{id}/open"), &[]).await;
    assert_eq!(opened.location(), place);
    assert_eq!(colleague.client.clone().get(&place).await.status, 404);
}

#[tokio::test]
async fn a_job_is_stopped_from_its_page() {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let mut north = house.found("North").await;
    let client = &mut north.owner.client;
    let asked = client.post("/leads/export", &[("filter", ""), ("email", "1"), ("later", "1")]).await;
    let place = asked.location().to_owned();
    assert_eq!(client.post(&format!("{place}/cancellation"), &[]).await.location(), place);
    let stopping = client.get(&place).await.text();
    assert!(stopping.contains("Stopping") && !stopping.contains("/cancellation"), "{stopping}");
    house.worker.drain(&tokio_util::sync::CancellationToken::new()).await.unwrap();
    assert!(client.get(&place).await.text().contains("Stopped"));
    assert_eq!(client.get(&format!("{place}/file")).await.status, 404);
}

#[tokio::test]
async fn a_program_takes_leads_away_in_either_form() {
    let house = House::open().await;
    let north = with_leads(&house).await;
    let program = house.program(&north.owner, Role::Owner, &[KeyScope::LeadsExport]).await;
    let csv = program.get("/api/v1/leads/export?columns=email,name&q=eve").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.text(), "email,name\r\neve@example.com,'=1+1\r\n");
    let lines = program.get("/api/v1/leads/export?format=jsonl&columns=name,owner").await;
    assert_eq!(lines.header("content-type"), "application/jsonl");
    let text = lines.text();
    let both: BTreeSet<&str> = text.split_terminator('\n').collect();
    let expected = [r#"{"name":"=1+1","owner":null}"#, r#"{"name":"Anna Berg","owner":null}"#];
    assert_eq!(both, BTreeSet::from(expected), "two that came at the same moment come in either order");
    let once = program.get("/api/v1/leads/export?columns=email,email&q=eve").await;
    assert_eq!(once.text(), "email\r\neve@example.com\r\n", "a column that is named twice stands there once");
    for wrong in ["columns=ip", "format=xls", "stage=x"] {
        assert_eq!(program.get(&format!("/api/v1/leads/export?{wrong}")).await.status, 400, "{wrong}");
    }
    let reader = house.program(&north.owner, Role::Owner, &[KeyScope::LeadsRead]).await;
    assert_eq!(reader.get("/api/v1/leads/export").await.status, 403);
}
