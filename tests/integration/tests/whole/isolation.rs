//! Nobody sees what is not theirs: every route for every role, every route with another organization's ids, and a
//! person whose every word is sought in all that comes out.

use jiff::SignedDuration;
use qualify_domain::access::{Permission, Role};
use qualify_http::{Access, ROUTES};
use qualify_integration::{Answer, Client, House, Logs, Organization, Plan};
use reqwest::Method;
use serde_json::json;

use crate::census::{Ids, ask, furnished};

fn may(roles: &[Role], permission: Permission) -> bool {
    roles.iter().any(|role| role.grants().iter().any(|(granted, _)| *granted == permission))
}

fn assert_let_in(answer: &Answer, about: &str) {
    let refused = (answer.location() == "/sign-in" && !about.contains(" /sign-in/"))
        || answer.location().starts_with("/sign-in?next");
    let wrong_password = answer.status == 401 && (about.ends_with("POST /sign-in") || about.contains("POST /sign-in/"));
    assert!(
        (!matches!(answer.status, 401 | 403 | 500..) || wrong_password) && !refused,
        "{about}: {} {}",
        answer.status,
        answer.text()
    );
}

fn assert_sent_to_sign_in(answer: &Answer, about: &str) {
    assert_eq!(answer.status, 303, "{about}: {}", answer.text());
    assert!(answer.location().starts_with("/sign-in"), "{about}: {}", answer.location());
}

#[tokio::test]
async fn rls_11_every_route_for_every_role() {
    let house = House::open().await;
    let north = furnished(&house, "North").await;
    let ids = Ids::of(&house, &north).await;
    for role in Role::ALL {
        let mut email = format!("{role}.member@north.example");
        let mut member = house.join(&north, &email, &[role]).await;
        for spec in ROUTES.iter() {
            let answer = ask(&member.client, spec, &ids).await;
            if spec.path == "/sign-out" {
                member = house.sign_in(&email).await;
            }
            if spec.path == "/departure" && spec.method == Method::POST && may(&[role], Permission::LeaveOrganization) {
                email = format!("{role}.again@north.example");
                member = house.join(&north, &email, &[role]).await;
            }
            let about = format!("{role}: {} {}", spec.method, spec.path);
            match spec.access {
                Access::Granted(permission) if !may(&[role], permission) => {
                    assert_eq!(answer.status, 403, "{about}: {}", answer.text());
                    assert!(!answer.text().contains("lead@example.com"), "{about}");
                }
                // A session opens nothing there; keys have a census of their own.
                Access::Program | Access::Keyed(_) => assert_eq!(answer.status, 401, "{about}"),
                _ => assert_let_in(&answer, &about),
            }
        }
    }
}

#[tokio::test]
async fn rls_11_nobody_who_is_not_signed_in_gets_behind_the_door() {
    let house = House::open().await;
    let mut north = furnished(&house, "North").await;
    let ids = Ids::of(&house, &north).await;
    let revoked = north.owner.client.clone();
    north.owner.client.post("/sign-out", &[]).await;
    assert!(revoked.cookies().len() == 2);
    for client in [house.client(), revoked] {
        for spec in ROUTES.iter() {
            let about = format!("{} {}", spec.method, spec.path);
            let answer = ask(&client, spec, &ids).await;
            match spec.access {
                Access::Member | Access::Granted(_) => assert_sent_to_sign_in(&answer, &about),
                Access::Public | Access::Visitor => assert_let_in(&answer, &about),
                Access::Program | Access::Keyed(_) => assert_eq!(answer.status, 401, "{about}"),
            }
            assert!(!answer.text().contains("lead@example.com"), "{about}");
        }
    }
}

#[tokio::test]
async fn auth_16_every_sensitive_route_refuses_without_a_fresh_proof() {
    let house = House::open().await;
    let mut north = furnished(&house, "North").await;
    let ids = Ids::of(&house, &north).await;
    house.clock.advance(SignedDuration::from_mins(10));
    let client = &mut north.owner.client;
    assert_eq!(client.get("/settings/security").await.status, 200, "still signed in");
    let client = client.clone();
    house.settle().await;
    let before = contents(&house, &north).await;
    let confirmed = || ROUTES.iter().filter(|spec| spec.confirmed);
    assert!(confirmed().count() > 10);
    for spec in confirmed() {
        let answer = ask(&client, spec, &ids).await;
        let about = format!("{} {}", spec.method, spec.path);
        assert_eq!(answer.status, 303, "{about}: {}", answer.text());
        assert!(answer.location().starts_with("/confirm?next="), "{about}: {}", answer.location());
    }
    assert_eq!(contents(&house, &north).await, before, "nothing has changed");
    let others = ROUTES.iter().filter(|spec| !spec.confirmed && spec.method == Method::GET);
    for spec in others {
        let answer = ask(&client, spec, &ids).await;
        assert!(!answer.location().starts_with("/confirm"), "{} needs no proof", spec.path);
    }
    // The control: with a proof, all of them go through to what they do.
    let fields = [("password", qualify_integration::PASSWORD)];
    assert_eq!(client.clone().post("/confirm", &fields).await.status, 303);
    for spec in confirmed() {
        let answer = ask(&client, spec, &ids).await;
        assert!(!answer.location().starts_with("/confirm"), "{} {}", spec.method, spec.path);
        assert!(!matches!(answer.status, 401 | 403 | 500..), "{} {}: {}", spec.method, spec.path, answer.text());
    }
}

#[tokio::test]
async fn rls_11_what_is_not_in_the_table_is_not_there() {
    let house = House::open().await;
    let north = house.found("North").await;
    for path in ["/api/v2/leads", "/api/v1/users", "/admin", "/leads.json", "/metrics", "/debug", "/.env", "/leads/"] {
        let client = &north.owner.client;
        let answer = client.ask(client.request(Method::GET, path).header("accept", "text/html")).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[tokio::test]
async fn rls_10_no_route_shows_another_tenant() {
    let house = House::open().await;
    let (north, south) = (furnished(&house, "North").await, furnished(&house, "South").await);
    let (theirs, nobodys) = (Ids::of(&house, &south).await, Ids::nobodys());
    house.settle().await;
    let before = contents(&house, &south).await;
    let pages = ROUTES.iter().filter(|spec| !matches!(spec.access, Access::Program | Access::Keyed(_)));
    for spec in pages.filter(|spec| ["{id}", "{submission}", "{user}"].iter().any(|id| spec.path.contains(id))) {
        let client = &north.owner.client;
        let foreign = ask(client, spec, &theirs).await;
        let missing = ask(client, spec, &nobodys).await;
        let about = format!("{} {}", spec.method, spec.path);
        assert_eq!(foreign.status, 404, "{about}: {}", foreign.text());
        assert_eq!(foreign.shape(), missing.shape(), "{about}");
        assert_eq!(foreign.body, missing.body, "{about}");
    }
    // A form of one's own does not open another's submission, nor a lead of one's own another's stage.
    let ours = Ids::of(&house, &north).await;
    let mixed = Ids { submission: theirs.submission.clone(), ..ours.clone() };
    let release = ROUTES.iter().find(|spec| spec.path == "/forms/{id}/submissions/{submission}/release").unwrap();
    assert_eq!(ask(&north.owner.client, release, &mixed).await.status, 404);
    let mixed = Ids { stage: theirs.stage.clone(), ..ours };
    let stage = ROUTES.iter().find(|spec| spec.path.ends_with("/stage")).unwrap();
    assert!((400..500).contains(&ask(&north.owner.client, stage, &mixed).await.status));
    assert_eq!(contents(&house, &south).await, before, "nothing of theirs has changed");
}

#[tokio::test]
async fn rls_10_filters_by_another_tenants_ids_find_nothing() {
    let house = House::open().await;
    let (mut north, south) = (furnished(&house, "North").await, furnished(&house, "South").await);
    let theirs = Ids::of(&house, &south).await;
    for query in [format!("stage={}", theirs.stage), format!("form={}", theirs.form)] {
        let page = north.owner.client.get(&format!("/leads?{query}")).await;
        assert_eq!(page.status, 200);
        assert!(qualify_integration::rows(&page).is_empty());
        assert!(!page.text().contains("South"), "{query}");
    }
}

#[tokio::test]
async fn tst_3_a_marked_person_of_one_organization_appears_in_nothing_the_other_gets() {
    let logs = Logs::capture();
    let house = House::built(Plan { shows_mails: false, trusted_proxies: 1, ..Plan::default() }).await;
    let (mut north, south) = (furnished(&house, "North").await, furnished(&house, "South").await);
    let canaries = [
        ("name", "Canaryname Birdsong"),
        ("email", "canary.mail@birdsong.example"),
        ("phone", "+33 6 98 76 54 32"),
        ("message", "canarymessage sings in the mine"),
        ("utm_source", "canarysource"),
        ("utm_campaign", "canarycampaign"),
        ("_page", "https://canarypage.example/contact"),
        ("_referrer", "https://canaryreferrer.example/"),
        ("canaryfield", "canaryundeclared"),
        ("website", ""),
    ];
    let marks = ["canary", "birdsong", "98 76 54", "698765432", "203.0.113.77"];
    let body: serde_json::Map<_, _> = canaries.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect();
    let client = house.client();
    let form = client.request(Method::POST, &format!("/f/{}", north.public_id)).header("accept", "application/json");
    let taken = client.ask(form.header("x-forwarded-for", "203.0.113.77").json(&body)).await;
    assert_eq!(taken.status, 201, "{}", taken.text());
    let lead = north.wait_for_leads(2).await.remove(0);
    assert_eq!(lead.label, "Canaryname Birdsong");
    let note = [("note", "canarynote in the timeline")];
    assert_eq!(north.owner.client.post(&format!("/leads/{}/notes", lead.id), &note).await.status, 303);
    north.owner.client.get("/leads?q=canaryname").await;
    house
        .client()
        .post("/sign-in", &[("email", "canary.user@birdsong.example"), ("password", "canarypassword!")])
        .await;
    let wrong = [("email", "canary"), ("phone", "canaryphone"), ("message", "canary\u{1}")];
    client.ask(client.request(Method::POST, &format!("/f/{}", north.public_id)).form(&wrong)).await;
    house.settle().await;

    let found = |text: &str| {
        // The islands have a time zone, which stands in a list of all.
        let text = text.to_lowercase().replace("atlantic/canary", "");
        marks.into_iter().filter(|mark| text.contains(mark)).collect::<Vec<_>>()
    };
    let own = north.owner.client.get(&format!("/leads/{}", lead.id)).await;
    assert_eq!(found(&own.text()), marks[..4], "the marks are where they belong");
    // So is where the person came from, which no page of members shows. The log tells what is asked of the database.
    let came_from = sqlx::query_scalar("SELECT host(ip) FROM submissions WHERE ip IS NOT NULL");
    let came_from: Vec<String> = came_from.fetch_all(&mut house.superuser().await).await.unwrap();
    assert_eq!(came_from, [marks[4]]);

    let mut addresses: Vec<(Client, String)> = Vec::new();
    for ids in [Ids::of(&house, &north).await, Ids::of(&house, &south).await] {
        for spec in ROUTES.iter().filter(|spec| spec.method == Method::GET && spec.path != "/live") {
            addresses.push((south.owner.client.clone(), ids.address(spec)));
            addresses.push((house.client(), ids.address(spec)));
        }
    }
    for query in ["?q=canaryname", "?q=canary.mail", "?q=%2B336987", "?q=birdsong"] {
        // A list says what was searched for; it finds nothing.
        let page = south.owner.client.ask(south.owner.client.request(Method::GET, &format!("/leads{query}"))).await;
        assert_eq!(qualify_integration::rows(&page), [], "{query}");
    }
    for (client, address) in addresses {
        let answer = client.ask(client.request(Method::GET, &address).header("accept", "text/html")).await;
        assert_eq!(found(&answer.text()), Vec::<&str>::new(), "{address}");
        assert_eq!(found(&format!("{:?}", answer.headers)), Vec::<&str>::new(), "{address}");
    }
    for mail in house.mails.to(&south.owner.email) {
        assert_eq!(found(&mail.raw), Vec::<&str>::new());
    }
    let log = logs.text();
    assert!(log.len() > 1_000, "something was logged");
    let line = log.lines().find(|line| !found(line).is_empty());
    assert_eq!(line, None, "log_1: a log line tells of a person");
}

/// All rows of an organization, table by table.
async fn contents(house: &House, organization: &Organization) -> Vec<String> {
    let mut database = house.superuser().await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.columns
         WHERE table_schema = 'public' AND column_name = 'organization_id'
            -- What endpoints are told is tried again by itself.
            AND table_name NOT IN ('hook_deliveries', 'hook_endpoints') ORDER BY 1",
    )
    .fetch_all(&mut database)
    .await
    .unwrap();
    assert!(tables.len() > 8, "{tables:?}");
    let mut all = Vec::new();
    for table in tables {
        let query = format!(
            "SELECT '{table} ' || coalesce(string_agg(t::text, ';' ORDER BY t::text), '') FROM {table} t WHERE organization_id = $1"
        );
        let query = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).bind(organization.id.0);
        all.push(query.fetch_one(&mut database).await.unwrap());
    }
    all
}
