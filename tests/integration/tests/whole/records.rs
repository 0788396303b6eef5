//! The register of what an organization does with personal data, as its owner sees it and takes it away.

use qualify_integration::House;

use crate::forms::{declare, publish};

#[tokio::test]
async fn prv_7_the_register_shows_what_forms_ask_and_is_taken_away_as_csv_and_json() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let page = north.owner.client.get("/privacy/records").await;
    assert!(page.status == 200 && !page.text().contains("To size the offer"), "{}", page.text());
    declare(&mut north).await;
    assert_eq!(publish(&mut north, "1").await.status, 303);
    let client = &mut north.owner.client;
    let page = client.get("/privacy/records").await.text();
    assert!(page.contains("Sizes: To size the offer") && page.contains("owner@north.example"), "{page}");
    assert!(page.contains("Leads, from the last time their person wrote: 36 months"), "{page}");
    let months = [("months", "24"), ("justification", "")];
    assert_eq!(client.post("/privacy/retention", &months).await.status, 303);
    let table = client.get("/privacy/records/csv").await;
    assert!(table.header("content-disposition").starts_with("attachment; filename=\"processing-"));
    assert!(table.text().contains("Sizes: To size the offer"), "{}", table.text());
    let document = client.get("/privacy/records/json").await.text();
    let read: serde_json::Value = serde_json::from_str(&document).unwrap();
    assert_eq!(read["organization"], serde_json::json!("North"));
    assert!(read["activities"][0]["purposes"].to_string().contains("To size the offer"), "{document}");
}
