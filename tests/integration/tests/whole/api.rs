//! The JSON API: what it takes and what it does. Whom it lets in and what it says of itself have files of their own.

use std::collections::BTreeSet;

use futures::future::join_all;
use jiff::SignedDuration;
use qualify_domain::{access::Role, api_key::KeyScope};
use qualify_integration::{House, ProgramClient};
use reqwest::Method;
use serde_json::{Value, json};

use crate::api_calls::{NOBODYS, member};
pub(crate) use crate::api_calls::{errors, furnished, make, stage};

#[tokio::test]
async fn a_person_who_is_known_comes_again_by_another_way() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let come = async |more: Value| {
        let mut body = json!({ "email": "anna@example.com" });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let made = program.post("/api/v1/leads", &body).await;
        let lead = program.get(made.location()).await.json();
        let way = |touch: &str| lead[touch]["utm_source"].as_str().or(lead[touch]["gclid"].as_str()).map(str::to_owned);
        (made.status, lead["version"].clone(), way("first_touch"), way("last_touch"))
    };
    let of = |text: &str| Some(text.to_owned());
    assert_eq!(come(json!({ "utm_source": "fair" })).await, (201, json!(1), of("fair"), of("fair")));
    assert_eq!(come(json!({ "gclid": "Cj0" })).await, (200, json!(2), of("fair"), of("Cj0")), "the last touch moves");
    assert_eq!(come(json!({})).await, (200, json!(2), of("fair"), of("Cj0")), "nothing said changes nothing");
}

#[tokio::test]
async fn a_lead_is_made_read_changed_moved_and_listed() {
    let house = House::open().await;
    let (mut north, program) = furnished(&house, "North").await;
    let body = json!({ "name": "Anna Berg", "email": "anna@example.com", "phone": "+33 6 12 34 56 78",
        "message": "Please call.", "utm_source": "partner", "legal_basis": "consent" });
    let made = program.post("/api/v1/leads", &body).await;
    assert_eq!((made.status, made.header("etag")), (201, "\"1\""), "{}", made.text());
    let path = made.location().to_owned();
    assert_eq!(path, format!("/api/v1/leads/{}", made.json()["id"].as_str().unwrap()));

    let read = program.get(&path).await;
    let lead = read.json();
    assert_eq!(lead["name"], "Anna Berg");
    assert_eq!((&lead["source"], &lead["source_key"]), (&json!("api"), &program.get("/api/v1/me").await.json()["id"]));
    assert_eq!((&lead["first_touch"]["utm_source"], &lead["legal_basis"]), (&json!("partner"), &json!("consent")));
    assert_eq!((read.header("etag"), read.header("cache-control")), ("\"1\"", "no-store"));
    let again = program.ask(program.request(Method::GET, &path).header("if-none-match", "\"1\"")).await;
    assert_eq!((again.status, again.body.len(), again.header("etag")), (304, 0, "\"1\""));

    let change = json!({ "name": null, "phone": "+33 1 23 45 67 89" });
    let changed = program.send_for(Method::PATCH, &path, "\"1\"", &change).await;
    assert_eq!((changed.status, changed.header("etag")), (200, "\"2\""), "{}", changed.text());
    let lead = program.get(&path).await.json();
    assert_eq!(
        (&lead["name"], &lead["phone"], &lead["email"]),
        (&Value::Null, &json!("+33 1 23 45 67 89"), &json!("anna@example.com"))
    );

    let to = json!({ "stage": stage(&program, 1).await });
    let moved = program.send_for(Method::POST, &format!("{path}/stage"), "\"2\"", &to).await;
    assert_eq!((moved.status, &moved.json()["version"]), (200, &json!(3)), "{}", moved.text());
    let same = program.send_for(Method::POST, &format!("{path}/stage"), "\"3\"", &to).await;
    assert_eq!((same.status, errors(&same).len()), (422, 1), "{}", same.text());

    let listed = program.get("/api/v1/leads").await.json();
    assert_eq!((&listed["items"][0]["id"], &listed["next"]), (&lead["id"], &Value::Null));
    // What members see of it.
    house.settle().await;
    assert_eq!(house.mails.to(&north.owner.email).len(), 1, "the owner hears of a new lead");
    let page = north.owner.client.get(&format!("/leads/{}", lead["id"].as_str().unwrap())).await;
    for words in ["A program", "made the lead", "changed name", "Please call."] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
    }
}

#[tokio::test]
async fn all_that_members_do_with_a_lead_a_program_does_too() {
    let house = House::open().await;
    let (mut north, program) = furnished(&house, "North").await;
    let seats = [("name", "Seats"), ("purpose", "To size the offer"), ("kind", "number"), ("choices", ""), ("key", "")];
    assert_eq!(north.owner.client.post("/settings/properties", &seats).await.status, 303);
    let own = program.get("/api/v1/properties").await.json();
    assert_eq!((&own["items"][0]["key"], &own["items"][0]["kind"]), (&json!("seats"), &json!("number")));
    let id = make(&program, "anna@example.com").await;
    let path = format!("/api/v1/leads/{id}");

    let change = json!({ "tags": ["VIP", "fair"], "properties": { "seats": "12" } });
    let changed = program.send_for(Method::PATCH, &path, "\"1\"", &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let lead = program.get(&path).await.json();
    assert_eq!((&lead["tags"], &lead["properties"]["seats"]), (&json!(["fair", "VIP"]), &json!("12")));
    for (wrong, field) in [
        (json!({ "properties": { "seats": "many" } }), "properties.seats"),
        (json!({ "properties": { "sofas": "1" } }), "properties.sofas"),
        (json!({ "properties": [1] }), "properties"),
        (json!({ "tags": "x" }), "tags"),
    ] {
        let refused = program.send_for(Method::PATCH, &path, "\"2\"", &wrong).await;
        assert_eq!(refused.status, 422, "{wrong}");
        assert_eq!(errors(&refused).into_iter().next().unwrap().0, field, "{wrong}");
    }

    let member = member(&program).await;
    let given = program.send_for(Method::POST, &format!("{path}/owner"), "\"2\"", &json!({ "owner": member })).await;
    assert_eq!((given.status, given.header("etag")), (200, "\"3\""), "{}", given.text());
    let late = program.send_for(Method::POST, &format!("{path}/owner"), "\"2\"", &json!({ "owner": null })).await;
    for nobody in [json!({ "owner": "" }), json!({ "owner": 1 }), json!({})] {
        let refused = program.send_for(Method::POST, &format!("{path}/owner"), "\"2\"", &nobody).await;
        assert_eq!((refused.status, errors(&refused).len()), (422, 1), "{nobody}: {}", refused.text());
    }
    assert_eq!(late.status, 412);
    let note = json!({ "text": "Wants an offer.", "kind": "call" });
    assert_eq!(program.post(&format!("{path}/notes"), &note).await.status, 204);
    let task = json!({ "title": "Send the offer", "owner": member });
    assert_eq!(program.post(&format!("{path}/tasks"), &task).await.status, 201);
    let page = north.owner.client.get(&format!("/leads/{id}")).await.text();
    for words in ["Wants an offer.", "Send the offer", "VIP"] {
        assert!(page.contains(words), "{words}: {page}");
    }

    let many = json!({ "filter": { "field": "owner", "op": "is", "value": ["nobody"] }, "act": { "untag": "vip" } });
    let begun = program.post("/api/v1/leads/changes", &many).await;
    assert_eq!(begun.status, 202, "{}", begun.text());
    let named = json!({ "leads": [id, NOBODYS], "act": { "untag": "vip" } });
    let begun = program.post("/api/v1/leads/changes", &named).await;
    house.settle().await;
    let job = program.get(begun.location()).await.json();
    assert_eq!(job["report"], json!({ "changed": 1, "skipped_gone": 1 }), "{job}");
    assert_eq!(program.get(&path).await.json()["tags"], json!(["fair"]));
    for wrong in [
        json!({ "act": { "tag": "x" } }),
        json!({ "leads": [], "act": { "tag": "x" } }),
        json!({ "leads": [id], "filter": { "all": [] }, "act": { "tag": "x" } }),
        json!({ "leads": [id], "act": { "tag": "" } }),
        json!({ "leads": [id], "act": { "move": { "stage": NOBODYS } } }),
        json!({ "leads": [id], "act": { "erase": true } }),
    ] {
        let refused = program.post("/api/v1/leads/changes", &wrong).await;
        assert_eq!(refused.status, 422, "{wrong}: {}", refused.text());
    }
}

#[tokio::test]
async fn somebody_who_is_known_gets_no_second_lead() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let first = make(&program, "anna@example.com").await;
    let body = json!({ "name": "Anna Berg", "email": "Anna@Example.com", "phone": "+33612345678" });
    let second = program.post("/api/v1/leads", &body).await;
    assert_eq!((second.status, &second.json()["id"], &second.json()["version"]), (200, &json!(first), &json!(2)));
    let lead = program.get(&format!("/api/v1/leads/{first}")).await.json();
    assert_eq!((&lead["name"], &lead["email"]), (&json!("Anna Berg"), &json!("anna@example.com")));
}

#[tokio::test]
async fn a_change_needs_the_version_it_was_made_for() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let path = format!("/api/v1/leads/{}", make(&program, "anna@example.com").await);
    let (change, to) = (json!({ "name": "Anna" }), json!({ "stage": stage(&program, 1).await }));
    let move_path = format!("{path}/stage");
    for (method, path, body) in [(Method::PATCH, &path, &change), (Method::POST, &move_path, &to)] {
        let without = program.ask(program.request(method.clone(), path).json(body)).await;
        assert_eq!(without.status, 428, "{}", without.text());
        for (tag, status) in [("\"7\"", 412), ("W/\"1\"", 412), ("\"x\"", 412), ("1", 400), ("*", 400)] {
            let answer = program.send_for(method.clone(), path, tag, body).await;
            assert_eq!(answer.status, status, "{tag}: {}", answer.text());
        }
    }
    let other = json!({ "name": "Berta" });
    let both = [&change, &other].map(|body| program.send_for(Method::PATCH, &path, "\"1\"", body));
    let mut statuses: Vec<_> = join_all(both).await.into_iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 412], "one of two at once wins");
}

#[tokio::test]
async fn a_long_list_comes_in_parts_each_lead_once() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let mut made = BTreeSet::new();
    for n in 0..7 {
        made.insert(make(&program, &format!("p{n}@example.com")).await);
    }
    let (mut seen, mut after, mut parts) = (Vec::new(), String::new(), 0);
    loop {
        let part = program.get(&format!("/api/v1/leads?limit=3{after}")).await.json();
        seen.extend(part["items"].as_array().unwrap().iter().map(|lead| lead["id"].as_str().unwrap().to_owned()));
        parts += 1;
        match part["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!((parts, seen.len(), seen.into_iter().collect::<BTreeSet<_>>()), (3, 7, made));
    let (first, second) = (stage(&program, 0).await, stage(&program, 1).await);
    let count = async |query: &str| {
        program.get(&format!("/api/v1/leads?{query}")).await.json()["items"].as_array().unwrap().len()
    };
    assert_eq!(count(&format!("stage={first}")).await, 7);
    assert_eq!(count(&format!("stage={second}")).await, 0);
    assert_eq!(count(&format!("form={NOBODYS}")).await, 0);
    assert_eq!(count("q=p3%40").await, 1);
}

#[tokio::test]
async fn web_5_parameters_that_do_not_fit_are_told_all_at_once() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    for (query, field, rule) in [
        ("after=x", "after", "not-a-place"),
        ("after=", "after", "not-a-place"),
        ("limit=0", "limit", "out-of-range"),
        ("limit=101", "limit", "out-of-range"),
        ("limit=ten", "limit", "out-of-range"),
        ("limit=+1", "limit", "out-of-range"),
        ("stage=new", "stage", "not-a-choice"),
        ("q=a", "q", "too-short"),
        ("q=a%00b", "q", "control-character"),
        ("page=2", "page", "unknown-field"),
        ("limit=1&limit=2", "limit", "duplicate"),
    ] {
        let answer = program.get(&format!("/api/v1/leads?{query}")).await;
        assert_eq!(answer.status, 400, "{query}: {}", answer.text());
        assert_eq!(errors(&answer), BTreeSet::from([(field.to_owned(), rule.to_owned())]), "{query}");
    }
    assert_eq!(errors(&program.get("/api/v1/leads?limit=0&after=x&q=a&z=1").await).len(), 4);
    for path in ["/api/v1/me", "/api/v1/forms", "/api/v1/members", "/api/v1/stages"] {
        assert_eq!(program.get(&format!("{path}?x=1")).await.status, 400, "{path}");
    }
}

#[tokio::test]
async fn web_5_bodies_that_do_not_fit_are_refused_in_words() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let sent = async |kind: &str, body: String| {
        let request = program.request(Method::POST, "/api/v1/leads").header("content-type", kind).body(body);
        program.ask(request).await
    };
    let deep = format!(r#"{{"name":{}{}}}"#, "[".repeat(40), "]".repeat(40));
    let long = format!(r#"{{"name":"{}"}}"#, "a".repeat(256 * 1024));
    for (kind, body, status) in [
        ("text/plain", "{}".to_owned(), 415),
        ("application/x-www-form-urlencoded", "email=a%40example.com".to_owned(), 415),
        ("application/json; charset=latin1", "{}".to_owned(), 415),
        ("application/json", String::new(), 400),
        ("application/json", "[1]".to_owned(), 400),
        ("application/json", r#"{"email":"a@example.com","email":"b@example.com"}"#.to_owned(), 400),
        ("application/json", r#"{"email":"a@example.com","id":"x"}"#.to_owned(), 400),
        ("application/json", deep, 400),
        ("application/json", long, 413),
        ("application/json", "{}".to_owned(), 422),
    ] {
        let answer = sent(kind, body.clone()).await;
        assert_eq!(answer.status, status, "{kind}: {body:.60}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "application/problem+json");
        assert!(!answer.json()["detail"].as_str().unwrap().is_empty());
    }
    let wrong = json!({ "name": "a\u{1}", "email": "nobody", "phone": 7, "message": "x".repeat(5_001),
        "legal_basis": "because" });
    let answer = program.post("/api/v1/leads", &wrong).await;
    let fields: BTreeSet<_> = errors(&answer).into_iter().map(|(field, _)| field).collect();
    assert_eq!(answer.status, 422);
    assert_eq!(fields, ["name", "email", "phone", "message", "legal_basis"].map(str::to_owned).into());
    let nobody = json!({ "email": null });
    let path = format!("/api/v1/leads/{}", make(&program, "anna@example.com").await);
    let answer = program.send_for(Method::PATCH, &path, "\"1\"", &nobody).await;
    assert_eq!(errors(&answer), BTreeSet::from([("email".to_owned(), "one-of-required".to_owned())]));
    assert_eq!(house.count("SELECT count(*) FROM leads").await, 1, "nothing else was kept");
}

#[tokio::test]
async fn a_method_that_is_not_there_is_told_which_are() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    for (path, allowed) in [("/api/v1/leads", "GET,HEAD,POST"), (&format!("/api/v1/leads/{NOBODYS}"), "GET,HEAD,PATCH")]
    {
        for method in [Method::DELETE, Method::PUT, Method::OPTIONS] {
            let answer =
                program.ask(program.request(method.clone(), path).header("origin", "https://evil.example")).await;
            let told: BTreeSet<_> = answer.header("allow").split(',').map(str::trim).collect();
            assert_eq!((answer.status, told), (405, allowed.split(',').collect()), "{method} {path}");
            assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "no other origin");
        }
    }
}

#[tokio::test]
async fn web_11_a_lead_is_made_once_per_key_of_the_program() {
    let house = House::open().await;
    let (north, program) = furnished(&house, "North").await;
    let send = async |program: &ProgramClient, key: &str, email: &str| {
        let request = program.request(Method::POST, "/api/v1/leads").header("idempotency-key", key);
        program.ask(request.json(&json!({ "email": email }))).await
    };
    let twenty = join_all((0..20).map(|_| send(&program, "order-7", "anna@example.com"))).await;
    let bodies: BTreeSet<_> =
        twenty.iter().map(|answer| (answer.status, answer.text(), answer.header("etag").to_owned())).collect();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    assert_eq!(bodies.first().unwrap().0, 201);
    assert_eq!(house.count("SELECT count(*) FROM leads").await, 1);
    assert_eq!(house.count("SELECT count(*) FROM audit_entries WHERE action = 'create_lead'").await, 1);

    let path = twenty[0].location().to_owned();
    program.send_for(Method::PATCH, &path, "\"1\"", &json!({ "name": "Anna" })).await;
    let late = send(&program, "order-7", "anna@example.com").await;
    assert_eq!((late.status, late.text()), (201, twenty[0].text()), "the answer of the first, whatever came after");
    assert_eq!(send(&program, "order-7", "berta@example.com").await.status, 409);
    assert_eq!(send(&program, "order-8", "berta@example.com").await.status, 201);
    let other = house.program(&north.owner, Role::Owner, KeyScope::ALL).await;
    assert_eq!(send(&other, "order-7", "carla@example.com").await.status, 201, "another program's keys are its own");
    for broken in ["", "two words", &"k".repeat(256)] {
        assert_eq!(send(&program, broken, "dora@example.com").await.status, 400, "{broken}");
    }
    assert_eq!(send(&program, "order-9", "nobody").await.status, 422);
    assert_eq!(send(&program, "order-9", "dora@example.com").await.status, 201, "what was refused used no key up");
    house.clock.advance(SignedDuration::from_hours(48));
    assert_eq!(send(&program, "order-7", "emma@example.com").await.status, 201, "a key is kept for two days");
}
