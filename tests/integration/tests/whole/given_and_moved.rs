//! Leads that are given to members, many at once, and moved where they cannot stand or into another pipeline: on the pages
//! as a browser without scripts gets them, and through the API.

use std::collections::BTreeSet;

use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{House, ProgramClient};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api_calls::{NOBODYS, errors, furnished, make};

async fn lead(program: &ProgramClient, id: &str) -> Value {
    program.get(&format!("/api/v1/leads/{id}")).await.json()
}

/// Another pipeline: its id, and the stage in which leads enter it.
async fn partners(program: &ProgramClient) -> (String, String) {
    let made = program.post("/api/v1/pipelines", &json!({ "name": "Partners" })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&made.json()["id"]), text(&made.json()["stages"][0]["id"]))
}

fn one_fault(field: &str, rule: &str) -> BTreeSet<(String, String)> {
    BTreeSet::from([(field.to_owned(), rule.to_owned())])
}

#[tokio::test]
async fn many_leads_are_given_to_a_member_and_back_into_the_queue_by_a_page() {
    let house = House::open().await;
    let (mut north, program) = furnished(&house, "North").await;
    let mika = house.join(&north, "mika@north.example", &[Role::Agent]).await.user.to_string();
    let anna = make(&program, "anna@example.com").await;
    let berta = make(&program, "berta@example.com").await;
    let owners = async || [lead(&program, &anna).await["owner"].clone(), lead(&program, &berta).await["owner"].clone()];
    let client = &mut north.owner.client;
    let page = client.get("/leads/changes?q=anna").await.text();
    for part in ["name=\"owner\"", "name=\"act\" value=\"assign\"", &format!("<option value=\"{mika}\"")] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let given = client.post("/leads/changes", &[("filter", "q=anna"), ("act", "assign"), ("owner", &mika)]).await;
    assert_eq!(given.status, 303, "{}", given.text());
    house.settle().await;
    assert_eq!(owners().await, [json!(mika), Value::Null], "those that the list shows, and no others");
    let told = program.get(&format!("/api/v1/leads/{anna}/timeline")).await.json();
    let told = told["items"].as_array().unwrap().iter().find(|entry| entry["kind"] == "assigned").unwrap().clone();
    assert_eq!(told["assigned"], json!({ "from": null, "to": mika }));
    assert_eq!(told["member"], json!(north.owner.user.to_string()), "whoever asked did it");

    let client = &mut north.owner.client;
    let all = client.post("/leads/changes", &[("filter", ""), ("act", "assign"), ("owner", &mika)]).await;
    house.settle().await;
    let page = client.get(all.location()).await.text();
    assert!(page.contains("Left as they are: already so"), "{page}");
    assert_eq!(owners().await, [json!(mika), json!(mika)]);
    let chosen = [("filter", ""), ("act", "assign"), ("owner", ""), ("lead", &*berta)];
    assert_eq!(client.post("/leads/changes", &chosen).await.status, 303);
    house.settle().await;
    assert_eq!(owners().await, [json!(mika), Value::Null], "the one that was selected waits in the queue again");

    for nobody in [NOBODYS, "nonsense"] {
        let refused = client.post("/leads/changes", &[("filter", ""), ("act", "assign"), ("owner", nobody)]).await;
        assert_eq!(refused.status, 422, "{nobody}: {}", refused.text());
        assert!(refused.text().contains("id=\"owner-fault\""), "{nobody}: {}", refused.text());
    }
}

#[tokio::test]
async fn rls_13_many_leads_are_given_to_a_member_by_a_program_within_its_reach() {
    let house = House::open().await;
    let (north, program) = furnished(&house, "North").await;
    let mika = house.join(&north, "mika@north.example", &[Role::Agent]).await.user.to_string();
    let (anna, berta) = (make(&program, "anna@example.com").await, make(&program, "berta@example.com").await);
    let done = async |body: Value| {
        let begun = program.post("/api/v1/leads/changes", &body).await;
        assert_eq!(begun.status, 202, "{}", begun.text());
        house.settle().await;
        program.get(begun.location()).await.json()
    };
    let named = json!({ "leads": [anna, NOBODYS], "act": { "assign": mika } });
    assert_eq!(done(named).await["report"], json!({ "changed": 1, "skipped_gone": 1 }));
    assert_eq!(lead(&program, &anna).await["owner"], json!(mika));
    let all = done(json!({ "filter": { "all": [] }, "act": { "assign": mika } })).await;
    assert_eq!(all["report"], json!({ "changed": 1, "skipped_same": 1 }), "{all}");
    assert_eq!(all["left_out"], json!([{ "lead": anna, "why": "skipped_same" }]));
    let back = done(json!({ "leads": [berta], "act": { "assign": null } })).await;
    assert_eq!((&back["report"], &lead(&program, &berta).await["owner"]), (&json!({ "changed": 1 }), &Value::Null));

    for (owner, fault) in [
        (json!(NOBODYS), one_fault("owner", "not-a-choice")),
        (json!("nonsense"), one_fault("act", "not-a-choice")),
        (json!(7), one_fault("act", "not-a-choice")),
    ] {
        let refused =
            program.post("/api/v1/leads/changes", &json!({ "leads": [berta], "act": { "assign": owner } })).await;
        assert_eq!((refused.status, errors(&refused)), (422, fault), "{owner}: {}", refused.text());
    }
    let agent = house.program(&north.owner, Role::Agent, &[KeyScope::LeadsRead, KeyScope::LeadsWrite]).await;
    let beyond = json!({ "leads": [berta], "act": { "assign": north.owner.user.to_string() } });
    let refused = agent.post("/api/v1/leads/changes", &beyond).await;
    assert_eq!((refused.status, &refused.json()["type"]), (422, &json!("/api/docs#rule")), "{}", refused.text());
    house.settle().await;
    assert_eq!(lead(&program, &berta).await["owner"], Value::Null);
}

#[tokio::test]
async fn a_lead_does_not_go_to_a_stage_of_another_pipeline_by_itself() {
    let house = House::open().await;
    let (mut north, program) = furnished(&house, "North").await;
    let (_, theirs) = furnished(&house, "South").await;
    let (_, elsewhere) = partners(&program).await;
    let foreign = theirs.get("/api/v1/stages").await.json()["items"][1]["id"].as_str().unwrap().to_owned();
    let id = make(&program, "anna@example.com").await;
    house.settle().await;
    let before = lead(&program, &id).await;
    let (tag, version) = (format!("\"{}\"", before["version"]), before["version"].to_string());
    for stage in [&elsewhere, &foreign] {
        let wish = json!({ "stage": stage });
        let refused = program.send_for(Method::POST, &format!("/api/v1/leads/{id}/stage"), &tag, &wish).await;
        let told = (refused.status, errors(&refused));
        assert_eq!(told, (422, one_fault("stage", "not-a-choice")), "{}", refused.text());
        let fields = [("stage", stage.as_str()), ("version", version.as_str())];
        let page = north.owner.client.post(&format!("/leads/{id}/stage"), &fields).await;
        assert_eq!(page.status, 422, "{}", page.text());
        assert!(page.text().contains("id=\"stage-fault\""), "{}", page.text());
    }
    let after = lead(&program, &id).await;
    assert_eq!((&after["stage"], &after["version"]), (&before["stage"], &before["version"]));
}

#[tokio::test]
async fn a_lead_goes_into_another_pipeline_by_its_page() {
    let house = House::open().await;
    let (mut north, program) = furnished(&house, "North").await;
    let (pipeline, entry) = partners(&program).await;
    let id = make(&program, "anna@example.com").await;
    house.settle().await;
    let before = lead(&program, &id).await;
    let (place, version) = (format!("/leads/{id}"), before["version"].to_string());
    let client = &mut north.owner.client;
    let page = client.get(&place).await.text();
    assert!(page.contains(&format!("<option value=\"{pipeline}\">Partners</option>")), "{page}");
    let action = format!("{place}/pipeline");
    let fields = [("pipeline", pipeline.as_str()), ("version", version.as_str())];
    let moved = client.post(&action, &fields).await;
    assert_eq!((moved.status, moved.location()), (303, place.as_str()), "{}", moved.text());
    let after = lead(&program, &id).await;
    assert_eq!(after["stage"], json!(entry), "where leads enter it");
    let timeline = program.get(&format!("/api/v1/leads/{id}/timeline")).await.json();
    let told = timeline["items"].as_array().unwrap().iter().find(|entry| entry["kind"] == "moved").unwrap();
    assert_eq!((&told["moved"]["from"], &told["moved"]["to"]), (&before["stage"], &json!(entry)));
    let page = client.get(&place).await.text();
    assert!(!page.contains(&format!("<option value=\"{pipeline}\">")), "there it stands: {page}");

    // What is done already needs nothing; what was looked at before somebody else acted is looked at again.
    let again = client.post(&action, &fields).await;
    assert_eq!((again.status, again.location()), (303, place.as_str()), "{}", again.text());
    assert_eq!(lead(&program, &id).await["version"], after["version"]);
    let first = program.get("/api/v1/pipelines").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let late = client.post(&action, &[("pipeline", first.as_str()), ("version", version.as_str())]).await;
    assert_eq!(late.status, 409, "{}", late.text());
    assert!(late.text().contains("id=\"pipeline-fault\""), "{}", late.text());
    for wrong in ["nonsense", ""] {
        let answer = client.post(&action, &[("pipeline", wrong), ("version", version.as_str())]).await;
        assert_eq!(answer.status, 400, "{wrong}");
    }
    let gone = client.post(&action, &[("pipeline", NOBODYS), ("version", version.as_str())]).await;
    assert_eq!(gone.status, 404);
}
