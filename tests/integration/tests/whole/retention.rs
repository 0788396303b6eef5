//! What is not let go in time is told: to whoever watches over the installation, and on the page.

use qualify_integration::{House, METRICS_TOKEN};
use reqwest::Method;

const PAGE: &str = "/privacy/retention";

#[tokio::test]
async fn ret_16_what_a_sweep_leaves_behind_is_told_by_the_metric_and_by_the_page() {
    // Its worker has swept when it began, and does not again for a quarter of an hour.
    let house = House::open().await;
    let mut north = house.found("North").await;
    let metric = async |token: &str| {
        let client = house.client();
        let asked = client.request(Method::GET, "/metrics").header("authorization", format!("Bearer {token}"));
        client.ask(asked).await
    };
    let line = |rows| format!("\nretention_overdue_rows{{rule=\"lead\"}} {rows}\n");
    assert_eq!(metric("guessed").await.status, 404);
    let answer = metric(METRICS_TOKEN).await;
    assert!(answer.status == 200 && answer.text().contains(&line(0)), "{}", answer.text());
    let banner = "This should have been deleted by now";
    let client = &mut north.owner.client;
    assert!(!client.get(PAGE).await.text().contains(banner));
    let sent = house.client().post(&format!("/f/{}", north.public_id), &[("email", "anna@example.com")]).await;
    assert!(sent.status < 400, "{}", sent.text());
    let long_ago = "UPDATE submissions SET received_at = '2020-01-01' WHERE organization_id = $1";
    house.sql(long_ago, north.id.0).await;
    let answer = metric(METRICS_TOKEN).await;
    assert!(answer.text().contains("\nretention_overdue_rows{rule=\"lead_ip\"} 1\n"), "{}", answer.text());
    assert!(!client.get(PAGE).await.text().contains(banner), "the page was counted just before");
    house.clock.advance(jiff::SignedDuration::from_mins(1));
    let page = client.get(PAGE).await.text();
    assert!(page.contains(banner) && page.contains("Network addresses of submissions"), "{page}");
}

#[tokio::test]
async fn an_owner_says_for_how_long_leads_are_kept_and_why_if_it_is_longer() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let client = &mut north.owner.client;
    assert!(client.get(PAGE).await.text().contains("36 months after"));
    let refused = client.post(PAGE, &[("months", "48"), ("justification", "")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("justification-fault"), "{}", refused.text());
    for months in ["0", "121", "many", "36"] {
        let refused = client.post(PAGE, &[("months", months), ("justification", "")]).await;
        assert!(refused.status == 422 && refused.text().contains("months-fault"), "{months}: {}", refused.text());
    }
    let longer = [("months", "48"), ("justification", "A building permit takes years.")];
    assert_eq!(client.post(PAGE, &longer).await.status, 303);
    let page = client.get(PAGE).await.text();
    assert!(page.contains("48 months after") && page.contains("A building permit takes years."), "{page}");
}
