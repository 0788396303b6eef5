//! The JSON API: for whom it opens, what it takes, and that its answers are what its document says.

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use jiff::SignedDuration;
use proptest::{prelude::*, test_runner::TestRunner};
use qualify_domain::{
    access::{Permission, Role},
    api_key::{KeyScope, USUAL_DAYS},
};
use qualify_http::{Access, ROUTES, RouteSpec};
use qualify_integration::{Answer, House, Organization, Plan, ProgramClient};
use reqwest::Method;
use serde_json::{Value, json};

const NOBODYS: &str = "0192f7a0-0000-7000-8000-000000000001";

async fn furnished(house: &House, name: &str) -> (Organization, ProgramClient) {
    let organization = house.found(name).await;
    let program = house.program(&organization.owner, Role::Owner, KeyScope::ALL).await;
    (organization, program)
}

async fn make(program: &ProgramClient, email: &str) -> String {
    let made = program.post("/api/v1/leads", &json!({ "email": email })).await;
    assert_eq!(made.status, 201, "{}", made.text());
    made.json()["id"].as_str().unwrap().to_owned()
}

async fn stage(program: &ProgramClient, place: usize) -> String {
    program.get("/api/v1/stages").await.json()["items"][place]["id"].as_str().unwrap().to_owned()
}

fn api_routes() -> impl Iterator<Item = &'static RouteSpec> {
    ROUTES.iter().filter(|spec| matches!(spec.access, Access::Program | Access::Keyed(_)))
}

/// A request to a route that would do what it is for, with these ids in it.
async fn call(program: &ProgramClient, spec: &RouteSpec, id: &str, stage: &str) -> Answer {
    let request = program.request(spec.method.clone(), &spec.path.replace("{id}", id)).header("if-match", "\"1\"");
    let body = match (spec.path, spec.method.as_str()) {
        ("/api/v1/leads", "POST") => json!({ "email": "probe@example.com" }),
        ("/api/v1/leads/{id}", "PATCH") => json!({ "name": "Changed" }),
        ("/api/v1/leads/{id}/stage", _) => json!({ "stage": stage }),
        _ => return program.ask(request).await,
    };
    program.ask(request.json(&body)).await
}

fn errors(answer: &Answer) -> BTreeSet<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = answer.json()["errors"].as_array().cloned().unwrap_or_default();
    all.iter().map(|error| (text(&error["field"]), text(&error["rule"]))).collect()
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
    for words in ["A program", "made the lead", "changed the contact details", "Please call."] {
        assert!(page.text().contains(words), "{words}: {}", page.text());
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
async fn rls_13_every_route_for_every_role_and_scope_of_a_key() {
    let house = House::open().await;
    let (north, mighty) = furnished(&house, "North").await;
    let lead = make(&mighty, "anna@example.com").await;
    let to = stage(&mighty, 1).await;
    let sets: Vec<Vec<KeyScope>> =
        KeyScope::ALL.iter().map(|scope| vec![*scope]).chain([KeyScope::ALL.to_vec()]).collect();
    for role in Role::ALL {
        for scopes in &sets {
            let program = house.program(&north.owner, role, scopes).await;
            for spec in api_routes() {
                let id = if spec.path.contains("forms") { &north.form } else { &lead };
                let answer = call(&program, spec, id, &to).await;
                let granted = |permission: Permission| {
                    role.grants().iter().any(|(one, _)| *one == permission)
                        && scopes.iter().any(|scope| scope.permissions().contains(&permission))
                };
                let may = spec.access.permission().is_none_or(granted);
                let about = format!("{role} {scopes:?}: {} {}: {}", spec.method, spec.path, answer.text());
                assert_eq!(answer.status == 403, !may, "{about}");
                assert!(!matches!(answer.status, 401 | 404 | 405 | 500..), "{about}");
                assert!(may || !answer.text().contains("anna@example.com"), "{about}");
            }
        }
    }
}

#[tokio::test]
async fn rls_13_a_key_reaches_as_far_as_its_role() {
    let house = House::open().await;
    let (north, mighty) = furnished(&house, "North").await;
    let (own, queue) = (make(&mighty, "own@example.com").await, make(&mighty, "queue@example.com").await);
    let mut owner = north.owner.client.clone();
    let given = [("owner", north.owner.user.to_string()), ("version", "1".to_owned())];
    let given = given.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert_eq!(owner.post(&format!("/leads/{own}/owner"), &given).await.status, 303);
    let seen = async |program: &ProgramClient| {
        let list = program.get("/api/v1/leads").await.json();
        list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|lead| lead["id"].as_str().unwrap().to_owned())
            .collect::<BTreeSet<_>>()
    };
    let both = BTreeSet::from([own.clone(), queue.clone()]);
    let agent = house.program(&north.owner, Role::Agent, KeyScope::ALL).await;
    let viewer = house.program(&north.owner, Role::Viewer, KeyScope::ALL).await;
    assert_eq!(seen(&mighty).await, both);
    assert_eq!(seen(&agent).await, BTreeSet::from([queue.clone()]), "a program owns nothing");
    assert_eq!(seen(&viewer).await, both, "without teams the organization is one");
    assert_eq!(agent.get(&format!("/api/v1/leads/{own}")).await.status, 404);
    let change = agent.send_for(Method::PATCH, &format!("/api/v1/leads/{own}"), "\"2\"", &json!({ "name": "X" })).await;
    assert_eq!(change.status, 404);
    // From the first team on, the reach of a team is that of the key's maker.
    let mia = house.join(&north, "mia@north.example", &[Role::Admin]).await;
    assert_eq!(owner.post("/settings/teams", &[("name", "Field")]).await.status, 303);
    let of_mia = house.program(&mia, Role::Viewer, KeyScope::ALL).await;
    assert_eq!(seen(&of_mia).await, BTreeSet::from([queue]));
    assert_eq!(seen(&viewer).await, both, "the maker's own leads are theirs");
}

#[tokio::test]
async fn rls_10_another_organizations_ids_are_those_of_nobody() {
    let house = House::open().await;
    let ((north, program), (south, theirs)) = (furnished(&house, "North").await, furnished(&house, "South").await);
    let (lead, ours) = (make(&theirs, "theirs@example.com").await, make(&program, "ours@example.com").await);
    let (their_stage, our_stage) = (stage(&theirs, 1).await, stage(&program, 1).await);
    for spec in api_routes().filter(|spec| spec.path.contains("{id}")) {
        let id = if spec.path.contains("forms") { &south.form } else { &lead };
        let (foreign, missing) =
            (call(&program, spec, id, &our_stage).await, call(&program, spec, NOBODYS, &our_stage).await);
        let about = format!("{} {}", spec.method, spec.path);
        let shape = |answer: &Answer| {
            let (status, mut headers) = answer.shape();
            headers.retain(|(name, _)| !name.starts_with("ratelimit-"));
            (status, headers)
        };
        assert_eq!(foreign.status, 404, "{about}: {}", foreign.text());
        assert_eq!((shape(&foreign), &foreign.body), (shape(&missing), &missing.body), "{about}");
        assert_eq!(call(&program, spec, "nonsense", &our_stage).await.status, 404, "{about}");
    }
    let path = format!("/api/v1/leads/{ours}/stage");
    for stage in [&their_stage, NOBODYS] {
        let refused = program.send_for(Method::POST, &path, "\"1\"", &json!({ "stage": stage })).await;
        assert_eq!((refused.status, errors(&refused).len()), (422, 1));
    }
    for query in [format!("stage={their_stage}"), format!("form={}", south.form), "q=theirs".to_owned()] {
        let list = program.get(&format!("/api/v1/leads?{query}")).await.json();
        assert_eq!(list["items"], json!([]), "{query}");
    }
    for path in ["/api/v1/leads", "/api/v1/forms", "/api/v1/members", "/api/v1/stages", "/api/v1/me"] {
        let answer = program.get(path).await.text();
        assert!(
            !answer.contains("theirs@") && !answer.contains(&south.form) && !answer.contains(&south.id.to_string()),
            "{path}"
        );
    }
    assert!(program.get("/api/v1/members").await.text().contains(&north.owner.email));
}

#[tokio::test]
async fn rls_11_whoever_shows_no_key_that_works_gets_the_same_answer_everywhere() {
    let house = House::open().await;
    let (mut north, _) = furnished(&house, "North").await;
    let revoked = house.key(&north.owner, Role::Owner, KeyScope::ALL).await;
    let expired = house.program(&north.owner, Role::Owner, KeyScope::ALL).await;
    house.clock.advance(SignedDuration::from_hours(24 * i64::from(USUAL_DAYS)));
    north.owner = house.sign_in(&north.owner.email).await;
    let path = format!("/settings/api-keys/{}/revocation", revoked.key.id);
    assert_eq!(north.owner.client.post(&path, &[]).await.status, 303);
    let revoked = secrecy::ExposeSecret::expose_secret(&revoked.secret).to_owned();
    let unknown = format!("qck_{}", "a".repeat(43));
    let mut first: Option<Answer> = None;
    for secret in [&revoked, &expired.secret, &unknown, "nonsense"] {
        // A session beside it opens nothing.
        let program = ProgramClient::with(north.owner.client.clone(), secret);
        let answer = program.get("/api/v1/me").await;
        assert_eq!((answer.status, answer.header("content-type")), (401, "application/problem+json"), "{secret}");
        assert!(answer.header("www-authenticate").starts_with("Bearer "));
        let known = first.get_or_insert_with(|| answer.clone());
        assert_eq!((answer.shape(), &answer.body), (known.shape(), &known.body), "{secret}");
    }
    for spec in api_routes() {
        let bare = north.owner.client.request(spec.method.clone(), &spec.path.replace("{id}", NOBODYS));
        let answer = north.owner.client.ask(bare.header("accept", "text/html").header("origin", &house.url)).await;
        assert_eq!((answer.status, answer.header("content-type")), (401, "application/problem+json"), "{}", spec.path);
        let program = ProgramClient::with(house.client(), &revoked);
        assert_eq!(call(&program, spec, NOBODYS, NOBODYS).await.status, 401, "{}", spec.path);
    }
}

#[tokio::test]
async fn a_key_opens_no_page_and_makes_no_key() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    for (method, path) in
        [(Method::GET, "/settings/api-keys"), (Method::POST, "/settings/api-keys"), (Method::GET, "/leads")]
    {
        let wish = [("name", "More"), ("role", "owner"), ("days", "90"), ("leads:read", "1")];
        let answer = program.ask(program.request(method.clone(), path).form(&wish)).await;
        assert_eq!(answer.status, 401, "{method} {path}: {}", answer.text());
    }
    assert_eq!(house.count("SELECT count(*) FROM api_keys").await, 1);
}

#[tokio::test]
async fn a_key_makes_so_many_requests_a_minute() {
    let house = House::built(Plan { per_key: 3, ..Plan::default() }).await;
    let (north, program) = furnished(&house, "North").await;
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(program.get("/api/v1/me").await);
    }
    let told: Vec<_> =
        answers.iter().map(|a| (a.status, a.header("ratelimit-limit"), a.header("ratelimit-remaining"))).collect();
    assert_eq!(told, [(200, "3", "2"), (200, "3", "1"), (200, "3", "0"), (429, "3", "0")]);
    let wait: u64 = answers[3].header("retry-after").parse().unwrap();
    assert!((1..=21).contains(&wait), "{wait}");
    let other = house.program(&north.owner, Role::Viewer, KeyScope::ALL).await;
    assert_eq!(other.get("/api/v1/me").await.status, 200, "another key has its own");
}

#[tokio::test]
async fn auth_9_who_shows_many_keys_that_open_nothing_is_held_off_and_fills_no_trail() {
    let house = House::open().await;
    let (_, program) = furnished(&house, "North").await;
    let stranger = ProgramClient::with(house.client(), &format!("qck_{}", "b".repeat(43)));
    let mut statuses = BTreeMap::new();
    for _ in 0..30 {
        let answer = stranger.get("/api/v1/me").await;
        *statuses.entry(answer.status).or_insert(0) += 1;
        assert_eq!(answer.status == 429, !answer.header("retry-after").is_empty());
    }
    assert_eq!(statuses, BTreeMap::from([(401, 20), (429, 10)]));
    let counted = "SELECT coalesce(sum(times), 0)::bigint FROM security_counts WHERE kind = 'api_key_refused'";
    assert_eq!(house.count(counted).await, 20);
    assert_eq!(program.get("/api/v1/me").await.status, 200, "a key that works does, from the same place");
}

#[tokio::test]
async fn log_3_what_a_key_was_refused_or_did_not_find_is_in_the_trail() {
    let house = House::open().await;
    let (mut north, _) = furnished(&house, "North").await;
    let program = house.program(&north.owner, Role::Viewer, &[KeyScope::LeadsRead]).await;
    assert_eq!(program.post("/api/v1/leads", &json!({ "email": "a@example.com" })).await.status, 403);
    assert_eq!(program.get(&format!("/api/v1/leads/{NOBODYS}")).await.status, 404);
    let mut database = house.superuser().await;
    let kept: Vec<(String, String)> = sqlx::query_as(
        "SELECT actor_kind, action FROM audit_entries WHERE organization_id = $1 AND actor_kind = 'api_key' ORDER BY sequence",
    )
    .bind(north.id.0)
    .fetch_all(&mut database)
    .await
    .unwrap();
    let expected = [("api_key", "permission_refused"), ("api_key", "object_not_found")];
    assert_eq!(kept, expected.map(|(kind, action)| (kind.to_owned(), action.to_owned())));
    let page = north.owner.client.get("/settings/audit").await;
    assert!(page.text().contains("API key"), "{}", page.text());
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
            let schema = &kinds.get(kind).unwrap_or_else(|| unreachable!("{kind}: {about}"))["schema"];
            assert_eq!(faults(document, schema, &answer.json()), Vec::<String>::new(), "{about}");
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
        let id = if spec.path.contains("forms") { &north.form } else { &lead };
        let path = spec.path.replace("{id}", id);
        let request = |program: &ProgramClient| program.request(spec.method.clone(), &path);
        let mut answers = vec![
            call(&program, spec, id, &to).await,
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
    }
    let expected = [200, 201, 304, 400, 401, 403, 404, 409, 412, 413, 415, 422, 428];
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
        let path = format!("{}?after={query}&limit={query}", spec.path.replace("{id}", &lead));
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
