//! What the plan has no room for is not added, and what was typed stands there again.

use qualify_integration::FORM_SETTINGS;

use super::*;

/// An organization with the smallest plan.
async fn solo() -> (House, Organization) {
    let (house, mut north, till) = billed().await;
    let asked = north.owner.client.post(&format!("{HERE}/checkout"), &[("plan", "solo")]).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    till.pay(house.clock.now());
    assert_eq!(house.hear(&Till::told(1, "s1")).await, 200);
    work(&house).await;
    (house, north)
}

fn assert_full(answer: &Answer, allows: &str, kept: &str) {
    let page = answer.text();
    assert_eq!(answer.status, 402, "{page}");
    for words in [allows, kept, "id=\"plan-full\"", "href=\"/settings/billing#plans\""] {
        assert!(page.contains(words), "{words}: {page}");
    }
}

#[tokio::test]
async fn members_forms_and_webhooks_beyond_the_plan_are_not_added_and_what_was_typed_stands_there() {
    let (_house, mut north) = solo().await;
    let client = &mut north.owner.client;
    let invite = |email| [("email", email), ("agent", "1")];
    assert_eq!(client.post("/settings/members/invitations", &invite("anna@north.example")).await.status, 303);
    let full = client.post("/settings/members/invitations", &invite("berta@north.example")).await;
    assert_full(&full, "The plan contains 2 members", "value=\"berta@north.example\"");
    assert!(full.text().contains("name=\"agent\" value=\"1\" checked"), "{}", full.text());
    for _ in 0..2 {
        assert_eq!(client.post("/forms", &FORM_SETTINGS).await.status, 303);
    }
    let full = client.post("/forms", &FORM_SETTINGS).await;
    assert_full(&full, "The plan contains 3 forms;", "privacy@north.example");
    let wish = |url| [("url", url), ("detail", "thin"), ("lead.created", "1")];
    assert_eq!(client.post("/settings/webhooks", &wish("https://hooks.example.com/1")).await.status, 200);
    let full = client.post("/settings/webhooks", &wish("https://hooks.example.com/2")).await;
    assert_full(&full, "The plan contains 1 webhook;", "value=\"https://hooks.example.com/2\"");
    let used = page(client, HERE).await;
    assert!(used.contains("2 of 2") && used.contains("3 of 3") && used.contains("1 of 1"), "{used}");
}

#[tokio::test]
async fn who_may_not_choose_a_plan_learns_who_may() {
    let (house, north) = solo().await;
    let mut admin = house.join(&north, "ada@north.example", &[Role::Admin]).await;
    let invite = [("email", "berta@north.example"), ("agent", "1")];
    let full = admin.client.post("/settings/members/invitations", &invite).await;
    assert_eq!(full.status, 402, "{}", full.text());
    let page = full.text();
    assert!(page.contains("An owner, or whoever looks after billing, can choose a larger plan."), "{page}");
    assert!(!page.contains("/settings/billing"), "{page}");
    speak(&mut admin.client, "fr").await;
    let full = admin.client.post("/settings/members/invitations", &invite).await;
    assert!(full.text().contains("La formule contient 2 membres"), "{}", full.text());
}
