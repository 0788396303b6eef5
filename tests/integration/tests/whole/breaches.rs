//! The log of breaches on its pages: the 72 hours, who was told, and who looks.

use jiff::SignedDuration;
use qualify_domain::access::Role;
use qualify_integration::{House, METRICS_TOKEN};
use qualify_ports::time::Clock;
use reqwest::Method;

const PAGE: &str = "/privacy/breaches";

fn fields(aware_at: &str) -> [(&'static str, &str); 6] {
    [
        ("aware_at", aware_at),
        ("happened", "A backup lay open."),
        ("categories", "Names, addresses"),
        ("people", "1200"),
        ("effects", "Unwanted mail"),
        ("measures", "It was taken away."),
    ]
}

/// So many hours ago, as the field of the page writes it: nobody here chose a place, and so it is Paris.
fn hours_ago(house: &House, hours: i64) -> String {
    let then = house.clock.now() - SignedDuration::from_hours(hours);
    jiff::tz::TimeZone::get("Europe/Paris").unwrap().to_datetime(then).strftime("%Y-%m-%dT%H:%M").to_string()
}

#[tokio::test]
async fn prv_8_an_organization_logs_its_breach_tells_the_cnil_in_time_and_closes_it() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let client = &mut north.owner.client;
    let aware = hours_ago(&house, 20);
    let refused = client.post(PAGE, &fields("2999-01-01T10:00")).await;
    assert_eq!(refused.status, 422);
    let page = refused.text();
    assert!(page.contains("aware_at-fault") && page.contains("A backup lay open."), "{page}");
    let logged = client.post(PAGE, &fields(&aware)).await;
    assert_eq!(logged.status, 303, "{}", logged.text());
    let one = logged.location().to_owned();
    let shown = client.get(&one).await.text();
    assert!(shown.contains("51 hours left for the CNIL") && shown.contains("1,200"), "{shown}");
    assert!(client.get(PAGE).await.text().contains(&one), "the list leads there");

    let early = client.post(&format!("{one}/cnil"), &[("cnil_at", &*hours_ago(&house, 30))]).await;
    assert!(early.status == 422 && early.text().contains("It cannot have been then"), "{}", early.text());
    let untold = client.post(&format!("{one}/closing"), &[("untold_because", "")]).await;
    assert!(untold.status == 422 && untold.text().contains("Say why"), "{}", untold.text());
    let at = hours_ago(&house, 1);
    let told = [("cnil_at", &*at), ("late_because", "")];
    assert_eq!(client.post(&format!("{one}/cnil"), &told).await.status, 303);
    assert_eq!(client.post(&format!("{one}/people"), &[("people_at", &*hours_ago(&house, 1))]).await.status, 303);
    let known = [
        ("happened", "Two backups"),
        ("categories", "Names"),
        ("people", ""),
        ("effects", "None"),
        ("measures", "Many"),
    ];
    assert_eq!(client.post(&one, &known).await.status, 303);
    assert_eq!(client.post(&format!("{one}/closing"), &[]).await.status, 303);
    let shown = client.get(&one).await.text();
    assert!(
        shown.contains("Two backups") && shown.contains("not known yet") && !shown.contains("<textarea"),
        "{shown}"
    );
    let again = client.post(&format!("{one}/closing"), &[]).await;
    assert!(again.status == 422 && again.text().contains("The breach is closed."), "{}", again.text());
}

#[tokio::test]
async fn prv_8_a_breach_whose_72_hours_are_over_is_told_by_the_page_and_by_the_metric() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let metric = async || {
        let client = house.client();
        let asked = client.request(Method::GET, "/metrics").header("authorization", format!("Bearer {METRICS_TOKEN}"));
        client.ask(asked).await.text()
    };
    assert!(metric().await.contains("\nbreach_overdue{of=\"organization\"} 0\n"));
    let logged = north.owner.client.post(PAGE, &fields(&hours_ago(&house, 73))).await;
    let one = logged.location().to_owned();
    assert!(north.owner.client.get(&one).await.text().contains("the 72 hours are over"));
    assert!(metric().await.contains("\nbreach_overdue{of=\"organization\"} 1\n"));
    let at = hours_ago(&house, 0);
    let told = [("cnil_at", &*at), ("late_because", "")];
    let refused = north.owner.client.post(&format!("{one}/cnil"), &told).await;
    assert!(refused.status == 422 && refused.text().contains("Say why"), "{}", refused.text());
    let told = [told[0], ("late_because", "It was not seen before.")];
    assert_eq!(north.owner.client.post(&format!("{one}/cnil"), &told).await.status, 303);
    assert!(metric().await.contains("\nbreach_overdue{of=\"organization\"} 0\n"));
}

#[tokio::test]
async fn only_who_answers_for_rights_sees_the_log() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let one = north.owner.client.post(PAGE, &fields(&hours_ago(&house, 1))).await.location().to_owned();
    let mut officer = house.join(&north, "priya@north.example", &[Role::PrivacyOfficer]).await;
    let mut agent = house.join(&north, "ada@north.example", &[Role::Agent]).await;
    let mut south = house.found("South").await;
    for page in [PAGE, &one] {
        assert_eq!(officer.client.get(page).await.status, 200, "{page}");
        assert_eq!(agent.client.get(page).await.status, 403, "{page}");
    }
    assert_eq!(south.owner.client.get(&one).await.status, 404);
    assert!(!south.owner.client.get(PAGE).await.text().contains("A backup lay open."));
}
