//! What is not let go in time is told: to whoever watches over the installation, and on the page.

use qualify_domain::{
    retention::{GRACE, Outcome},
    submission::IP_KEPT,
};
use qualify_integration::{House, METRICS_TOKEN, Plan};
use qualify_usecases::Retention;
use reqwest::Method;
use tokio_util::sync::CancellationToken;

const PAGE: &str = "/privacy/retention";

#[tokio::test]
async fn ret_16_what_a_sweep_without_its_rights_leaves_behind_is_told_by_the_metric_and_by_the_page() {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
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
    let waits = ["\nretention_swept_timestamp_seconds{rule=\"lead\"} 0\n", "\ndsr_overdue 0\n", "\noutbox_parked 0\n"];
    assert!(waits.iter().all(|line| answer.text().contains(line)), "nobody works: {}", answer.text());
    let banner = "This should have been deleted by now";
    assert!(!north.owner.client.get(PAGE).await.text().contains(banner));
    let sent = house.client().post(&format!("/f/{}", north.public_id), &[("email", "anna@example.com")]).await;
    assert!(sent.status < 400, "{}", sent.text());
    // A purge that silently deletes nothing.
    let revoked = "REVOKE UPDATE (ip, ip_anonymized_at) ON submissions FROM qualify_sweep_lead_ip";
    sqlx::query(revoked).execute(&mut house.superuser().await).await.unwrap();
    house.clock.advance(IP_KEPT + GRACE * 2);
    let retention = Retention::new(house.ports.storage.clone(), house.ports.files.clone(), house.ports.clock.clone());
    let swept = retention.sweep_now(&CancellationToken::new()).await;
    assert!(
        swept.iter().all(|swept| (swept.rule.code == "lead_ip") == (swept.outcome == Outcome::Failed)),
        "{swept:?}"
    );
    let answer = metric(METRICS_TOKEN).await;
    assert!(answer.text().contains("\nretention_overdue_rows{rule=\"lead_ip\"} 1\n"), "{}", answer.text());
    assert!(answer.text().contains("\nretention_swept_timestamp_seconds{rule=\"lead_ip\"} 0\n"), "its sweep failed");
    assert!(!answer.text().contains("\nretention_swept_timestamp_seconds{rule=\"lead\"} 0\n"), "{}", answer.text());
    north.owner = house.sign_in(&north.owner.email.clone()).await;
    let page = north.owner.client.get(PAGE).await.text();
    assert!(page.contains(banner) && page.contains("Network addresses of submissions"), "{page}");
    let granted = "GRANT UPDATE (ip, ip_anonymized_at) ON submissions TO qualify_sweep_lead_ip";
    sqlx::query(granted).execute(&mut house.superuser().await).await.unwrap();
    retention.sweep_now(&CancellationToken::new()).await;
    assert!(north.owner.client.get(PAGE).await.text().contains(banner), "the page was counted just before");
    house.clock.advance(jiff::SignedDuration::from_mins(1));
    assert!(!north.owner.client.get(PAGE).await.text().contains(banner));
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
