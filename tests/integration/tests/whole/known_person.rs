//! A lead whose person is known already, or may be: through the API, and on the page as a browser without scripts gets it.

use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{Answer, House, ProgramClient};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api_calls::{errors, furnished};

/// Somebody of that name who is to be made, and what becomes of it if they are known.
fn wish(name: &str, email: &str, known_person: &str) -> Value {
    json!({ "name": name, "email": email, "known_person": known_person })
}

/// The lead of Anna Berg, made by a program.
async fn anna(program: &ProgramClient) -> String {
    let made = program.post("/api/v1/leads", &json!({ "name": "Anna Berg", "email": "anna@berg.example" })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["id"].as_str().unwrap().to_owned()
}

/// The leads that a refusal names.
fn duplicates(refused: &Answer) -> Value {
    assert_eq!(
        (refused.status, refused.header("content-type")),
        (409, "application/problem+json"),
        "{}",
        refused.text()
    );
    let problem = refused.json();
    assert_eq!(problem["type"], "/api/docs#alike");
    problem["duplicates"].clone()
}

#[tokio::test]
async fn a_program_is_told_who_may_be_the_same_person_and_nothing_is_made() {
    let house = House::open().await;
    let (mut north, program) = furnished(&house, "North").await;
    let id = anna(&program).await;
    let make = async |body: Value| program.post("/api/v1/leads", &body).await;
    let same = make(wish("anna berg", "ANNA@berg.example", "refuse")).await;
    let certain = json!([{ "id": id, "likeness": ["email", "name"], "is_certain": true }]);
    assert_eq!(duplicates(&same), certain);
    let like = make(wish("Anna Berg", "a.berg@berg.example", "refuse")).await;
    assert_eq!(duplicates(&like), json!([{ "id": id, "likeness": ["name"], "is_certain": false }]));
    assert_eq!(north.leads().await.len(), 1);
    assert_eq!(program.get(&format!("/api/v1/leads/{id}")).await.json()["version"], 1, "and nothing was added");
    assert_eq!(make(wish("Otto Berg", "otto@berg.example", "refuse")).await.status, 201, "whom nobody is like");

    let another = make(wish("Anna Berg", "anna@berg.example", "always_new")).await;
    assert_eq!(another.status, 201, "{}", another.text());
    assert_ne!(another.json()["id"], json!(id));
    for appended in [json!("append"), Value::Null] {
        let body = json!({ "email": "anna@berg.example", "known_person": appended });
        let known = make(body).await;
        assert_eq!((known.status, &known.json()["id"]), (200, &json!(id)), "{}", known.text());
    }
    for (value, rule) in
        [(json!("merge"), "not-a-choice"), (json!("new_if_closed"), "not-a-choice"), (json!(1), "not-text")]
    {
        let refused = make(json!({ "email": "new@berg.example", "known_person": value })).await;
        assert_eq!(refused.status, 422, "{value}: {}", refused.text());
        assert!(errors(&refused).contains(&("known_person".to_owned(), rule.to_owned())), "{}", refused.text());
    }
    assert_eq!(north.leads().await.len(), 3);
}

#[tokio::test]
async fn web_11_a_refusal_uses_no_key_up_and_a_second_try_is_not_refused_for_the_first() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let id = anna(&program).await;
    let send = async |key: &str, body: Value| {
        let request = program.request(Method::POST, "/api/v1/leads").header("idempotency-key", key);
        program.ask(request.json(&body)).await
    };
    for _ in 0..2 {
        let refused = send("order-1", wish("Anna Berg", "anna@berg.example", "refuse")).await;
        assert_eq!(duplicates(&refused)[0]["id"], json!(id));
    }
    let anyway = send("order-1", wish("Anna Berg", "anna@berg.example", "always_new")).await;
    assert_eq!(anyway.status, 201, "{}", anyway.text());
    let other = send("order-1", wish("Anna Berg", "anna@berg.example", "append")).await;
    assert_eq!((other.status, other.json()["type"].clone()), (409, json!("/api/docs#key-reused")));

    let made = send("order-2", wish("Otto", "otto@example.com", "refuse")).await;
    let again = send("order-2", wish("Otto", "otto@example.com", "refuse")).await;
    assert_eq!((made.status, again.status, again.text()), (201, 201, made.text()));
    assert_eq!(house.count("SELECT count(*) FROM leads").await, 3);
}

#[tokio::test]
async fn rls_13_a_key_is_told_of_no_lead_that_it_cannot_see() {
    let house = House::open().await;
    let (north, program) = furnished(&house, "North").await;
    let id = anna(&program).await;
    let blind = house.program(&north.owner, Role::Owner, &[KeyScope::LeadsWrite]).await;
    let refused = blind.post("/api/v1/leads", &wish("Anna Berg", "anna@berg.example", "refuse")).await;
    assert_eq!(refused.status, 403, "whoever may not read leads is not told that one is there: {}", refused.text());

    let owner = json!({ "owner": north.owner.user.to_string() });
    let given = program.send_for(Method::POST, &format!("/api/v1/leads/{id}/owner"), "\"1\"", &owner).await;
    assert_eq!(given.status, 200, "{}", given.text());
    let agent = house.program(&north.owner, Role::Agent, &[KeyScope::LeadsRead, KeyScope::LeadsWrite]).await;
    let made = agent.post("/api/v1/leads", &wish("Anna Berg", "anna@berg.example", "refuse")).await;
    assert_eq!(made.status, 201, "somebody else's lead is not told of: {}", made.text());
    let (_, south) = furnished(&house, "South").await;
    let made = south.post("/api/v1/leads", &wish("Anna Berg", "anna@berg.example", "refuse")).await;
    assert_eq!(made.status, 201, "RLS-10: {}", made.text());
}

#[tokio::test]
async fn a_member_is_shown_who_may_be_the_same_person_before_another_lead_is_made() {
    let house = House::open().await;
    let (mut north, program) = furnished(&house, "North").await;
    let id = anna(&program).await;
    let typed = [
        ("name", "Anna Berg"),
        ("email", "ANNA@berg.example"),
        ("phone", ""),
        ("company", "Berg & Co"),
        ("message", "Met at the fair"),
        ("tags", "fair, VIP"),
        ("legal_basis", "consent"),
    ];
    let client = &mut north.owner.client;
    assert!(!client.get("/leads/new").await.text().contains("name=\"anyway\""), "there is nothing to insist on yet");
    let told = client.post("/leads/new", &typed).await;
    assert_eq!(told.status, 409);
    let page = told.text();
    for words in [
        "These leads may be of the same person",
        "same e-mail · same name and domain · the same person",
        "name=\"anyway\" value=\"1\"",
        "Create anyway",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(page.contains(&format!("href=\"/leads/{id}\"")), "{page}");
    for kept in [
        "value=\"Anna Berg\"",
        "value=\"ANNA@berg.example\"",
        "value=\"Berg &#38; Co\"",
        "Met at the fair",
        "fair, VIP",
    ] {
        assert!(page.contains(kept), "{kept} is lost: {page}");
    }
    assert!(page.contains("value=\"consent\" selected"), "{page}");
    let like = client.post("/leads/new", &[("name", "anna berg"), ("email", "a.berg@berg.example")]).await;
    assert_eq!(like.status, 409);
    assert!(like.text().contains("same name and domain") && !like.text().contains("the same person</p>"));
    assert_eq!(north.leads().await.len(), 1, "nothing was made yet");

    let anyway: Vec<_> = typed.into_iter().chain([("anyway", "1")]).collect();
    let made = north.owner.client.post("/leads/new", &anyway).await;
    assert_eq!(made.status, 303, "{}", made.text());
    assert_ne!(made.location(), format!("/leads/{id}"));
    let page = north.owner.client.get(made.location()).await.text();
    assert!(page.contains("Met at the fair") && page.contains("Possible duplicates"), "{page}");
    assert_eq!(north.leads().await.len(), 2);
}
