//! The JSON API's answers are what its document says, and no request makes it fail.

use std::collections::BTreeSet;

use proptest::{prelude::*, test_runner::TestRunner};
use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_http::RouteSpec;
use qualify_integration::{Answer, House, ProgramClient};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    api_calls::{NOBODYS, Shaped, api_routes, call, furnished, held, import, job, make, path, stage, told_hook},
    merge::merge,
};

/// What `schema` says about a value, with the whole document to refer to.
fn faults(document: &Value, schema: &Value, value: &Value) -> Vec<String> {
    let mut whole = schema.clone();
    whole["components"] = document["components"].clone();
    let validator = jsonschema::draft202012::options().should_validate_formats(true).build(&whole).unwrap();
    validator.iter_errors(value).map(|error| format!("{error} at {}", error.instance_path())).collect()
}

/// Compares an answer with what the document says of the operation.
fn check(document: &Value, spec: &RouteSpec, answer: &Answer) {
    let about = format!("{} {}: {} {}", spec.method, spec.path, answer.status, answer.text());
    let operation = &document["paths"][spec.path][spec.method.as_str().to_lowercase()];
    let mut told = &operation["responses"][answer.status.to_string()];
    if let Some(reference) = told["$ref"].as_str() {
        told = document.pointer(reference.trim_start_matches('#')).unwrap();
    }
    assert!(!told.is_null(), "a status that the document does not have: {about}");
    for (name, _) in told["headers"].as_object().into_iter().flatten() {
        assert!(!answer.header(name).is_empty(), "{name} is missing: {about}");
    }
    let kind = answer.header("content-type");
    match told["content"].as_object() {
        None => assert!(answer.body.is_empty(), "{about}"),
        Some(kinds) => {
            let kind = kind.split(';').next().unwrap_or_default();
            let schema = &kinds.get(kind).unwrap_or_else(|| unreachable!("{kind}: {about}"))["schema"];
            let body = if kind.ends_with("json") { answer.json() } else { answer.text().into() };
            assert_eq!(faults(document, schema, &body), Vec::<String>::new(), "{about}");
        }
    }
}

#[tokio::test]
async fn every_operation_answers_what_the_document_says() {
    let house = House::open().await;
    let (north, program) = furnished(&house, "North").await;
    let document = house.client().get("/api/openapi.json").await.json();
    let page = house.client().get("/api/docs").await.text();
    let to = stage(&program, 1).await;
    let nobody = ProgramClient::with(house.client(), "qck_");
    let viewer = house.program(&north.owner, Role::Billing, &[KeyScope::LeadsRead]).await;
    let mut statuses = BTreeSet::new();
    for (n, spec) in api_routes().enumerate() {
        let lead = make(&program, &format!("{n}@example.com")).await;
        let view = program.post("/api/v1/views", &json!({ "name": format!("View {n}") })).await.json();
        let view = view["id"].as_str().unwrap().to_owned();
        // One that stays unfinished counts against the next ones.
        let job = if spec.path.contains("jobs") { job(&house, &program).await } else { String::new() };
        let import = import(&house, &program, spec.path.ends_with("/undo")).await;
        let hook = told_hook(&house, &north).await;
        // Each change of a form is for its first version.
        let form = if spec.path.contains("forms") {
            let made = program.post("/api/v1/forms", &crate::form_settings::settings(&format!("Form {n}"))).await;
            made.json()["id"].as_str().unwrap().to_owned()
        } else {
            String::new()
        };
        let spam = if spec.path.starts_with("/api/v1/submissions") {
            held(&house, &north, &program).await
        } else {
            String::new()
        };
        let id = match spec.path {
            path if path.starts_with("/api/v1/submissions") => &spam,
            path if path.contains("forms") => &form,
            path if path.contains("jobs") => &job,
            path if path.contains("views") => &view,
            path if path.contains("imports") => &import,
            path if path.contains("webhooks") => &hook,
            _ => &lead,
        };
        let (merge, [survivor, _]) = merge(&program).await;
        let id = if spec.path.starts_with("/api/v1/merges") { &merge } else { id };
        let property = if spec.path.contains("properties") { format!("Probe {n}") } else { "Probe".to_owned() };
        let shaped = Shaped::by(&program, &lead, &property).await;
        let id = shaped.id(spec).unwrap_or(id);
        let path = path(spec, id);
        let request = |program: &ProgramClient| program.request(spec.method.clone(), &path);
        let pair = json!({ "other": survivor, "version": 1, "other_version": 2, "dry_run": true });
        let first = match spec.path {
            "/api/v1/leads/{id}/merges" => program.post(&path, &pair).await,
            _ => call(&program, spec, id, &to).await,
        };
        let mut answers = vec![
            first,
            call(&nobody, spec, id, &to).await,
            call(&viewer, spec, id, &to).await,
            program.ask(program.request(spec.method.clone(), &format!("{path}?x=1"))).await,
        ];
        if spec.path.contains("{id}") {
            answers.push(call(&program, spec, NOBODYS, &to).await);
            if spec.method == Method::GET {
                answers.push(program.ask(request(&program).header("if-none-match", "*")).await);
            } else {
                answers.push(program.ask(request(&program).json(&json!({ "stage": to }))).await);
                answers.push(call(&program, spec, id, &to).await);
            }
        }
        if spec.method != Method::GET {
            answers.push(program.ask(request(&program).body("x")).await);
            answers.push(program.ask(request(&program).header("if-match", "\"1\"").json(&json!({ "stage": 7 }))).await);
            answers.push(
                program
                    .ask(request(&program).header("content-type", "application/json").body("a".repeat(300_000)))
                    .await,
            );
        }
        if spec.path == "/api/v1/leads" && spec.method == Method::POST {
            for email in ["k1@example.com", "k2@example.com"] {
                let keyed = request(&program).header("idempotency-key", "k").json(&json!({ "email": email }));
                answers.push(program.ask(keyed).await);
            }
            answers.push(program.post(&path, &json!({ "email": "k1@example.com" })).await);
            answers.push(program.post(&path, &json!({ "email": "x" })).await);
            let refused = json!({ "email": "k1@example.com", "known_person": "refuse" });
            let refused = program.post(&path, &refused).await;
            assert_eq!(refused.status, 409, "{}", refused.text());
            answers.push(refused);
        }
        assert!(answers[0].status < 300, "{} {}: {}", spec.method, spec.path, answers[0].text());
        for answer in answers {
            check(&document, spec, &answer);
            statuses.insert(answer.status);
            if answer.status >= 400 {
                let kind = answer.json()["type"].as_str().unwrap().to_owned();
                let anchor = kind.strip_prefix("/api/docs#").unwrap();
                assert!(page.contains(&format!("id=\"{anchor}\"")), "{kind} is not explained");
            }
        }
        shaped.leave(&program).await;
    }
    let expected = [200, 201, 202, 204, 304, 400, 401, 403, 404, 409, 412, 413, 415, 422, 428];
    assert!(expected.iter().all(|status| statuses.contains(status)), "{statuses:?}");
}

#[tokio::test]
async fn the_page_about_the_api_needs_no_script_and_no_other_origin() {
    let house = House::open().await;
    for (language, words) in [("en", "What holds everywhere"), ("fr", "Ce qui vaut partout")] {
        let client = house.client();
        let request = client.request(Method::GET, "/api/docs").header("accept-language", language);
        let page = client.ask(request.header("accept", "text/html")).await;
        assert_eq!(page.status, 200);
        let text = page.text();
        assert!(text.contains(words), "{language}");
        assert!(!text.contains("<style") && !text.contains("src=\"http") && !text.contains(" style="));
        for spec in api_routes() {
            assert!(text.contains(&format!("{} {}</code>", spec.method, spec.path)), "{} {}", spec.method, spec.path);
        }
    }
    let document = house.client().get("/api/openapi.json").await;
    assert_eq!(document.header("content-type"), "application/json");
    assert_eq!(document.json()["openapi"], "3.1.0");
}

#[test]
fn rel_7_no_request_whatsoever_makes_the_api_fail() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (house, program, lead) = runtime.block_on(async {
        let house = House::open().await;
        let (_, program) = furnished(&house, "North").await;
        let lead = make(&program, "anna@example.com").await;
        (house, program, lead)
    });
    let routes: Vec<_> = api_routes().collect();
    let requests = (
        prop::sample::select(routes),
        prop::collection::vec(any::<u8>(), 0..200),
        prop_oneof![
            Just(String::new()),
            ".{0,40}",
            "\\PC{0,40}",
            r#"\{"(name|email|phone|stage|x)":("[^"]{0,60}"|null|[0-9]{1,20}|\[\]|\{\})\}"#
        ],
        "[ -~]{0,20}",
    );
    let config = ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() };
    let outcome = TestRunner::new(config).run(&requests, |(spec, bytes, text, word)| {
        let query: String = form_urlencoded::byte_serialize(&bytes).collect();
        let path = format!("{}?after={query}&limit={query}", path(spec, &lead));
        let path = if text.is_empty() { path } else { path.split('?').next().unwrap().to_owned() };
        let request = program.request(spec.method.clone(), &path).header("content-type", "application/json");
        let request = request.header("if-match", &word).header("if-none-match", &word).header("idempotency-key", &word);
        let body = if text.is_empty() { bytes } else { text.into_bytes() };
        let answer = runtime.block_on(program.ask(request.body(body)));
        prop_assert!(matches!(answer.status, 200..500), "{}: {}", answer.status, answer.text());
        Ok(())
    });
    outcome.unwrap_or_else(|error| unreachable!("{error}"));
    runtime.block_on(async { drop(house) });
}
