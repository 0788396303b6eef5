//! A file of people, from the upload to the undoing, by a program.

use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{House, ProgramClient};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api_calls::{errors, furnished, make, upload};

/// What is to happen, until its job is over.
async fn go(house: &House, program: &ProgramClient, path: &str, what: &str) -> Value {
    let begun = program.post(&format!("{path}/{what}"), &json!({})).await;
    assert_eq!(begun.status, 202, "{}", begun.text());
    let job = begun.json()["job"].as_str().unwrap().to_owned();
    house.settle().await;
    let job = program.get(&format!("/api/v1/jobs/{job}")).await.json();
    assert_eq!(job["state"], "done", "{job}");
    job
}

#[tokio::test]
async fn a_program_uploads_explains_tries_imports_and_undoes() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let known = make(&program, "anna@example.com").await;
    let file =
        "Who,E-mail,Seen\nAnna,anna@example.com,25/12/2025\n=Bert,bert@example.com,\nCarl,carl example.com,soon\n";
    let uploaded = upload(&program, file).await;
    let (path, import) = (uploaded.location().to_owned(), uploaded.json());
    assert_eq!(uploaded.header("etag"), "\"1\"");
    assert_eq!(
        (&import["encoding"], &import["delimiter"], &import["rows"]),
        (&json!("utf8"), &json!("comma"), &json!(3))
    );
    assert_eq!(import["columns"], json!([null, "email", null]), "what is not understood is left out");
    assert_eq!(import["preview"][2]["errors"][0]["rule"], "not-an-email");

    let meant = json!({ "columns": ["name", "email", "created_at"], "dates": "day_first" });
    let meant = program.send_for(Method::PATCH, &path, "\"1\"", &meant).await;
    assert_eq!((meant.status, meant.header("etag")), (200, "\"2\""), "{}", meant.text());
    let kept = &meant.json()["preview"][0]["kept"];
    assert_eq!(kept, &json!({ "name": "Anna", "email": "anna@example.com", "created_at": "2025-12-25" }));
    let tried = program.post(&format!("{path}/trial"), &json!({})).await.json();
    assert_eq!(tried["report"], json!({ "created": 1, "changed": 1, "faulty": 1 }));

    let job = go(&house, &program, &path, "run").await;
    assert_eq!(
        (&job["kind"], &job["report"]),
        (&json!("import_leads"), &tried["report"]),
        "what was tried is what happened"
    );
    assert_eq!(program.get(&format!("/api/v1/leads/{known}")).await.json()["name"], "Anna");
    let found = program.get("/api/v1/leads?q=bert%40").await.json();
    let bert = program.get(&format!("/api/v1/leads/{}", found["items"][0]["id"].as_str().unwrap())).await.json();
    assert_eq!(
        (&bert["name"], &bert["source"], &bert["legal_basis"]),
        (&json!("=Bert"), &json!("import"), &json!("consent"))
    );
    assert_eq!(bert["source_import"], import["id"]);
    let place = program.get(&path).await.json()["problems"].as_str().unwrap().to_owned();
    let problems = program.get(&place).await;
    assert_eq!(problems.header("content-type"), "text/csv; charset=utf-8");
    assert!(problems.text().contains("Carl,carl example.com,soon,4,E-mail / Seen,"), "{}", problems.text());

    let again = upload(&program, file).await.location().to_owned();
    let meant = json!({ "columns": ["name", "email", "created_at"], "dates": "day_first" });
    assert_eq!(program.send_for(Method::PATCH, &again, "\"1\"", &meant).await.status, 200);
    let job = go(&house, &program, &again, "run").await;
    assert_eq!(job["report"], json!({ "unchanged": 2, "faulty": 1 }), "the second time creates nobody");

    let job = go(&house, &program, &path, "undo").await;
    assert_eq!(job["report"], json!({ "removed": 1, "restored": 1 }));
    assert_eq!(program.get(&format!("/api/v1/leads/{known}")).await.json()["name"], Value::Null);
    assert_eq!(program.get(&path).await.json()["state"], "undone");
    assert_eq!(program.get("/api/v1/imports").await.json()["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn web_5_a_program_hears_what_is_wrong_with_a_file_and_what_is_missing() {
    let house = House::open().await;
    let (north, program) = furnished(&house, "North").await;
    let send = async |query: &str, kind: &str, body: Vec<u8>| {
        let path = format!("/api/v1/imports{query}");
        program.ask(program.request(Method::POST, &path).header("content-type", kind).body(body)).await
    };
    for (body, rule) in [
        (Vec::new(), "empty"),
        (b"PK\x03\x04".to_vec(), "spreadsheet"),
        ("a,".repeat(300).into_bytes(), "too-many-columns"),
        ("a@b.example\n".repeat(50_001).into_bytes(), "too-many-rows"),
    ] {
        let answer = send("", "text/csv", body).await;
        assert_eq!((answer.status, errors(&answer)), (422, [("file".to_owned(), rule.to_owned())].into()), "{rule}");
    }
    assert_eq!(send("", "application/json", b"{}".to_vec()).await.status, 415);
    assert_eq!(send("?legal_basis=none", "text/csv", b"email\na@example.com\n".to_vec()).await.status, 400);
    assert_eq!(send("", "text/csv", vec![b'a'; 5 * 1024 * 1024 + 1]).await.status, 413);
    // One that says it has 100 MB is refused before any of it is read.
    let request = program.request(Method::POST, "/api/v1/imports").header("content-type", "text/csv");
    let endless = futures::stream::pending::<Result<Vec<u8>, std::io::Error>>();
    let request = request.header("content-length", "104857600").body(reqwest::Body::wrap_stream(endless));
    let answer = tokio::time::timeout(std::time::Duration::from_secs(5), program.ask(request)).await.unwrap();
    assert_eq!((answer.status, house.count("SELECT count(*) FROM imports").await), (413, 0), "{}", answer.text());
    let uploaded = send("", "text/csv", b"colour\nred\n".to_vec()).await;
    let path = uploaded.location().to_owned();
    let refused = program.post(&format!("{path}/run"), &json!({})).await;
    let missing = [("columns", "one-of-required"), ("legal_basis", "required"), ("source", "required")];
    assert_eq!(errors(&refused), missing.map(|(field, rule)| (field.to_owned(), rule.to_owned())).into());
    let twice = json!({ "columns": ["email", "email"], "mode": "all", "has_header": "yes" });
    let refused = program.send_for(Method::PATCH, &path, "\"1\"", &twice).await;
    assert_eq!((refused.status, errors(&refused).len()), (422, 2), "{}", refused.text());
    let stale = program.send_for(Method::PATCH, &path, "\"7\"", &json!({ "mode": "create" })).await;
    assert_eq!(stale.status, 412);
    assert_eq!(program.post(&format!("{path}/undo"), &json!({})).await.status, 422, "nothing has happened");
    let without = house.program(&north.owner, Role::Owner, &[KeyScope::LeadsWrite]).await;
    assert_eq!(without.get(&path).await.status, 403);
}
