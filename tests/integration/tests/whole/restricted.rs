//! Whoever brings somebody whose lead is restricted is told so, on the page and by the API, and nothing is opened (DSR-10).

use qualify_integration::House;
use serde_json::json;

use crate::api_calls::{furnished, make};

const ANNA: &str = "anna@berg.example";

#[tokio::test]
async fn dsr_10_whoever_brings_a_restricted_person_is_told_so_by_page_and_program() {
    let house = House::open().await;
    let (mut north, program) = furnished(&house, "North").await;
    let (lead, other) = (make(&program, ANNA).await, make(&program, "berta@berg.example").await);
    let client = &mut north.owner.client;
    let restricted = client.post(&format!("/leads/{lead}/restriction"), &[("ground", "contested")]).await;
    assert_eq!(restricted.status, 303, "{}", restricted.text());
    let words = "It is kept and not used, and no other is opened or changed for them.";

    let new = [("email", "ANNA@berg.example"), ("name", "Anna")];
    let page = client.post("/leads/new", &new).await;
    assert_eq!((page.status, page.text().contains(words)), (409, true), "{}", page.text());
    let own = [("field", "email"), ("was", "berta@berg.example"), ("value", ANNA)];
    let page = client.post(&format!("/leads/{other}/properties"), &own).await;
    assert_eq!((page.status, page.text().contains(words)), (409, true), "{}", page.text());

    for body in [json!({ "email": ANNA }), json!({ "email": ANNA, "known_person": "always_new" })] {
        let refused = program.post("/api/v1/leads", &body).await;
        assert_eq!((refused.status, refused.json()["type"].as_str()), (409, Some("/api/docs#restricted")));
        assert!(!refused.text().contains(&lead), "nothing else is told of it");
    }
    assert_eq!(house.count("SELECT count(*) FROM leads").await, 2);
}
