//! What members choose for themselves, and what follows on the next page.

use qualify_domain::access::Role;
use qualify_integration::{Answer, Client, House};
use reqwest::Method;

const CHOSEN: [(&str, &str); 5] = [
    ("first_name", "Odile"),
    ("last_name", "Owner"),
    ("language", "fr"),
    ("theme", "dark"),
    ("time_zone", "America/New York"),
];

/// Presses one of the switches in the menu, on the page at `address`.
async fn press(client: &mut Client, switch: &str, choice: &str, address: &str) -> Answer {
    let request = client
        .request(Method::POST, &format!("/settings/profile/{switch}"))
        .header("accept", "text/html")
        .header("sec-fetch-site", "same-origin")
        .header("referer", address)
        .form(&[(switch, choice)]);
    client.send(request).await
}

#[tokio::test]
async fn a_profile_acts_on_the_next_page_and_follows_its_user() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let before = north.owner.client.get("/settings/profile").await;
    assert_eq!(before.status, 200, "{}", before.text());
    assert!(before.text().contains("<html lang=\"en\">") && before.text().contains(&north.owner.email));
    let saved = north.owner.client.post("/settings/profile", &CHOSEN).await;
    assert_eq!((saved.status, saved.location()), (303, "/settings/profile?saved=1"), "{}", saved.text());
    for page in ["/settings/profile", "/leads", "/settings/security", "/forms"] {
        let text = north.owner.client.get(page).await.text();
        assert!(text.contains("<html lang=\"fr\" data-theme=\"dark\">"), "{page}: {text:.80}");
        assert!(text.contains("name=\"color-scheme\" content=\"dark\""), "{page}");
    }
    let page = north.owner.client.get("/settings/profile").await.text();
    assert!(page.contains("value=\"America/New_York\""), "a blank stands for the line");
    let elsewhere = house.sign_in(&north.owner.email).await.client.get("/leads").await.text();
    assert!(elsewhere.contains("<html lang=\"fr\" data-theme=\"dark\">"), "on every device");
    assert!(house.client().get("/sign-in").await.text().contains("<html lang=\"en\">"), "and nobody else's");
}

#[tokio::test]
async fn times_are_told_as_the_members_clocks_read_else_the_organizations() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut agent = house.join(&north, "agent@north.example", &[Role::Agent]).await;
    let mut database = house.superuser().await;
    let moved = "UPDATE connection_events SET occurred_at = '2026-01-15T23:30:00Z' WHERE kind = 'sign_in'";
    sqlx::query(moved).execute(&mut database).await.unwrap();
    let shown = async |client: &mut Client| client.get("/settings/security").await.text();
    assert!(shown(&mut north.owner.client).await.contains("16 Jan 2026, 00:30"), "the installation is in Paris");
    let zoned = "UPDATE organizations SET time_zone = 'Asia/Kolkata'";
    sqlx::query(zoned).execute(&mut database).await.unwrap();
    assert!(shown(&mut agent.client).await.contains("16 Jan 2026, 05:00"));
    north.owner.client.post("/settings/profile", &CHOSEN).await;
    assert!(shown(&mut north.owner.client).await.contains("15 janv. 2026, 18:30"));
    assert!(shown(&mut agent.client).await.contains("16 Jan 2026, 05:00"), "each their own");
    let unknown = "UPDATE users SET time_zone = 'Europe/Atlantis'";
    sqlx::query(unknown).execute(&mut database).await.unwrap();
    assert!(shown(&mut agent.client).await.contains("16 Jan 2026, 05:00"), "a zone that sank locks nobody out");
}

#[tokio::test]
async fn the_switches_of_the_menu_lead_back_to_the_page_they_were_used_on() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let client = &mut north.owner.client;
    let here = |path: &str| format!("{}{path}", house.client().base());
    let pressed = press(client, "language", "fr", &here("/leads?q=a%26b")).await;
    assert_eq!((pressed.status, pressed.location()), (303, "/leads?q=a%26b"));
    assert_eq!(press(client, "theme", "light", &here("/settings/security")).await.location(), "/settings/security");
    assert!(client.get("/leads").await.text().contains("<html lang=\"fr\" data-theme=\"light\">"));
    for elsewhere in ["https://evil.example/leads", &here("/sign-out"), &here("//evil.example/"), "", "nonsense"] {
        assert_eq!(press(client, "theme", "dark", elsewhere).await.location(), "/settings/profile", "{elsewhere}");
    }
    let missing = client.get("/leads/0192f7a0-0000-7000-8000-000000000000").await;
    assert!(missing.status == 404 && missing.text().contains("<html lang=\"fr\" data-theme=\"dark\">"), "faults, too");
    assert_eq!(press(client, "theme", "system", &here("/leads")).await.status, 303);
    assert!(client.get("/leads").await.text().contains("<html lang=\"fr\">"));
}

#[tokio::test]
async fn what_a_profile_cannot_be_is_told_at_its_field_and_changes_nothing() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let wrong = [
        ("first_name", ""),
        ("first_name", "a\u{7}b"),
        ("last_name", &*"é".repeat(101)),
        ("language", "de"),
        ("theme", "pink"),
        ("time_zone", "Europe/Atlantis"),
        ("time_zone", "Paris, I think"),
    ];
    for (field, value) in wrong {
        let fields = CHOSEN.map(|(name, usual)| (name, if name == field { value } else { usual }));
        let answer = north.owner.client.post("/settings/profile", &fields).await;
        assert_eq!(answer.status, 422, "{field}: {}", answer.text());
        let page = answer.text();
        assert!(page.contains(&format!("id=\"{field}-fault\"")), "{field}");
        assert!(page.contains("value=\"Odile\"") || field == "first_name", "what was typed is still there");
        assert!(page.contains("value=\"America/New York\"") || field == "time_zone", "as it was typed");
        let page = north.owner.client.get("/settings/profile").await.text();
        assert!(page.contains("<html lang=\"en\">") && page.contains("value=\"Odile\""), "{field}");
    }
    for (switch, choice) in [("language", "de"), ("theme", ""), ("theme", "DARK")] {
        assert_eq!(press(&mut north.owner.client, switch, choice, "").await.status, 422, "{switch} {choice}");
    }
}

#[tokio::test]
async fn log_3_a_changed_profile_is_in_the_audit_trail_without_a_word_of_it() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    north.owner.client.post("/settings/profile", &CHOSEN).await;
    press(&mut north.owner.client, "theme", "light", "").await;
    let mut database = house.superuser().await;
    let query = "SELECT actor_id, changes FROM audit_entries WHERE organization_id = $1 AND action = 'change_profile'";
    let entries: Vec<(uuid::Uuid, Vec<String>)> =
        sqlx::query_as(query).bind(north.id.0).fetch_all(&mut database).await.unwrap();
    assert_eq!(entries, [(north.owner.user.0, vec![]), (north.owner.user.0, vec![])]);
}
