//! The rules of the score through the pages: a draft, what it would do, putting it into force, and going back.

use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{Answer, House, Organization, Plan, ProgramClient};
use serde_json::{Value, json};

use crate::{
    api::errors,
    api_calls::{furnished, make},
    census::capture,
};

const PAGE: &str = "/settings/score";

pub(crate) async fn lead_with(house: &House, organization: &mut Organization, email: &str, leads: usize) -> String {
    capture(house, &organization.public_id, &json!({ "email": email, "name": "Anna Berg" })).await;
    let id = organization.wait_for_leads(leads).await.remove(0).id;
    house.settle().await;
    id
}

/// The page of a lead once its score has come to `grade`.
pub(crate) async fn graded(organization: &mut Organization, lead: &str, grade: &str) -> Answer {
    let shown = format!("<span class=\"grade\" aria-hidden=\"true\">{grade}</span>");
    let address = format!("/leads/{lead}");
    let mut page = organization.owner.client.get(&address).await;
    for _ in 0..100 {
        if page.text().contains(&shown) {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        page = organization.owner.client.get(&address).await;
    }
    assert!(page.text().contains(&shown), "the lead does not come to {grade}: {}", page.text());
    page
}

/// Rules as a program sends them: a fact, something that happens, and a mark.
pub(crate) fn score_rules(points: i16) -> Value {
    json!({ "half_life_days": 30, "groups": [{ "number": 1, "name": "Contact", "cap": 45 }], "rules": [
        { "number": 6, "when": [{ "about": "company_email" }], "points": points, "group": 1 },
        { "on": { "signal": "submission" }, "points": 35, "frequency": "at_most", "times": 2, "days": 7 },
        { "when": [{ "about": "calling_code", "is": "+44", "not": false }], "mark": "Outside our market" },
    ] })
}

#[tokio::test]
async fn a_rule_is_drafted_looked_at_put_into_force_and_taken_back() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let lead = lead_with(&house, &mut north, "anna@company.example", 1).await;
    let before = graded(&mut north, &lead, "B3").await.text();
    assert!(before.contains("The e-mail is a company’s") && before.contains("They send a form"), "{before}");
    let client = &mut north.owner.client;
    let rule = [("about_1", "company_email"), ("points", "40"), ("effect", "points")];
    let kept = client.post("/settings/score/rules", &rule).await;
    assert_eq!((kept.status, kept.location()), (303, PAGE), "{}", kept.text());
    let page = client.get(PAGE).await.text();
    assert!(page.contains("Added: The e-mail is a company’s: +40"), "{page}");
    let what_if = client.get("/settings/score/what-if").await.text();
    assert!(what_if.contains("One lead would change its grade.") && what_if.contains(&lead), "{what_if}");
    let movers = client.get("/settings/score/movers").await.text();
    assert!(movers.contains(&format!("/leads/{lead}\"")) && !movers.contains("rel=\"next\""), "{movers}");
    let beyond = client.get(&format!("/settings/score/movers?after={lead}")).await.text();
    assert!(
        beyond.contains("That was the last one.") && !beyond.contains("<li><a class=\"link\" href=\"/leads/"),
        "{beyond}"
    );
    for (asked, status) in [("?version=99", 404), ("?version=x", 400), ("?after=x", 400)] {
        assert_eq!(client.get(&format!("/settings/score/movers{asked}")).await.status, status, "{asked}");
    }
    let published = client.post("/settings/score/publication", &[]).await;
    assert_eq!((published.status, published.location()), (303, PAGE), "{}", published.text());
    let after = graded(&mut north, &lead, "A3").await.text();
    assert!(after.contains("went from grade B3 to A3") && after.contains("Version 2 of the rules"), "{after}");
    let client = &mut north.owner.client;
    let history = client.get("/settings/score/versions").await.text();
    assert!(history.contains("Version 2") && history.contains("Odile Owner") && history.contains("+40"), "{history}");
    let former = client.get("/settings/score/versions/1").await.text();
    assert!(former.contains("One lead would change its grade.") && former.contains("Removed: "), "{former}");
    assert_eq!(client.post("/settings/score/versions/1/draft", &[]).await.status, 303);
    assert_eq!(client.post("/settings/score/publication", &[]).await.status, 303);
    graded(&mut north, &lead, "B3").await;
}

#[tokio::test]
async fn what_a_rule_would_do_is_told_while_it_is_being_written() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    lead_with(&house, &mut north, "anna@company.example", 1).await;
    let client = &mut north.owner.client;
    let rule =
        [("on", "submission"), ("about_1", "email"), ("points", "50"), ("effect", "points"), ("frequency", "each")];
    let part = client.post("/settings/score/what-if", &rule).await;
    assert_eq!(part.status, 200, "{}", part.text());
    assert!(part.text().contains("One lead would change its grade."), "{}", part.text());
    assert!(!client.get(PAGE).await.text().contains("Your draft"), "asking keeps nothing");
    let mend = [("number", "3"), ("about_1", "name"), ("points", "11"), ("effect", "points")];
    let none = client.post("/settings/score/what-if", &mend).await.text();
    assert!(none.contains("No lead would change its grade."), "{none}");
}

#[tokio::test]
async fn rules_groups_and_the_half_life_are_changed_and_removed() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let client = &mut north.owner.client;
    let page = client.get("/settings/score/rules/3").await.text();
    assert!(page.contains("<option value=\"name\" selected>") && page.contains("value=\"10\""), "{page}");
    let changed = [("number", "3"), ("about_1", "name"), ("points", "12"), ("effect", "points"), ("group", "1")];
    assert_eq!(client.post("/settings/score/rules/3", &changed).await.status, 303);
    assert_eq!(client.post("/settings/score/rules/4/removal", &[]).await.status, 303);
    assert_eq!(client.post("/settings/score/groups", &[("name", "Campaigns"), ("cap", "25")]).await.status, 303);
    assert_eq!(client.post("/settings/score/groups/2", &[("name", "Talks"), ("cap", "55")]).await.status, 303);
    assert_eq!(client.post("/settings/score/half-life", &[("half_life", "14")]).await.status, 303);
    let mark = [("about_1", "calling_code"), ("is_1", "0044"), ("effect", "mark"), ("reason", "Outside our market")];
    assert_eq!(client.post("/settings/score/rules", &mark).await.status, 303);
    let page = client.get(PAGE).await.text();
    for words in [
        "Half-life: 30 → 14 days",
        "Changed: The name is known: +10 (Contact details) → The name is known: +12 (Contact details)",
        "Removed: An e-mail address is known: +15",
        "Added: Campaigns, at most 25",
        "Changed: Conversation, at most 60 → Talks, at most 55",
        "Added: The telephone number begins with +44: Outside our market",
    ] {
        assert!(page.contains(words), "{words} in {page}");
    }
    assert_eq!(client.post("/settings/score/draft/removal", &[]).await.status, 303);
    assert!(!client.get(PAGE).await.text().contains("Half-life: 30 → 14 days"));
    for gone in ["/settings/score/rules/99", "/settings/score/rules/x", "/settings/score/versions/99"] {
        assert_eq!(client.get(gone).await.status, 404, "{gone}");
    }
}

#[tokio::test]
async fn who_comes_second_is_told_and_loses_nothing() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let mut manager = house.join(&north, "manager@north.example", &[Role::Manager]).await.client;
    let rule = [("about_1", "phone"), ("points", "33"), ("effect", "points")];
    assert_eq!(manager.post("/settings/score/rules", &rule).await.status, 303);
    let client = &mut north.owner.client;
    assert_eq!(client.post("/settings/score/half-life", &[("half_life", "14")]).await.status, 303);
    assert_eq!(client.post("/settings/score/publication", &[]).await.status, 303);
    let late = manager.post("/settings/score/publication", &[]).await;
    assert_eq!(late.status, 409, "{}", late.text());
    assert!(late.text().contains("+33"), "what was drafted is still there: {}", late.text());
    assert_eq!(manager.post("/settings/score/draft/renewal", &[]).await.status, 303);
    assert_eq!(manager.post("/settings/score/publication", &[]).await.status, 303);
    assert!(client.get("/settings/score/versions").await.text().contains("Version 3"));
}

#[tokio::test]
async fn the_api_tells_the_score_line_by_line_and_the_rules() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let lead = lead_with(&house, &mut north, "anna@company.example", 1).await;
    graded(&mut north, &lead, "B3").await;
    let key = house.program(&north.owner, Role::Viewer, &[KeyScope::LeadsRead]).await;
    let score = key.get(&format!("/api/v1/leads/{lead}/score")).await.json();
    let sum = |axis: &str| -> i64 {
        let lines = score["lines"].as_array().unwrap().iter().filter(|line| line["axis"] == axis);
        lines.map(|line| line["points"].as_i64().unwrap()).sum()
    };
    assert_eq!((sum("fit"), sum("engagement")), (60, 35), "{score}");
    assert_eq!((&score["fit"], &score["engagement"], &score["grade"]), (&60.into(), &35.into(), &"B3".into()));
    let summary = key.get("/api/v1/leads").await.json();
    assert_eq!(summary["items"][0]["score"]["grade"], "B3");
    assert_eq!(key.get(&format!("/api/v1/leads/{lead}")).await.json()["score"]["fit"], 60);
    let rules = key.get("/api/v1/score-rules").await.json();
    assert_eq!((&rules["version"], &rules["leads"], &rules["waiting"]), (&1.into(), &1.into(), &0.into()), "{rules}");
    assert!(rules["rules"].as_array().unwrap().len() > 5);
}

/// How far the leads are scored by the rules in force: what the page says of it, how many leads there are and how many wait.
async fn progress(organization: &mut Organization, program: &ProgramClient) -> (Option<String>, u64, u64) {
    let page = organization.owner.client.get(PAGE).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let words = page.text().split_once("id=\"score-progress\"").map(|(_, after)| {
        let (_, words) = after.split_once("<p>").unwrap();
        words.split_once("</p>").unwrap().0.to_owned()
    });
    let rules = program.get("/api/v1/score-rules").await.json();
    (words, rules["leads"].as_u64().unwrap(), rules["waiting"].as_u64().unwrap())
}

#[tokio::test]
async fn how_far_leads_are_scored_by_the_rules_in_force_is_told_until_all_of_them_are() {
    let house = House::built(Plan { works: false, ..Plan::default() }).await;
    let (mut north, program) = furnished(&house, "North").await;
    let score = async || house.worker.drain(&tokio_util::sync::CancellationToken::new()).await.unwrap();
    for email in ["anna@company.example", "berta@company.example"] {
        make(&program, email).await;
    }
    score().await;
    assert_eq!(progress(&mut north, &program).await, (None, 2, 0));
    let client = &mut north.owner.client;
    assert_eq!(client.post("/settings/score/half-life", &[("half_life", "14")]).await.status, 303);
    assert_eq!(progress(&mut north, &program).await, (None, 2, 0), "nothing is scored by a draft");
    assert_eq!(north.owner.client.post("/settings/score/publication", &[]).await.status, 303);
    let words = "0 of 2 leads are scored by the rules in force.".to_owned();
    assert_eq!(progress(&mut north, &program).await, (Some(words), 2, 2));
    score().await;
    assert_eq!(progress(&mut north, &program).await, (None, 2, 0));
    make(&program, "clara@company.example").await;
    let words = "2 of 3 leads are scored by the rules in force.".to_owned();
    assert_eq!(progress(&mut north, &program).await, (Some(words), 3, 1));
    let client = &mut north.owner.client;
    assert_eq!(client.post("/settings/profile/language", &[("language", "fr")]).await.status, 303);
    let words = "2 leads sur 3 sont notés selon les règles en vigueur.".to_owned();
    assert_eq!(progress(&mut north, &program).await, (Some(words), 3, 1));
    score().await;
    assert_eq!(progress(&mut north, &program).await, (None, 3, 0));
}

#[tokio::test]
async fn the_list_shows_sorts_and_filters_by_grade() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let company = lead_with(&house, &mut north, "anna@company.example", 1).await;
    graded(&mut north, &company, "B3").await;
    let free = lead_with(&house, &mut north, "anna@gmail.com", 2).await;
    graded(&mut north, &free, "C3").await;
    let client = &mut north.owner.client;
    let places = |page: &str| [&company, &free].map(|lead| page.find(&format!("href=\"/leads/{lead}")));
    let best_first = client.get("/leads?sort=grade").await.text();
    assert!(best_first.contains(">B3<") && best_first.contains(">C3<"), "{best_first}");
    assert!(places(&best_first)[0] < places(&best_first)[1], "{best_first}");
    let best_last = client.get("/leads?sort=-grade").await.text();
    assert!(places(&best_last)[0] > places(&best_last)[1], "{best_last}");
    let key = house.program(&north.owner, Role::Viewer, &[KeyScope::LeadsRead]).await;
    let wanted = json!({ "filter": { "field": "grade", "op": "is", "value": ["B3", "A1"] }, "sort": "grade" });
    let found = key.post("/api/v1/leads/search", &wanted).await.json();
    assert_eq!((found["items"].as_array().unwrap().len(), &found["items"][0]["id"]), (1, &company.into()), "{found}");
}

/// Both versions there are, and nothing else.
async fn versions(key: &ProgramClient) {
    let at = "/api/v1/score-rules/versions";
    let all = key.get(at).await.json();
    let versions: Vec<_> = all["items"].as_array().unwrap().iter().map(|one| one["version"].clone()).collect();
    assert_eq!((versions, &all["next"]), (vec![json!(2), json!(1)], &Value::Null), "{all}");
    assert!(all["items"][0]["key"].is_string() && all["items"][1]["key"].is_null(), "{all}");
    assert!(!all["items"][0]["changes"].as_array().unwrap().is_empty(), "{all}");
    let part = key.get(&format!("{at}?limit=1")).await.json();
    assert_eq!((&part["next"], &part["items"][0]["changes"]), (&json!("2"), &all["items"][0]["changes"]));
    let rest = key.get(&format!("{at}?after=2")).await.json();
    assert_eq!(rest["items"], json!([all["items"][1]]));
    let first = key.get(&format!("{at}/1")).await.json();
    assert!(first["rules"].as_array().unwrap().len() > 1, "{first}");
    for (path, status) in [("/9", 404), ("/0", 404), ("/x", 404), ("?after=x", 400), ("?limit=0", 400)] {
        assert_eq!(key.get(&format!("{at}{path}")).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn a_program_puts_an_earlier_version_of_the_rules_into_force() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let lead = lead_with(&house, &mut north, "anna@company.example", 1).await;
    graded(&mut north, &lead, "B3").await;
    let key = house.program(&north.owner, Role::Manager, &[KeyScope::ScoreWrite]).await;
    let first = key.get("/api/v1/score-rules").await.json();
    let put = key.send_for(reqwest::Method::PUT, "/api/v1/score-rules", "\"1\"", &score_rules(100)).await;
    assert_eq!(put.status, 200, "{}", put.text());
    let post = async |version: u8, tag: &str| {
        let path = format!("/api/v1/score-rules/versions/{version}/restoration");
        key.send_for(reqwest::Method::POST, &path, tag, &json!({})).await
    };
    assert_eq!(post(1, "\"1\"").await.status, 412, "for rules that are in force no more");
    assert_eq!(post(9, "\"2\"").await.status, 404);
    let path = "/api/v1/score-rules/versions/1/restoration";
    assert_eq!(key.post(path, &json!({})).await.status, 428);
    let back = post(1, "\"2\"").await;
    assert_eq!((back.status, back.header("etag")), (200, "\"3\""), "{}", back.text());
    assert_eq!((&back.json()["rules"], &back.json()["groups"]), (&first["rules"], &first["groups"]));
    graded(&mut north, &lead, "B3").await;
    assert_eq!(post(1, "\"3\"").await.header("etag"), "\"3\"", "what is in force stays what it is");
    let reader = house.program(&north.owner, Role::Manager, &[KeyScope::LeadsRead]).await;
    assert_eq!(reader.get("/api/v1/score-rules/versions").await.status, 403);
}

#[tokio::test]
async fn a_program_tries_rules_and_puts_them_into_force() {
    let house = House::open().await;
    let mut north = house.found("North").await;
    let lead = lead_with(&house, &mut north, "anna@company.example", 1).await;
    graded(&mut north, &lead, "B3").await;
    let key = house.program(&north.owner, Role::Manager, &[KeyScope::ScoreWrite]).await;
    let rules = key.get("/api/v1/score-rules").await;
    assert_eq!((rules.status, rules.header("etag")), (200, "\"1\""), "{}", rules.text());
    let outlook = key.post("/api/v1/score-rules/what-if", &score_rules(100)).await.json();
    assert_eq!((&outlook["leads"], &outlook["changes"]), (&1.into(), &1.into()), "{outlook}");
    assert_eq!(
        (&outlook["movers"][0]["lead"], &outlook["movers"][0]["then"]["grade"]),
        (&lead.as_str().into(), &"C3".into())
    );
    let movers = key.post("/api/v1/score-rules/what-if/movers", &score_rules(100)).await.json();
    assert_eq!((&movers["items"], &movers["next"]), (&outlook["movers"], &Value::Null));
    let beyond = format!("/api/v1/score-rules/what-if/movers?after={lead}");
    assert_eq!(key.post(&beyond, &score_rules(100)).await.json()["items"], json!([]));
    let lost = key.post("/api/v1/score-rules/what-if/movers?after=x", &score_rules(100)).await;
    assert_eq!(lost.status, 400, "{}", lost.text());
    assert_eq!(key.get("/api/v1/score-rules").await.json()["version"], 1, "asking keeps nothing");
    let put =
        async |tag: &str, body: &Value| key.send_for(reqwest::Method::PUT, "/api/v1/score-rules", tag, body).await;
    let kept = put("\"1\"", &score_rules(100)).await;
    assert_eq!((kept.status, kept.header("etag")), (200, "\"2\""), "{}", kept.text());
    assert_eq!(put("\"1\"", &score_rules(50)).await.status, 412, "who comes second is told");
    graded(&mut north, &lead, "C3").await;
    versions(&key).await;
    let wrong = json!({ "half_life_days": 0, "groups": [{ "number": 1, "name": "", "cap": 0 }], "rules": [
        { "when": [{ "about": "message", "is": "x" }], "points": 500 }, { "points": 5 }, { "when": [], "colour": 1 },
        { "when": [{ "about": "name" }], "points": 5, "mark": "Both" }, { "when": [{ "about": "tag" }], "points": 1 },
    ] });
    let refused = put("\"2\"", &wrong).await;
    let faults: Vec<_> = errors(&refused).into_iter().map(|(field, _)| field).collect();
    for field in ["groups[0].name", "rules[0].when[0]", "rules[2]", "rules[3].mark", "rules[4].when[0]"] {
        assert!(faults.iter().any(|found| found == field), "{field} in {faults:?}");
    }
    assert_eq!(refused.status, 422);
    let bounds = json!({ "half_life_days": 0, "groups": [], "rules": [
        { "when": [{ "about": "name" }], "points": 500 }, { "points": 5 },
    ] });
    let refused = put("\"2\"", &bounds).await;
    let faults: Vec<_> = errors(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(faults, ["half_life_days", "rules[0].points", "rules[1].when"], "{}", refused.text());
}
