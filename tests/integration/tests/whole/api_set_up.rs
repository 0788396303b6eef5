//! What an organization sets up, by a program alone: pipelines, reasons, properties.

use std::collections::BTreeSet;

use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{Answer, House, ProgramClient};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api_calls::{NOBODYS, errors, furnished, make};

fn fault(field: &str, rule: &str) -> BTreeSet<(String, String)> {
    BTreeSet::from([(field.to_owned(), rule.to_owned())])
}

async fn delete(program: &ProgramClient, path: &str) -> Answer {
    program.ask(program.request(Method::DELETE, path)).await
}

/// A pipeline of three stages: Talking, Offered, Signed.
async fn partners(program: &ProgramClient) -> Value {
    let wish = json!({ "name": "Partners", "stages": [
        { "name": "Talking", "kind": "open", "stale_after_days": 7 },
        { "name": "Offered", "kind": "qualified" },
        { "name": "Signed", "kind": "won", "stale_after_days": null },
    ] });
    let made = program.post("/api/v1/pipelines", &wish).await;
    assert_eq!((made.status, made.header("etag")), (201, "\"1\""), "{}", made.text());
    made.json()
}

fn path(pipeline: &Value) -> String {
    format!("/api/v1/pipelines/{}", pipeline["id"].as_str().unwrap())
}

fn names(pipeline: &Value) -> Vec<&str> {
    pipeline["stages"].as_array().unwrap().iter().map(|stage| stage["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_pipeline_is_drawn_as_a_whole_and_leads_go_where_they_are_sent() {
    let house = House::open().await;
    let (mut north, program) = furnished(&house, "North").await;
    let partners = partners(&program).await;
    let (at, stages) = (path(&partners), &partners["stages"]);
    assert_eq!((names(&partners), &stages[0]["stale_after_days"]), (vec!["Talking", "Offered", "Signed"], &json!(7)));
    let lead = format!("/api/v1/leads/{}", make(&program, "anna@example.com").await);
    let to = json!({ "pipeline": partners["id"] });
    let moved = program.send_for(Method::POST, &format!("{lead}/pipeline"), "\"1\"", &to).await;
    assert_eq!((moved.status, moved.header("etag")), (200, "\"2\""), "{}", moved.text());
    assert_eq!(program.get(&lead).await.json()["stage"], stages[0]["id"]);

    let whole = json!({
        "name": "Resellers",
        "stages": [
            { "id": stages[1]["id"], "name": "Offered", "kind": "open", "stale_after_days": 3 },
            { "name": "Tested", "kind": "qualified" },
            { "id": stages[2]["id"], "name": "Signed", "kind": "won" },
        ],
        "removed": [{ "stage": stages[0]["id"], "heir": stages[1]["id"] }],
    });
    let replaced = program.send_for(Method::PUT, &at, "\"1\"", &whole).await;
    assert_eq!((replaced.status, replaced.header("etag")), (200, "\"2\""), "{}", replaced.text());
    let resellers = replaced.json();
    assert_eq!((&resellers["name"], names(&resellers)), (&json!("Resellers"), vec!["Offered", "Tested", "Signed"]));
    assert_eq!(resellers, program.get(&at).await.json());
    let known = program.ask(program.request(Method::GET, &at).header("if-none-match", "\"2\"")).await;
    assert_eq!((known.status, known.body.len()), (304, 0));
    assert_eq!(program.get(&lead).await.json()["stage"], stages[1]["id"], "the lead went to the heir");
    let timeline = program.get(&format!("{lead}/timeline")).await.json();
    assert_eq!(timeline["items"][0]["moved"]["from"], stages[0]["id"], "{timeline}");
    let page = north.owner.client.get(&format!("/settings/pipelines/{}", resellers["id"].as_str().unwrap())).await;
    assert!(page.text().contains("Resellers") && page.text().contains("Tested"), "{}", page.text());

    // Somebody was quicker; and without a version nothing changes.
    let late = program.send_for(Method::PUT, &at, "\"1\"", &whole).await;
    assert_eq!(late.status, 412, "{}", late.text());
    let nameless = json!({ "name": "", "stages": whole["stages"], "removed": [] });
    let late = program.send_for(Method::PUT, &at, "\"1\"", &nameless).await;
    assert_eq!(late.status, 422, "what no version makes right is told first: {}", late.text());
    assert_eq!(program.ask(program.request(Method::PUT, &at).json(&whole)).await.status, 428);
    assert_eq!(program.get(&at).await.json(), resellers);
}

#[tokio::test]
async fn what_does_not_fit_a_pipeline_is_told_at_its_field_and_nothing_changes() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let (_, theirs) = furnished(&house, "South").await;
    let partners = partners(&program).await;
    let (at, stages) = (path(&partners), &partners["stages"]);
    let other = program.get("/api/v1/stages").await.json()["items"][0]["id"].clone();
    let kept = |id: &Value| json!({ "id": id, "name": "Kept", "kind": "open" });
    let (first, second, third) = (kept(&stages[0]["id"]), kept(&stages[1]["id"]), kept(&stages[2]["id"]));
    let all = json!([first, second, third]);
    let gone = |stage: &Value, heir: &Value| json!([{ "stage": stage, "heir": heir }]);
    let won = |id: &Value| json!({ "id": id, "name": "Won", "kind": "won" });
    let many: Vec<_> = (0..31).map(|n| json!({ "name": format!("{n}"), "kind": "open" })).collect();
    for (stages, removed, field, rule) in [
        (
            json!([first, second, kept(&other)]),
            gone(&stages[2]["id"], &stages[0]["id"]),
            "stages[2].id",
            "not-a-choice",
        ),
        (json!([first, second, third, kept(&json!(NOBODYS))]), json!([]), "stages[3].id", "not-a-choice"),
        (json!([first, second, third, first]), json!([]), "stages[3].id", "twice"),
        (json!([first, second]), json!([]), "removed", "required"),
        (json!([first, second]), Value::Null, "removed", "required"),
        (json!([first, second]), gone(&stages[2]["id"], &other), "removed[0].heir", "not-a-choice"),
        (json!([first, second]), gone(&stages[2]["id"], &stages[2]["id"]), "removed[0].heir", "not-a-choice"),
        (all.clone(), gone(&stages[2]["id"], &stages[0]["id"]), "removed[0].stage", "twice"),
        (all.clone(), gone(&other, &stages[0]["id"]), "removed[0].stage", "not-a-choice"),
        (
            json!([won(&stages[0]["id"]), won(&stages[1]["id"]), won(&stages[2]["id"])]),
            json!([]),
            "stages",
            "no-open-stage",
        ),
        (json!([first, second, third, { "name": "", "kind": "open" }]), json!([]), "stages[3].name", "required"),
        (json!([first, second, third, { "name": "X", "kind": "lost" }]), json!([]), "stages[3].kind", "not-a-choice"),
        (
            json!([first, second, third, { "name": "X", "kind": "open", "stale_after_days": 366 }]),
            json!([]),
            "stages[3].stale_after_days",
            "out-of-range",
        ),
        (
            json!([first, second, third, { "name": "X", "kind": "open", "rank": 1 }]),
            json!([]),
            "stages[3]",
            "not-a-choice",
        ),
        (json!("x"), json!([]), "stages", "not-a-choice"),
        (Value::Null, json!([]), "stages", "required"),
        (all.clone(), json!([{ "stage": 1 }]), "removed[0]", "not-a-choice"),
    ] {
        let whole = json!({ "name": "Partners", "stages": stages, "removed": removed });
        let refused = program.send_for(Method::PUT, &at, "\"1\"", &whole).await;
        assert_eq!((refused.status, errors(&refused)), (422, fault(field, rule)), "{whole}: {}", refused.text());
    }
    let wrong = program.send_for(Method::PUT, &at, "\"1\"", &json!({ "name": 7, "stages": many })).await;
    assert_eq!((wrong.status, errors(&wrong)), (422, fault("name", "not-text")));
    let wrong = program.post("/api/v1/pipelines", &json!({ "name": "Long", "stages": many })).await;
    assert_eq!((wrong.status, errors(&wrong)), (422, fault("stages", "too-many")));
    let wrong = program.post("/api/v1/pipelines", &json!({ "name": "Theirs", "stages": [first] })).await;
    assert_eq!((wrong.status, errors(&wrong)), (422, fault("stages[0].id", "not-a-choice")));
    assert_eq!(program.get(&at).await.json(), partners, "nothing changed");

    let whole = json!({ "name": "Mine", "stages": all });
    assert_eq!(theirs.send_for(Method::PUT, &at, "\"1\"", &whole).await.status, 404, "another organization's");
    assert_eq!(theirs.get(&at).await.status, 404);
    assert_eq!(delete(&theirs, &at).await.status, 404);
}

#[tokio::test]
async fn a_pipeline_is_put_first_and_taken_out_once_it_is_empty() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let first = program.get("/api/v1/pipelines").await.json()["items"][0].clone();
    let last = delete(&program, &path(&first)).await;
    assert_eq!((last.status, &last.json()["type"]), (409, &json!("/api/docs#last")), "{}", last.text());
    let partners = partners(&program).await;
    let order = json!({ "order": [partners["id"], first["id"]] });
    let arranged = program.ask(program.request(Method::PUT, "/api/v1/pipelines/order").json(&order)).await;
    assert_eq!((arranged.status, &arranged.json()["items"][0]["id"]), (200, &partners["id"]), "{}", arranged.text());
    for (order, rule) in [
        (json!([partners["id"]]), "required"),
        (json!([partners["id"], NOBODYS]), "not-a-choice"),
        (json!([partners["id"], partners["id"]]), "twice"),
        (json!("x"), "not-a-choice"),
        (json!(null), "required"),
    ] {
        let put = program.request(Method::PUT, "/api/v1/pipelines/order").json(&json!({ "order": order }));
        let refused = program.ask(put).await;
        assert_eq!((refused.status, errors(&refused)), (422, fault("order", rule)), "{order}");
    }
    let id = make(&program, "anna@example.com").await;
    let lead = program.get(&format!("/api/v1/leads/{id}")).await.json();
    assert_eq!(lead["stage"], partners["stages"][0]["id"], "new leads enter the first");
    let used = delete(&program, &path(&partners)).await;
    assert_eq!((used.status, &used.json()["type"]), (409, &json!("/api/docs#in-use")));
    let transfer = format!("/api/v1/leads/{id}/pipeline");
    for (to, rule) in
        [(json!(NOBODYS), "not-a-choice"), (partners["id"].clone(), "same-stage"), (json!(null), "required")]
    {
        let refused = program.send_for(Method::POST, &transfer, "\"1\"", &json!({ "pipeline": to })).await;
        assert_eq!((refused.status, errors(&refused)), (422, fault("pipeline", rule)), "{to}");
    }
    let to = json!({ "pipeline": first["id"] });
    assert_eq!(program.send_for(Method::POST, &transfer, "\"9\"", &to).await.status, 412);
    assert_eq!(program.send_for(Method::POST, &transfer, "\"1\"", &to).await.status, 200);
    assert_eq!(delete(&program, &path(&partners)).await.status, 204);
    assert_eq!(program.get(&path(&partners)).await.status, 404);
    assert_eq!(program.get("/api/v1/pipelines").await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn reasons_are_added_taken_off_and_come_back_as_they_were() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let add = async |name: &str| program.post("/api/v1/reasons", &json!({ "name": name })).await;
    let listed = async || program.get("/api/v1/reasons").await.json()["items"].as_array().unwrap().clone();
    let made = add("Moved away").await;
    assert_eq!(made.status, 201, "{}", made.text());
    let id = made.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(listed().await.last().unwrap(), &json!({ "id": id, "name": "Moved away" }));
    let twice = add("MOVED AWAY").await;
    assert_eq!((twice.status, errors(&twice)), (422, fault("name", "same-name")));
    assert_eq!(errors(&add("").await), fault("name", "required"));
    assert_eq!(delete(&program, &format!("/api/v1/reasons/{id}")).await.status, 204);
    assert!(listed().await.iter().all(|reason| reason["id"] != json!(id)));
    assert_eq!(add("Moved away").await.json()["id"], json!(id), "it is the same one");
    let all = listed().await;
    for reason in &all[1..] {
        assert_eq!(delete(&program, &format!("/api/v1/reasons/{}", reason["id"].as_str().unwrap())).await.status, 204);
    }
    let last = delete(&program, &format!("/api/v1/reasons/{}", all[0]["id"].as_str().unwrap())).await;
    assert_eq!((last.status, &last.json()["type"]), (409, &json!("/api/docs#last")), "giving a lead up needs one");
}

#[tokio::test]
async fn properties_are_made_changed_arranged_and_taken_out_of_use() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let wish =
        json!({ "name": "Size", "purpose": "To size the offer", "kind": "choice", "choices": ["Small", "Large"] });
    let made = program.post("/api/v1/properties", &wish).await;
    assert_eq!(
        (made.status, made.header("etag"), &made.json()["key"]),
        (201, "\"1\"", &json!("size")),
        "{}",
        made.text()
    );
    let seats = json!({ "name": "Seats", "purpose": "To size the offer", "kind": "number", "key": "seats" });
    let seats = program.post("/api/v1/properties", &seats).await.json();
    let at = format!("/api/v1/properties/{}", made.json()["id"].as_str().unwrap());
    for (wish, field, rule) in [
        (json!({ "name": "Again", "purpose": "P", "kind": "text", "key": "size" }), "key", "same-key"),
        (json!({ "name": "Again", "purpose": "P", "kind": "text", "key": "email" }), "key", "not-a-key"),
        (json!({ "name": "Again", "purpose": "P", "kind": "text", "key": "" }), "key", "not-a-key"),
        (json!({ "name": "Again", "purpose": "P", "kind": "text", "key": " seats" }), "key", "not-a-key"),
        (json!({ "name": "Again", "purpose": "P", "kind": "text", "choices": ["A"] }), "choices", "not-a-choice"),
        (json!({ "name": "Again", "purpose": "P", "kind": "choice" }), "choices", "required"),
        (
            json!({ "name": "Again", "purpose": "P", "kind": "choice", "choices": ["A\nB"] }),
            "choices",
            "control-character",
        ),
        (json!({ "name": "Again", "purpose": "P", "kind": "choice", "choices": "A" }), "choices", "not-texts"),
        (json!({ "name": "Again", "purpose": "P", "kind": "colour" }), "kind", "not-a-choice"),
        (json!({ "name": "Again", "purpose": "", "kind": "text" }), "purpose", "required"),
    ] {
        let refused = program.post("/api/v1/properties", &wish).await;
        let told = errors(&refused);
        assert!(refused.status == 422 && told.is_superset(&fault(field, rule)), "{wish}: {}", refused.text());
    }
    let lead = format!("/api/v1/leads/{}", make(&program, "anna@example.com").await);
    let known = json!({ "properties": { "size": "Large" } });
    assert_eq!(program.send_for(Method::PATCH, &lead, "\"1\"", &known).await.status, 200);

    let change = json!({ "name": "Company size", "choices": ["Small", "Medium"], "archived": true });
    let changed = program.send_for(Method::PATCH, &at, "\"1\"", &change).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""), "{}", changed.text());
    let size = program.get(&at).await.json();
    assert_eq!((&size["name"], &size["archived"]), (&json!("Company size"), &json!(true)));
    assert_eq!((&size["purpose"], &size["choices"]), (&json!("To size the offer"), &json!(["Small", "Medium"])));
    let late = program.send_for(Method::PATCH, &at, "\"1\"", &json!({ "name": "Late" })).await;
    assert_eq!(late.status, 412);
    assert_eq!(program.ask(program.request(Method::PATCH, &at).json(&change)).await.status, 428);
    let wrong = json!({ "name": "", "archived": "yes", "choices": 7 });
    let fields: BTreeSet<_> =
        errors(&program.send_for(Method::PATCH, &at, "\"2\"", &wrong).await).into_iter().collect();
    assert_eq!(fields.len(), 2, "{fields:?}");
    let lead_now = program.get(&lead).await.json();
    assert_eq!(lead_now["properties"]["size"], json!("Large"), "what is known stays");
    let asked = program.send_for(Method::PATCH, &lead, "\"2\"", &json!({ "properties": { "size": "Small" } })).await;
    assert_eq!(asked.status, 422, "nothing new is taken");
    let back = program.send_for(Method::PATCH, &at, "\"2\"", &json!({ "archived": false })).await;
    assert_eq!((back.status, &back.json()["archived"]), (200, &json!(false)));

    let order = json!({ "order": [seats["id"], size["id"]] });
    let arranged = program.ask(program.request(Method::PUT, "/api/v1/properties/order").json(&order)).await;
    assert_eq!((arranged.status, &arranged.json()["items"][0]["key"]), (200, &json!("seats")));
    let part = json!({ "order": [size["id"]] });
    let refused = program.ask(program.request(Method::PUT, "/api/v1/properties/order").json(&part)).await;
    assert_eq!((refused.status, errors(&refused)), (422, fault("order", "required")));
}

#[tokio::test]
async fn rls_13_a_key_that_works_on_leads_shapes_nothing() {
    let house = House::open().await;
    let (north, mighty) = furnished(&house, "North").await;
    let working = house.program(&north.owner, Role::Owner, &[KeyScope::LeadsRead, KeyScope::LeadsWrite]).await;
    let shaping = house.program(&north.owner, Role::Manager, &[KeyScope::LeadsShape]).await;
    let agent = house.program(&north.owner, Role::Agent, KeyScope::ALL).await;
    let partners = partners(&mighty).await;
    let (at, whole) = (path(&partners), json!({ "name": "Mine", "stages": partners["stages"] }));
    for program in [&working, &agent] {
        assert_eq!(program.get(&at).await.status, 200);
        assert_eq!(program.send_for(Method::PUT, &at, "\"1\"", &whole).await.status, 403);
        assert_eq!(delete(program, &at).await.status, 403);
        assert_eq!(program.post("/api/v1/pipelines", &json!({ "name": "Mine" })).await.status, 403);
        assert_eq!(program.post("/api/v1/reasons", &json!({ "name": "Mine" })).await.status, 403);
    }
    assert_eq!(shaping.send_for(Method::PUT, &at, "\"1\"", &whole).await.status, 200);
    assert_eq!(shaping.post("/api/v1/leads", &json!({ "email": "a@example.com" })).await.status, 403);
    let audit = "SELECT count(*) FROM audit_entries WHERE actor_kind = 'api_key' AND action = 'shape_leads'";
    assert_eq!(house.count(audit).await, 2, "the trail names who shaped");
}
