//! For whom the JSON API opens: roles, scopes and reach of a key, other organizations, and how often.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use qualify_domain::{
    access::{Permission, Role},
    api_key::{KeyScope, USUAL_DAYS},
};
use qualify_integration::{Answer, House, Plan, ProgramClient};
use reqwest::Method;
use serde_json::json;

use crate::{
    api_calls::{NOBODYS, Shaped, api_routes, call, errors, furnished, held, import, job, make, stage, told_hook},
    merge::merge,
};

#[tokio::test]
async fn rls_13_every_route_for_every_role_and_scope_of_a_key() {
    let house = House::open().await;
    let (north, mighty) = furnished(&house, "North").await;
    let lead = make(&mighty, "anna@example.com").await;
    house.settle().await;
    let to = stage(&mighty, 1).await;
    let (merge, _) = merge(&mighty).await;
    let sets: Vec<Vec<KeyScope>> =
        KeyScope::ALL.iter().map(|scope| vec![*scope]).chain([KeyScope::ALL.to_vec()]).collect();
    let mut programs = Vec::new();
    for role in Role::ALL {
        for scopes in &sets {
            programs.push((role, scopes, house.program(&north.owner, role, scopes).await));
        }
    }
    for (role, scopes, program) in programs {
        let job = job(&house, &program).await;
        let import = import(&house, &mighty, false).await;
        let hook = told_hook(&house, &north).await;
        let name = format!("{role} {scopes:?}").chars().take(100).collect::<String>();
        let view = mighty.post("/api/v1/views", &json!({ "name": name })).await.json();
        let view = view["id"].as_str().unwrap().to_owned();
        let shaped = Shaped::by(&mighty, &lead, "Probe").await;
        let granted = |permission: Permission| {
            role.grants().iter().any(|(one, _)| *one == permission)
                && scopes.iter().any(|scope| scope.permissions().contains(&permission))
        };
        for spec in api_routes() {
            // What is done to many leads takes the right to do it to one: here they get a tag.
            let may = spec.access.permission().is_none_or(granted)
                && (spec.path != "/api/v1/leads/changes" || granted(Permission::ChangeLead));
            let spam = match spec.access.permission() {
                // What was released or deleted is in quarantine no more.
                Some(Permission::ReleaseSubmission) if may => held(&house, &north, &mighty).await,
                _ => NOBODYS.to_owned(),
            };
            let id = match spec.path {
                path if path.starts_with("/api/v1/submissions") => &spam,
                path if path.contains("forms") => &north.form,
                path if path.contains("jobs") => &job,
                path if path.contains("views") => &view,
                path if path.contains("imports") => &import,
                path if path.contains("webhooks") => &hook,
                path if path.starts_with("/api/v1/merges") => &merge,
                _ => &lead,
            };
            let answer = call(&program, spec, shaped.id(spec).unwrap_or(id), &to).await;
            let about = format!("{role} {scopes:?}: {} {}: {}", spec.method, spec.path, answer.text());
            assert_eq!(answer.status == 403, !may, "{about}");
            assert!(!matches!(answer.status, 401 | 404 | 405 | 500..), "{about}");
            assert!(may || !answer.text().contains("anna@example.com"), "{about}");
        }
        shaped.leave(&mighty).await;
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
    let their_job = job(&house, &theirs).await;
    let their_import = import(&house, &theirs, false).await;
    let their_hook = told_hook(&house, &south).await;
    let (their_merge, _) = merge(&theirs).await;
    let their_shaped = Shaped::by(&theirs, &lead, "Probe").await;
    for spec in api_routes().filter(|spec| spec.path.contains("{id}")) {
        let id = match spec.path {
            path if path.contains("forms") => &south.form,
            path if path.contains("jobs") => &their_job,
            path if path.contains("imports") => &their_import,
            path if path.contains("webhooks") => &their_hook,
            path if path.starts_with("/api/v1/merges") => &their_merge,
            _ => &lead,
        };
        let id = their_shaped.id(spec).unwrap_or(id);
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
}

#[tokio::test]
async fn rls_11_no_route_of_the_api_opens_without_a_key() {
    let unknown = format!("qck_{}", "a".repeat(43));
    let routes: Vec<_> = api_routes().collect();
    // Whoever shows many keys that open nothing is held off: each house hears a few.
    for some in routes.chunks(8) {
        let house = House::open().await;
        for spec in some {
            let bare = house.client().request(spec.method.clone(), &spec.path.replace("{id}", NOBODYS));
            let bare = bare.header("accept", "text/html").header("origin", &house.url);
            let answer = house.client().ask(bare).await;
            assert_eq!(
                (answer.status, answer.header("content-type")),
                (401, "application/problem+json"),
                "{}",
                spec.path
            );
            let program = ProgramClient::with(house.client(), &unknown);
            assert_eq!(call(&program, spec, NOBODYS, NOBODYS).await.status, 401, "{}", spec.path);
        }
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
