//! What nothing takes back is asked twice, and what is hidden can be erased still.

use qualify_domain::{access::Role, subprocessor::earliest};
use qualify_integration::House;
use qualify_ports::time::Clock;
use serde_json::json;

use crate::census::capture;

#[tokio::test]
async fn a_hold_is_lifted_by_who_says_that_they_are_sure() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    capture(&house, &north.public_id, &json!({ "name": "Anna Berg", "email": "anna@berg.example" })).await;
    let lead = north.wait_for_leads(1).await.remove(0).id;
    let client = &mut north.owner.client;
    let day = earliest(house.clock.now()).to_string();
    let hold = [("kind", "lead"), ("record", &*lead), ("reason", "A trial"), ("review_on", &*day)];
    assert_eq!(client.post("/privacy/holds", &hold).await.status, 303);
    let page = client.get("/privacy/holds").await.text();
    let (_, after) = page.split_once("id=\"hold-").unwrap();
    let lift = format!("/privacy/holds/{}/lift", &after[..36]);
    assert!(page.contains("name=\"sure\" value=\"1\" required"), "{page}");
    let asked = client.post(&lift, &[]).await;
    assert_eq!(asked.status, 422);
    assert!(asked.text().contains("Tick the box if you are sure.") && asked.text().contains("A trial"));
    assert!(client.get("/privacy/holds").await.text().contains("A trial"), "it holds still");
    assert_eq!(client.post(&lift, &[("sure", "1")]).await.status, 303);
    assert!(!client.get("/privacy/holds").await.text().contains("A trial"));
}

#[tokio::test]
async fn the_page_of_a_restricted_lead_leads_whoever_may_erase_it_to_where_they_can() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    capture(&house, &north.public_id, &json!({ "name": "Anna Berg", "email": "anna@berg.example" })).await;
    let lead = north.wait_for_leads(1).await.remove(0).id;
    let mut manager = house.join(&north, "mika@north.example", &[Role::Manager]).await;
    let (address, client) = (format!("/leads/{lead}"), &mut north.owner.client);
    let restriction = [("ground", "contested")];
    assert_eq!(client.post(&format!("{address}/restriction"), &restriction).await.status, 303);
    assert_eq!(manager.client.get(&address).await.status, 404, "nobody else knows of it");
    let answer = client.get(&address).await;
    assert_eq!((answer.status, answer.location()), (303, &*format!("/privacy/restrictions#restriction-{lead}")));
    let page = client.get("/privacy/restrictions").await.text();
    assert!(page.contains(&format!("id=\"restriction-{lead}\"")) && !page.contains("Berg"), "{page}");
    assert!(page.contains(&format!("href=\"{address}/erasure\"")), "{page}");
    assert_eq!(client.get(&format!("{address}/erasure")).await.status, 200);
}
