//! What stands above every page while something wants to be known, and what is open when nothing is paid any more.

use qualify_http::{Access, ROUTES};
use reqwest::Method;

use super::*;
use crate::census::{Ids, ask, furnished};

#[tokio::test]
async fn the_end_of_a_trial_is_told_a_week_before_to_those_who_can_choose_a_plan() {
    let (house, mut north, _) = billed().await;
    let mut agent = house.join(&north, "ada@north.example", &[Role::Agent]).await;
    house.clock.advance(DAY * 6);
    again(&house, &mut north.owner).await;
    assert!(!page(&mut north.owner.client, "/leads").await.contains("id=\"banner\""));
    house.clock.advance(DAY * 3 / 2);
    again(&house, &mut north.owner).await;
    again(&house, &mut agent).await;
    let [english, french] = both(&mut north.owner.client, "/leads").await;
    assert!(english.contains("The trial ends on") && english.contains("Choose a plan</a>"), "{english}");
    assert!(french.contains("L’essai prend fin le"), "{french}");
    assert!(!page(&mut agent.client, "/leads").await.contains("id=\"banner\""));
}

#[tokio::test]
async fn a_trial_that_is_over_leaves_everything_to_be_seen_and_says_who_can_go_on() {
    let (house, mut north, _) = billed().await;
    let mut agent = house.join(&north, "ada@north.example", &[Role::Agent]).await;
    house.clock.advance(DAY * 15);
    work(&house).await;
    again(&house, &mut north.owner).await;
    again(&house, &mut agent).await;
    let owners = page(&mut north.owner.client, "/leads").await;
    assert!(owners.contains("The trial ended on") && owners.contains("href=\"/settings/billing\""), "{owners}");
    assert!(!owners.contains("/settings/organization/reopening"), "it is reopened by paying only");
    let agents = page(&mut agent.client, "/leads").await;
    assert!(
        agents.contains("whoever looks after billing, can change that")
            && !agents.contains("href=\"/settings/billing\"")
    );
    let refused = north.owner.client.post("/leads/new", &[("email", "anna@example.com")]).await;
    assert_eq!(refused.status, 403);
    assert!(refused.text().contains("Nothing can be changed for now"), "{}", refused.text());
    let billing = page(&mut north.owner.client, HERE).await;
    assert!(billing.contains("Trial over") && billing.contains("The data are deleted"), "{billing}");
    assert_eq!(billing.matches("action=\"/settings/billing/checkout\"").count(), 3);
}

#[tokio::test]
async fn what_is_not_paid_is_told_to_those_who_can_pay_and_what_is_closed_to_all() {
    let (house, mut north, till) = subscribed().await;
    let mut agent = house.join(&north, "ada@north.example", &[Role::Agent]).await;
    happens(&house, &till, 2, |sold| sold.is.status = Some(Status::PastDue)).await;
    let owners = page(&mut north.owner.client, "/leads").await;
    assert!(owners.contains("A payment failed.") && owners.contains("action=\"/settings/billing/card\""), "{owners}");
    assert!(!page(&mut agent.client, "/leads").await.contains("id=\"banner\""));
    assert_ne!(agent.client.post("/leads/new", &[("email", "anna@example.com")]).await.status, 403);
    for (number, status, words) in [
        (3, Status::Unpaid, "The subscription is not paid"),
        (4, Status::Paused(Pause::Void), "The subscription is paused"),
    ] {
        happens(&house, &till, number, |sold| sold.is.status = Some(status)).await;
        for client in [&mut north.owner.client, &mut agent.client] {
            let shown = page(client, "/leads").await;
            assert!(shown.contains(words), "{status:?}: {shown}");
        }
        assert_eq!(agent.client.post("/leads/new", &[("email", "berta@example.com")]).await.status, 403);
    }
}

/// An organization with a lead whose subscription has just ended, and one of its agents.
async fn locked() -> (House, Organization, Ids, Person) {
    let till = Arc::new(Till::that_sells());
    let house = House::built(Plan { billing: Some(till.clone()), ..Plan::default() }).await;
    let mut north = furnished(&house, "North").await;
    let ids = Ids::of(&house, &north).await;
    let agent = house.join(&north, "ada@north.example", &[Role::Agent]).await;
    let asked = north.owner.client.post(&format!("{HERE}/checkout"), &[("plan", "team")]).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    house.clock.advance(SignedDuration::from_secs(2));
    let now = house.clock.now();
    till.change(&first(), now, |sold| {
        sold.is.status = Some(Status::Expired);
        sold.is.ends_at = Some(now);
    });
    assert_eq!(house.hear(&Till::told(1, "s1")).await, 200);
    while !page(&mut north.owner.client, "/settings/profile").await.contains("the organization is locked") {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    (house, north, ids, agent)
}

#[tokio::test]
async fn ret_7_a_locked_organization_says_what_is_open_and_lets_its_data_be_taken_away() {
    let (_house, mut north, _, mut agent) = locked().await;
    let client = &mut north.owner.client;
    for closed in ["/leads", "/board", "/forms", "/reports", "/"] {
        let answer = client.get(closed).await;
        assert_eq!((answer.status, answer.location()), (303, "/locked"), "{closed}");
    }
    let [english, french] = both(client, "/locked").await;
    for way in ["/settings/billing", "/leads/export", "/privacy-requests", "/settings/privacy", "/settings/audit"] {
        assert!(english.contains(&format!("href=\"{way}\"")), "{way}: {english}");
        page(client, way).await;
    }
    assert!(english.contains("This organization is locked") && french.contains("Cette organisation est verrouillée"));
    for gone in ["href=\"/leads\"", "href=\"/board\"", "href=\"/forms\"", "href=\"/reports\""] {
        assert!(!english.contains(gone), "{gone}");
    }
    let file = client.post("/leads/export", &[("filter", ""), ("email", "1")]).await;
    assert_eq!(file.status, 200, "{}", file.text());
    assert!(file.text().contains("lead@example.com"), "{}", file.text());
    let refused = client.post("/leads/new", &[("email", "anna@example.com")]).await;
    assert!(refused.status == 403 && refused.text().contains("This organization is locked"), "{}", refused.text());
    let agents = page(&mut agent.client, "/locked").await;
    assert!(agents.contains("whoever looks after billing") && !agents.contains("href=\"/leads/export\""), "{agents}");
    assert!(!agents.contains("href=\"/settings/billing\""), "{agents}");
}

#[tokio::test]
async fn rls_11_no_route_of_a_locked_organization_lets_in_whom_it_should_not() {
    let (_house, north, ids, _) = locked().await;
    for spec in ROUTES.iter() {
        let Access::Granted(permission) = spec.access else { continue };
        if permission.outlasts_expiry() {
            continue;
        }
        let answer = ask(&north.owner.client, spec, &ids).await;
        let about = format!("{} {}: {} {}", spec.method, spec.path, answer.status, answer.location());
        if spec.method == Method::GET {
            assert_eq!((answer.status, answer.location()), (303, "/locked"), "{about}");
        } else {
            assert_eq!(answer.status, 403, "{about}");
        }
        assert!(!answer.text().contains("lead@example.com"), "{about}");
    }
}
