//! Every route by which a member changes something, walked once with what it needs: each leaves an entry in the audit
//! trail, or is named here with the reason why not. A new route must do one or the other.

use qualify_domain::access::Role;
use qualify_http::{Access, ROUTES, RouteSpec};
use qualify_integration::{Client, House, Organization, Plan};
use reqwest::Method;

use crate::isolation::{Ids, furnished};

/// Routes that leave nothing, and why.
const TRACELESS: &[(&str, &str)] = &[
    ("/confirm", "it changes nothing but what its own session may do for ten minutes; a failure is told"),
    ("/confirm/passkey/question", "a question, which changes nothing"),
    ("/notifications/read", "to have read something is a look"),
    ("/notifications/{id}/open", "to have read something is a look"),
    ("/settings/security/totp", "a set-up that begins protects nothing yet; that it was finished is told"),
    ("/settings/security/passkeys/question", "a question, which changes nothing"),
    ("/settings/security/second-factor/later", "the session is asked no more, which protects nothing less"),
];

/// Routes that need an authenticator, and are walked where there is one: `second_factors.rs` and `passkeys.rs`.
const ELSEWHERE: &[&str] = &[
    "/confirm/passkey",
    "/settings/security/totp/confirmation",
    "/settings/security/totp/removal",
    "/settings/security/recovery-codes",
    "/settings/security/passkeys",
    "/settings/security/passkeys/{id}/removal",
];

/// What a route is sent so that it does what it is for, where the usual probe only knocks.
fn fields(spec: &RouteSpec, ids: &Ids) -> Vec<(&'static str, String)> {
    let said =
        |pairs: &[(&'static str, &str)]| pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    match spec.path {
        "/settings/members/{user}/roles" => said(&[("manager", "1")]),
        "/settings/members/{user}/grants" => said(&[("export_leads", "1")]),
        "/settings/members/{user}/removal" => said(&[("heir", "")]),
        "/settings/members/{user}/ownership" => said(&[("sure", "1")]),
        "/settings/security/second-factor/policy" => said(&[("policy", "owners_and_admins")]),
        _ => ids.fields(spec),
    }
}

/// What takes away what others need comes late.
fn turn(spec: &RouteSpec) -> u8 {
    match spec.path {
        "/settings/security/sessions/end" => 1,
        "/sign-out" => 2,
        "/settings/members/{user}/removal" => 3,
        "/settings/members/{user}/ownership" => 4,
        "/departure" => 5,
        _ => 0,
    }
}

/// How often the organization's trail was written to, counted events included.
async fn written(house: &House) -> i64 {
    house
        .count("SELECT (SELECT count(*) FROM audit_entries) + (SELECT coalesce(sum(held), 0)::bigint FROM security_tallies)")
        .await
}

/// The version a form would show now.
async fn version(house: &House, spec: &RouteSpec, ids: &Ids) -> String {
    let (table, id) = match spec.path {
        path if path.starts_with("/leads") => ("leads", &ids.lead),
        path if path.starts_with("/forms") => ("forms", &ids.form),
        _ => return "1".to_owned(),
    };
    let query = format!("SELECT version::text FROM {table} WHERE id = $1::uuid");
    let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).bind(id);
    query.fetch_one(&mut house.superuser().await).await.unwrap()
}

async fn send(client: &mut Client, spec: &RouteSpec, ids: &Ids) -> u16 {
    let fields = fields(spec, ids);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let answer = client.post(&ids.address(spec), &fields).await;
    assert!(!answer.location().starts_with("/confirm?"), "{} asks for a proof", spec.path);
    assert!(!answer.location().starts_with("/sign-in?next"), "{} asks to sign in", spec.path);
    answer.status
}

/// North, an owner who has sessions elsewhere too, and what the routes are about.
async fn world(house: &House) -> (Organization, Ids) {
    let north = furnished(house, "North").await;
    let ids = Ids::of(house, &north).await;
    for _ in 0..2 {
        house.sign_in(&north.owner.email).await;
    }
    let other = "SELECT id::text FROM sessions WHERE user_id = $1 ORDER BY created_at DESC, id DESC LIMIT 1";
    let query = sqlx::query_scalar(other).bind(north.owner.user.0);
    let session = query.fetch_one(&mut house.superuser().await).await.unwrap();
    (north, Ids { session, ..ids })
}

#[tokio::test]
async fn log_3_every_change_by_a_member_leaves_a_trace_or_is_named_with_its_reason() {
    let house = House::built(Plan { named: true, ..Plan::default() }).await;
    let (mut north, ids) = world(&house).await;
    let heir = house.join(&north, "heir@north.example", &[Role::Agent]).await;
    let mut routes: Vec<_> = ROUTES
        .iter()
        .filter(|spec| matches!(spec.access, Access::Member | Access::Granted(_)) && spec.method != Method::GET)
        .filter(|spec| !ELSEWHERE.contains(&spec.path))
        .collect();
    routes.sort_by_key(|spec| turn(spec));
    let mut faults = Vec::new();
    for spec in routes {
        let ids = Ids { version: version(&house, spec, &ids).await, ..ids.clone() };
        // The colleague is gone by then: another takes the ownership over.
        let ids = if spec.path.ends_with("/ownership") { Ids { user: heir.user.to_string(), ..ids } } else { ids };
        house.settle().await;
        let before = written(&house).await;
        let status = send(&mut north.owner.client, spec, &ids).await;
        let traces = written(&house).await - before;
        let reason = TRACELESS.iter().find(|(path, _)| *path == spec.path);
        let fault = match (status, traces, reason) {
            (200 | 204 | 303, 1.., None) | (200 | 204 | 303, 0, Some(_)) => None,
            (200 | 204 | 303, 0, None) => Some("left nothing"),
            (200 | 204 | 303, _, Some(_)) => Some("leaves a trace: it need not be named"),
            _ => Some("did not do what it is for"),
        };
        faults.extend(fault.map(|fault| format!("{} {fault} ({status})", spec.path)));
        if spec.path == "/sign-out" {
            north.owner = house.sign_in(&north.owner.email.clone()).await;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    for path in TRACELESS.iter().map(|(path, _)| path).chain(ELSEWHERE) {
        assert!(ROUTES.iter().any(|spec| spec.path == *path), "{path} is no route any more");
    }
}
