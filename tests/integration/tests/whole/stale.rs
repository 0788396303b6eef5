//! A lead to which nothing has happened for as many days as its stage says: marked wherever it is shown, and found.

use jiff::SignedDuration;
use qualify_integration::{Answer, House, ProgramClient, rows};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api_calls::{furnished, stage};

/// The mark in a page.
const MARK: &str = "Stale</span>";

/// Lets a lead become stale after a day in each stage, whatever it means.
async fn let_age(program: &ProgramClient) {
    let pipeline = program.get("/api/v1/pipelines").await.json()["items"][0].clone();
    let stages: Vec<Value> = pipeline["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| json!({ "id": one["id"], "name": one["name"], "kind": one["kind"], "stale_after_days": 1 }))
        .collect();
    let whole = json!({ "name": pipeline["name"], "stages": stages, "removed": [] });
    let path = format!("/api/v1/pipelines/{}", pipeline["id"].as_str().unwrap());
    let drawn = program.send_for(Method::PUT, &path, &format!("\"{}\"", pipeline["version"]), &whole).await;
    assert_eq!(drawn.status, 200, "{}", drawn.text());
}

async fn make(program: &ProgramClient, name: &str) -> String {
    let made = program.post("/api/v1/leads", &json!({ "name": name, "email": format!("{name}@example.com") })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["id"].as_str().unwrap().to_owned()
}

/// Who is told to be stale, by name.
fn told(items: &Value) -> Vec<(String, bool)> {
    let one = |lead: &Value| (lead["name"].as_str().unwrap().to_owned(), lead["stale"].as_bool().unwrap());
    items.as_array().unwrap().iter().map(one).collect()
}

/// Who bears the mark in the list, by name.
fn marked(page: &Answer) -> Vec<(String, bool)> {
    let text = page.text();
    let marks = text.split("<tr data-key=").skip(1).map(|row| row.split("</tr>").next().unwrap().contains(MARK));
    rows(page).into_iter().map(|row| row.label).zip(marks).collect()
}

fn address(path: &str, filter: &Value) -> String {
    let filter = filter.to_string();
    format!("{path}?{}", form_urlencoded::Serializer::new(String::new()).append_pair("filter", &filter).finish())
}

#[tokio::test]
async fn a_stale_lead_is_marked_wherever_it_is_shown_and_found_by_it() {
    let house = House::open().await;
    let (mut north, program) = furnished(&house, "North").await;
    let_age(&program).await;
    let won = make(&program, "Won").await;
    let to = json!({ "stage": stage(&program, 3).await });
    assert_eq!(program.send_for(Method::POST, &format!("/api/v1/leads/{won}/stage"), "\"1\"", &to).await.status, 200);
    house.clock.advance(SignedDuration::from_mins(2));
    let quiet = make(&program, "Quiet").await;
    house.settle().await;
    house.clock.advance(SignedDuration::from_hours(25));
    make(&program, "Young").await;
    house.settle().await;

    let expected = |quiet: bool| {
        [("Young", false), ("Quiet", quiet), ("Won", false)].map(|(name, stale)| (name.to_owned(), stale))
    };
    let client = &mut north.owner.client;
    assert_eq!(told(&program.get("/api/v1/leads").await.json()["items"]), expected(true));
    assert_eq!(marked(&client.get("/leads").await), expected(true));
    assert!(client.get(&format!("/leads/{quiet}")).await.text().contains(MARK));
    assert!(!client.get(&format!("/leads/{won}")).await.text().contains(MARK), "nobody works on it any more");
    assert_eq!(client.get("/board").await.text().matches(MARK).count(), 1);
    let pipeline = program.get("/api/v1/pipelines").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let board = program.get(&format!("/api/v1/pipelines/{pipeline}/board")).await.json();
    assert_eq!(told(&board["columns"][0]["items"]), expected(true)[..2]);
    assert_eq!(told(&board["columns"][3]["items"]), expected(true)[2..]);

    for (yes, names) in [(true, vec!["Quiet"]), (false, vec!["Young", "Won"])] {
        let is = json!({ "field": "stale", "op": "is", "value": yes });
        let not = json!({ "not": { "field": "stale", "op": "is", "value": !yes } });
        for filter in [is, not] {
            let found = program.post("/api/v1/leads/search", &json!({ "filter": filter })).await.json();
            let found_names: Vec<String> = told(&found["items"]).into_iter().map(|(name, _)| name).collect();
            assert_eq!(found_names, names, "{filter}");
            let page = client.get(&address("/leads", &filter)).await;
            assert_eq!(rows(&page).into_iter().map(|row| row.label).collect::<Vec<_>>(), names, "{filter}");
            assert!(page.text().contains("<strong>Stale</strong>"), "{}", page.text());
            let editor = client.get(&address("/leads/filter", &filter)).await.text();
            assert!(editor.contains("<input type=\"hidden\" name=\"field\" value=\"stale\">"), "{editor}");
        }
    }
    // The form offers yes and no, and says at first what one looks for.
    let added = client.get("/leads/filter?open=all&new-0=stale&do=add:0").await.text();
    assert!(added.contains("<option value=\"true\">Yes</option><option value=\"false\">No</option>"), "{added}");
    assert!(!added.contains("value=\"not_is\""), "no is what is not yes: {added}");
    let applied = client.get("/leads/filter?open=all&field=stale&op=is&value=true&do=apply").await;
    assert_eq!(applied.status, 303, "{}", applied.text());
    let there = applied.location().to_owned();
    assert_eq!(rows(&client.get(&there).await).len(), 1);
    for (value, rule) in [(json!("true"), "filter-value"), (json!(["true"]), "filter-value")] {
        let body = json!({ "filter": { "field": "stale", "op": "is", "value": value } });
        let refused = program.post("/api/v1/leads/search", &body).await;
        assert_eq!(refused.status, 422, "{}", refused.text());
        assert!(refused.text().contains(rule), "{}", refused.text());
    }

    // Whatever happens to it, it is no longer quiet.
    assert_eq!(program.get(&format!("/api/v1/leads/{quiet}")).await.json()["stale"], json!(true));
    let note = json!({ "text": "Asked again." });
    assert_eq!(program.post(&format!("/api/v1/leads/{quiet}/notes"), &note).await.status, 204);
    assert_eq!(program.get(&format!("/api/v1/leads/{quiet}")).await.json()["stale"], json!(false));
    assert_eq!(told(&program.get("/api/v1/leads").await.json()["items"]), expected(false));
    assert_eq!(marked(&client.get("/leads").await), expected(false));
}
