//! The bell, over HTTP.

use std::time::Duration;

use qualify_domain::access::Role;
use qualify_integration::{Answer, House, ids_after, rows};

async fn submit(house: &House, public_id: &str, email: &str) {
    let answer = house.client().post(&format!("/f/{public_id}"), &[("email", email)]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
}

fn unread(bell: &Answer) -> String {
    assert_eq!(bell.status, 200, "{}", bell.text());
    bell.text().split("data-count=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_new_lead_rings_the_bell_and_is_read_where_it_leads() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut owner = north.owner.client.clone();
    let empty = owner.get("/notifications").await;
    assert!(empty.text().contains("Nothing new") && empty.text().contains("/settings/notifications"));
    assert_eq!(unread(&owner.get("/notifications/count").await), "0");
    let mut stream = owner.listen("/live").await;
    submit(&house, &north.public_id, "anna@example.com").await;
    while stream.next("changed", Duration::from_secs(3)).await.expect("the bell rings") != "bell" {}
    assert_eq!(unread(&owner.get("/notifications/count").await), "1");
    let page = owner.get("/notifications").await;
    assert!(page.text().contains("Mark all as read") && page.text().contains("class=\"unread\""), "{}", page.text());
    let row = rows(&page).remove(0);
    assert_eq!(row.label, "anna@example.com");
    let opened = owner.post(&format!("/notifications/{}/open", row.id), &[]).await;
    let lead = north.leads().await.remove(0);
    assert_eq!((opened.status, opened.location()), (303, &*format!("/leads/{}", lead.id)));
    assert_eq!(unread(&owner.get("/notifications/count").await), "0");
    assert!(!owner.get("/notifications").await.text().contains("Mark all as read"));
}

#[tokio::test]
async fn all_are_read_at_once_and_a_colleagues_stay_as_they_are() {
    let house = House::open().await;
    let north = house.found("North").await;
    let mut agent = house.join(&north, "agent@north.example", &[Role::Agent]).await.client;
    submit(&house, &north.public_id, "anna@example.com").await;
    house.settle().await;
    let mut owner = north.owner.client.clone();
    let theirs = ids_after(&agent.get("/notifications").await.text(), "/notifications/").remove(0);
    assert_eq!(owner.post(&format!("/notifications/{theirs}/open"), &[]).await.status, 404);
    let read = owner.post("/notifications/read", &[]).await;
    assert_eq!((read.status, read.location()), (303, "/notifications"));
    assert_eq!(unread(&owner.get("/notifications/count").await), "0");
    assert_eq!(unread(&agent.get("/notifications/count").await), "1");
    assert_eq!(owner.get("/notifications?after=nonsense").await.status, 400);
    assert_eq!(owner.post("/notifications/read", &[("more", "1")]).await.status, 400, "no field is known");
}
