//! The copy of a person's data, taken from their lead's page.

use jiff::SignedDuration;
use qualify_domain::access::Role;
use qualify_integration::{House, PASSWORD};

use crate::forms::send;

#[tokio::test]
async fn auth_16_who_may_takes_the_copy_from_the_leads_page_after_a_fresh_proof() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut agent = house.join(&north, "agent@north.example", &[Role::Agent]).await;
    let sent = send(&house.client(), &north.public_id.clone(), &[("email", "anna@example.com")]).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    house.settle().await;
    let page = format!("/leads/{}", north.wait_for_leads(1).await.remove(0).id);
    let copy = format!("{page}/copy");

    let browser = &mut north.owner.client;
    assert!(browser.get(&page).await.text().contains(&format!("action=\"{copy}\"")));
    house.clock.advance(SignedDuration::from_mins(11));
    let asked = browser.post(&copy, &[]).await;
    assert!(asked.location().starts_with("/confirm"), "{} {}", asked.status, asked.location());
    let confirmed = browser.post("/confirm", &[("password", PASSWORD), ("next", &page)]).await;
    assert_eq!((confirmed.status, confirmed.location()), (303, &*page));
    let file = browser.post(&copy, &[]).await;
    assert_eq!((file.status, file.header("content-type")), (200, "application/zip"));
    assert!(file.header("content-disposition").starts_with("attachment; filename=\"copy-"));
    assert!(file.body.starts_with(b"PK\x03\x04"), "it is a ZIP");

    let theirs = agent.client.get(&page).await;
    assert_eq!(theirs.status, 200);
    assert!(!theirs.text().contains(&copy), "who may not is not offered it");
    let refused = agent.client.post("/confirm", &[("password", PASSWORD), ("next", &page)]).await;
    assert_eq!(refused.status, 303);
    assert_eq!(agent.client.post(&copy, &[]).await.status, 403);
}
