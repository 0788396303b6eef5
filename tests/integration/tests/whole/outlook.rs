//! What other rules of the score would do to many leads: to all of them, or to a part, on the pages and through the API.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{House, Organization, ids_after};
use serde_json::{Value, json};

use crate::{census::capture, scores::score_rules};

/// Two people who write from their company, and two who write from where everybody may.
const PEOPLE: [&str; 4] = ["anna@company.example", "berta@company.example", "carla@gmail.com", "dora@gmail.com"];

/// An organization with their leads, scored: the ids of those of a company, and of the others.
async fn furnished(house: &House) -> (Organization, [BTreeSet<String>; 2]) {
    let mut north = house.found("North").await;
    let mut ids = Vec::new();
    for (at, email) in PEOPLE.into_iter().enumerate() {
        capture(house, &north.public_id, &json!({ "email": email, "name": "Anna Berg" })).await;
        ids.push(north.wait_for_leads(at + 1).await.remove(0).id);
        house.settle().await;
        house.clock.advance(SignedDuration::from_mins(2));
    }
    let others = ids.split_off(2);
    (north, [ids.into_iter().collect(), others.into_iter().collect()])
}

/// The leads that a page names as those whose grade would be another.
fn movers(page: &str) -> BTreeSet<String> {
    let list = page.split("<ul class=\"movers\">").nth(1).unwrap_or_default().split("</ul>").next().unwrap_or_default();
    ids_after(list, "<li><a class=\"link\" href=\"/leads/").into_iter().collect()
}

#[tokio::test]
async fn a_rule_that_is_true_of_all_changes_all_and_one_that_divides_them_a_part() {
    let house = House::open().await;
    let (mut north, [company, others]) = furnished(&house).await;
    let all: BTreeSet<String> = company.union(&others).cloned().collect();
    let client = &mut north.owner.client;
    for (about, rule, words, expected) in [
        ("all", vec![("on", "submission"), ("about_1", "email"), ("frequency", "each")], "4 leads", &all),
        ("a company", vec![("about_1", "company_email")], "2 leads", &company),
        ("no company", vec![("about_1", "company_email"), ("not_1", "1")], "2 leads", &others),
    ] {
        let rule = [&rule[..], &[("effect", "points"), ("points", "50")]].concat();
        let told = client.post("/settings/score/what-if", &rule).await;
        assert_eq!(told.status, 200, "{about}: {}", told.text());
        let told = told.text();
        assert!(told.contains(&format!("{words} would change their grade.")), "{about}: {told}");
        assert_eq!(&movers(&told), expected, "{about}: {told}");

        let kept = client.post("/settings/score/rules", &rule).await;
        assert_eq!(kept.status, 303, "{about}: {}", kept.text());
        let page = client.get("/settings/score/what-if").await.text();
        assert!(page.contains(&format!("{words} would change their grade.")), "{about}: {page}");
        assert_eq!(&movers(&page), expected, "{about}: {page}");
        let named = client.get("/settings/score/movers").await.text();
        assert!(expected.iter().all(|lead| named.contains(&format!("/leads/{lead}\""))), "{about}: {named}");
        assert!(!all.difference(expected).any(|lead| named.contains(lead.as_str())), "{about}: {named}");
        assert_eq!(client.post("/settings/score/draft/removal", &[]).await.status, 303, "{about}");
    }
}

#[tokio::test]
async fn a_program_is_told_of_all_leads_how_other_rules_would_divide_them() {
    let house = House::open().await;
    let (north, [company, others]) = furnished(&house).await;
    let program = house.program(&north.owner, Role::Manager, &[KeyScope::ScoreWrite]).await;
    let outlook = program.post("/api/v1/score-rules/what-if", &score_rules(100)).await.json();
    let counts = ["leads", "looked_at", "changes"].map(|count| outlook[count].as_u64().unwrap());
    assert_eq!(counts, [4, 4, 4], "{outlook}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut then: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for mover in outlook["movers"].as_array().unwrap() {
        assert_ne!(mover["now"]["grade"], mover["then"]["grade"], "{mover}");
        then.entry(text(&mover["then"]["grade"])).or_default().insert(text(&mover["lead"]));
    }
    let expected = [("C3".to_owned(), company), ("D3".to_owned(), others)];
    assert_eq!(then, BTreeMap::from(expected), "{outlook}");
    let shares = outlook["grades"].as_array().unwrap();
    for when in ["now", "then"] {
        let whole: u64 = shares.iter().map(|share| share[when].as_u64().unwrap()).sum();
        assert_eq!(whole, 4, "{when}: {outlook}");
    }
    let part = program.post("/api/v1/score-rules/what-if/movers", &score_rules(100)).await.json();
    assert_eq!((part["items"].as_array().unwrap().len(), &part["next"]), (4, &Value::Null), "{part}");
    assert_eq!(program.get("/api/v1/score-rules").await.json()["version"], 1, "asking keeps nothing");
}
