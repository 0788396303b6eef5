//! How every route of the API is asked: the ids in its address and the body it takes. A new route finds its body in
//! [`call`].

use std::collections::BTreeSet;

use jiff::SignedDuration;
use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_http::{Access, ROUTES, RouteSpec};
use qualify_integration::{Answer, House, Organization, ProgramClient};
use reqwest::Method;
use serde_json::{Value, json};

pub(crate) const NOBODYS: &str = "0192f7a0-0000-7000-8000-000000000001";

pub(crate) async fn furnished(house: &House, name: &str) -> (Organization, ProgramClient) {
    let organization = house.found(name).await;
    let program = house.program(&organization.owner, Role::Owner, KeyScope::ALL).await;
    (organization, program)
}

pub(crate) async fn make(program: &ProgramClient, email: &str) -> String {
    let made = program.post("/api/v1/leads", &json!({ "email": email })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn stage(program: &ProgramClient, place: usize) -> String {
    program.get("/api/v1/stages").await.json()["items"][place]["id"].as_str().unwrap().to_owned()
}

pub(crate) fn api_routes() -> impl Iterator<Item = &'static RouteSpec> {
    ROUTES.iter().filter(|spec| matches!(spec.access, Access::Program | Access::Keyed(_)))
}

/// A job that the program asked for.
pub(crate) async fn job(house: &House, program: &ProgramClient) -> String {
    let key: uuid::Uuid = program.get("/api/v1/me").await.json()["id"].as_str().unwrap().parse().unwrap();
    let id = sqlx::query_scalar(
        "INSERT INTO jobs (organization_id, id, user_id, kind, state, place, done, report, asked_at, version)
        SELECT organization_id, gen_random_uuid(), id,
            '{\"kind\": \"export_leads\", \"filter\": {}, \"columns\": [], \"header\": []}', 'waiting', '', 0, '{}', created_at, 1
        FROM api_keys WHERE id = $1 RETURNING id::text",
    );
    id.bind(key).fetch_one(&mut house.superuser().await).await.unwrap()
}

/// A file of people that the program uploaded: imported if it is to be undone.
pub(crate) async fn import(house: &House, program: &ProgramClient, is_done: bool) -> String {
    let uploaded = upload(program, "Name,E-mail\nImported,imported@example.com\n").await;
    let id = uploaded.json()["id"].as_str().unwrap().to_owned();
    if is_done {
        let done = "UPDATE imports SET state = 'done', done_at = created_at WHERE id = $1::uuid";
        sqlx::query(done).bind(&id).execute(&mut house.superuser().await).await.unwrap();
    }
    id
}

/// A webhook of the organization, and something that it was told: both have that id.
pub(crate) async fn told_hook(house: &House, organization: &Organization) -> String {
    let mut database = house.superuser().await;
    let endpoint = sqlx::query_scalar(
        "INSERT INTO hook_endpoints (organization_id, id, url, kinds, detail, state, secret_key, secret, made_by, created_at)
        SELECT organization_id, gen_random_uuid(), 'https://hooks.example.com/', '{lead.created}', 'thin', 'on', '', '', $2,
            created_at
        FROM organizations WHERE organization_id = $1 RETURNING id::text",
    );
    let id: String =
        endpoint.bind(organization.id.0).bind(organization.owner.user.0).fetch_one(&mut database).await.unwrap();
    let delivery = sqlx::query(
        "INSERT INTO hook_deliveries (organization_id, id, endpoint_id, event_id, kind, at, body, attempts, state, state_at)
        SELECT organization_id, id, id, id, 'webhook.test', created_at, '{}', 1, 'taken', created_at
        FROM hook_endpoints WHERE id = $1::uuid",
    );
    delivery.bind(&id).execute(&mut database).await.unwrap();
    id
}

/// Uploads a file of which all is known.
pub(crate) async fn upload(program: &ProgramClient, file: &str) -> Answer {
    let path = "/api/v1/imports?file=people.csv&legal_basis=consent&source=Fair";
    let request = program.request(Method::POST, path).header("content-type", "text/csv");
    let answer = program.ask(request.body(file.to_owned())).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer
}

/// Somebody who can be given leads and tasks; nobody if the program may not see members.
pub(crate) async fn member(program: &ProgramClient) -> Value {
    program.get("/api/v1/members").await.json()["items"][0]["id"].clone()
}

/// The address of a route with this id, and the first version, in it.
pub(crate) fn path(spec: &RouteSpec, id: &str) -> String {
    spec.path.replace("{id}", id).replace("{delivery}", id).replace("{version}", "1")
}

/// A request to a route that would do what it is for, with these ids in it.
pub(crate) async fn call(program: &ProgramClient, spec: &RouteSpec, id: &str, stage: &str) -> Answer {
    let path = path(spec, id);
    let path = if spec.path == "/api/v1/tasks" { format!("{path}?owner={NOBODYS}") } else { path };
    let request = program.request(spec.method.clone(), &path).header("if-match", "\"1\"");
    if spec.path == "/api/v1/views/{id}/restoration" {
        // What was not deleted cannot come back.
        program.ask(program.request(Method::DELETE, &format!("/api/v1/views/{id}"))).await;
    }
    let body = match (spec.path, spec.method.as_str()) {
        ("/api/v1/leads", "POST") => json!({ "email": "probe@example.com" }),
        ("/api/v1/leads/search" | "/api/v1/pipelines/{id}/board/search" | "/api/v1/stages/{id}/cards/search", _) => {
            json!({ "filter": { "field": "owner", "op": "is", "value": ["nobody"] } })
        }
        ("/api/v1/views" | "/api/v1/pipelines", "POST") => json!({ "name": "Probe" }),
        ("/api/v1/views/{id}", "PATCH") => json!({ "density": "compact" }),
        ("/api/v1/leads/{id}", "PATCH") => json!({ "name": "Changed" }),
        ("/api/v1/leads/{id}/stage", _) => json!({ "stage": stage }),
        ("/api/v1/imports", "POST") => {
            return program.ask(request.header("content-type", "text/csv").body("email\nprobe@example.com\n")).await;
        }
        ("/api/v1/imports/{id}", "PATCH") => json!({ "mode": "create" }),
        (
            "/api/v1/jobs/{id}/cancellation"
            | "/api/v1/imports/{id}/trial"
            | "/api/v1/imports/{id}/run"
            | "/api/v1/imports/{id}/undo"
            | "/api/v1/merges/{id}/undo"
            | "/api/v1/submissions/{id}/release"
            | "/api/v1/tasks/{id}/completion"
            | "/api/v1/tasks/{id}/reopening"
            | "/api/v1/forms/{id}/editions/{version}/restoration"
            | "/api/v1/forms/{id}/public-id"
            | "/api/v1/score-rules/versions/{version}/restoration"
            | "/api/v1/views/{id}/restoration"
            | "/api/v1/webhooks/{id}/pause"
            | "/api/v1/webhooks/{id}/resumption"
            | "/api/v1/webhooks/{id}/test"
            | "/api/v1/webhooks/{id}/deliveries/{delivery}/replay",
            _,
        ) => json!({}),
        ("/api/v1/forms", "POST") | ("/api/v1/forms/{id}/settings", _) => crate::form_settings::settings("Probe"),
        ("/api/v1/forms/{id}/fields", _) => json!({ "fields": [{ "key": "email" }, { "key": "phone" }] }),
        ("/api/v1/leads/{id}/owner", _) => json!({ "owner": null }),
        ("/api/v1/leads/{id}/notes", _) => json!({ "text": "Please call." }),
        ("/api/v1/leads/{id}/tasks", "POST") => json!({ "title": "Call", "owner": member(program).await }),
        ("/api/v1/leads/changes", _) => json!({ "leads": [NOBODYS], "act": { "tag": "Fair" } }),
        ("/api/v1/leads/export" | "/api/v1/leads/exports", "POST") => json!({ "columns": ["email"] }),
        ("/api/v1/leads/{id}/merges", _) => json!({ "other": id, "version": 1, "other_version": 1, "dry_run": true }),
        (
            "/api/v1/score-rules" | "/api/v1/score-rules/what-if" | "/api/v1/score-rules/what-if/movers",
            "PUT" | "POST",
        ) => crate::scores::score_rules(30),
        ("/api/v1/tasks/{id}", "PATCH") => json!({ "title": "Call again" }),
        ("/api/v1/leads/{id}/pipeline", _) => json!({ "pipeline": ids(program, "pipelines").await.pop() }),
        ("/api/v1/pipelines/{id}", "PUT") => json!({ "name": "Probe", "stages": stages(program, &path).await }),
        ("/api/v1/pipelines/order", _) => json!({ "order": ids(program, "pipelines").await }),
        ("/api/v1/reasons", "POST") => json!({ "name": "Probed" }),
        ("/api/v1/properties", "POST") => json!({ "name": "Probed", "purpose": "To try", "kind": "text" }),
        ("/api/v1/properties/{id}", "PATCH") => json!({ "archived": false }),
        ("/api/v1/properties/order", _) => json!({ "order": ids(program, "properties").await }),
        _ => return program.ask(request).await,
    };
    program.ask(request.json(&body)).await
}

pub(crate) fn errors(answer: &Answer) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = answer.json()["errors"].as_array().cloned().unwrap_or_default();
    all.iter().map(|error| (text(&error["field"]), text(&error["rule"]))).collect()
}

/// The ids of all there are, in their order; none if the program may not see them.
async fn ids(program: &ProgramClient, kind: &str) -> Vec<Value> {
    let all = program.get(&format!("/api/v1/{kind}")).await.json()["items"].as_array().cloned();
    all.unwrap_or_default().iter().map(|one| one["id"].clone()).collect()
}

/// The stages of a pipeline as they are.
async fn stages(program: &ProgramClient, path: &str) -> Value {
    program.get(path).await.json().get("stages").cloned().unwrap_or_else(|| json!([]))
}

/// What hangs on an organization's set-up, and a task about a lead.
pub(crate) struct Shaped {
    pipeline: String,
    stage: String,
    reason: String,
    property: String,
    task: String,
}

impl Shaped {
    /// Another pipeline, a reason, a property of that name and a task, as new as can be.
    pub(crate) async fn by(program: &ProgramClient, lead: &str, property: &str) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let pipeline = program.post("/api/v1/pipelines", &json!({ "name": "Probe" })).await.json();
        let task = json!({ "title": "Call", "owner": member(program).await });
        let task = program.post(&format!("/api/v1/leads/{lead}/tasks"), &task).await.json();
        let reason = json!({ "name": "Probe" });
        let wish = json!({ "name": property, "purpose": "To try", "kind": "text" });
        Self {
            pipeline: text(&pipeline["id"]),
            stage: text(&pipeline["stages"][0]["id"]),
            reason: named(program, "reasons", &reason).await,
            property: named(program, "properties", &wish).await,
            task: text(&task["id"]),
        }
    }

    /// The id in the address of a route that is about one of these.
    pub(crate) fn id(&self, spec: &RouteSpec) -> Option<&str> {
        match spec.path.trim_start_matches("/api/v1/").split('/').next() {
            Some("pipelines") => Some(&self.pipeline),
            Some("stages") => Some(&self.stage),
            Some("reasons") => Some(&self.reason),
            Some("properties") => Some(&self.property),
            Some("tasks") => Some(&self.task),
            _ => None,
        }
    }

    /// Takes the pipeline out again: there are not many.
    pub(crate) async fn leave(self, program: &ProgramClient) {
        program.ask(program.request(Method::DELETE, &format!("/api/v1/pipelines/{}", self.pipeline))).await;
    }
}

/// A submission in quarantine.
pub(crate) async fn held(house: &House, north: &Organization, program: &ProgramClient) -> String {
    let address = format!("/f/{}", north.public_id);
    house.clock.advance(SignedDuration::from_mins(2));
    house.client().post(&address, &[("email", "robot@example.com"), ("website", "https://spam.example")]).await;
    let received = program.get(&format!("/api/v1/forms/{}/submissions", north.form)).await.json();
    assert_eq!(received["items"][0]["reasons"], json!(["honeypot"]), "{received}");
    received["items"][0]["id"].as_str().unwrap().to_owned()
}

/// The one of that name, made if it is not there.
async fn named(program: &ProgramClient, kind: &str, wish: &Value) -> String {
    let path = format!("/api/v1/{kind}");
    let all = program.get(&path).await.json();
    let known = all["items"].as_array().unwrap().iter().find(|one| one["name"] == wish["name"]).cloned();
    let one = match known {
        Some(known) => known,
        None => program.post(&path, wish).await.json(),
    };
    one["id"].as_str().unwrap().to_owned()
}
