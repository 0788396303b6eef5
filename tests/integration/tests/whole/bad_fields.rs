//! Every field of every form of our own pages, with everything wrong in it: never our fault, never kept, and told where
//! it was typed. The forms are read off the pages, so that none can be forgotten.

use std::{collections::BTreeSet, sync::Arc};

use qualify_domain::access::Role;
use qualify_http::{ROUTES, RouteSpec};
use qualify_integration::{Answer, Client, House, Organization, PASSWORD, Plan};
use qualify_laws::till::Till;
use reqwest::Method;
use serde_json::json;

use crate::{
    census::in_a_month,
    fields::{
        ELSEWHERE, FORMS,
        Kind::{self, Box, Chosen, Hidden, Secret, Typed},
    },
};

/// What a legal hold asks.
pub(crate) const HOLD: &[(&str, Kind)] = &[
    ("kind", Hidden("lead")),
    ("record", Typed("00000000-0000-7000-8000-000000000001")),
    ("reason", Typed("A claim before the court")),
    ("review_on", Hidden("")),
];

/// No word of anybody's: where it is found, something was kept that should not have been.
const MARK: &str = "zq7mark";

fn usual(kind: Kind) -> &'static str {
    match kind {
        Typed(value) | Chosen(value) | Hidden(value) => value,
        Secret | Box => "",
    }
}

/// A field with something wrong in it, as the body of a request.
fn body(fields: &[(&str, Kind)], wrong: &str, raw: &str) -> String {
    let pair = |(name, kind): &(&str, Kind)| {
        if *name == wrong {
            return format!("{name}={raw}");
        }
        form_urlencoded::Serializer::new(String::new()).append_pair(name, usual(*kind)).finish()
    };
    fields.iter().map(pair).collect::<Vec<_>>().join("&")
}

async fn send(client: &mut Client, path: &str, body: String) -> Answer {
    let request = client.request(Method::POST, path).header("accept", "text/html");
    let request = request.header("origin", client.base().to_owned()).header("sec-fetch-site", "same-origin");
    client.send(request.header("content-type", "application/x-www-form-urlencoded").body(body)).await
}

struct Place {
    house: House,
    north: Organization,
    /// What stands in the places of the addresses.
    ids: Vec<(&'static str, &'static str, String)>,
}

impl Place {
    async fn furnished() -> Self {
        let house = House::built(Plan { billing: Some(Arc::new(Till::default())), ..Plan::default() }).await;
        let mut north = house.found("North").await;
        let colleague = house.join(&north, "colleague@north.example", &[Role::Viewer]).await;
        let visitor = house.client();
        let request =
            visitor.request(Method::POST, &format!("/f/{}", north.public_id)).header("accept", "application/json");
        assert_eq!(visitor.ask(request.json(&json!({"email": "lead@example.com"}))).await.status, 201);
        let lead = north.wait_for_leads(1).await.remove(0).id;
        assert_eq!(north.owner.client.post("/settings/teams", &[("name", "Field")]).await.status, 303);
        let team: uuid::Uuid =
            sqlx::query_scalar("SELECT id FROM teams").fetch_one(&mut house.superuser().await).await.unwrap();
        let view = [("name", "Mine"), ("settings", "{}")];
        assert_eq!(north.owner.client.post("/views", &view).await.status, 303);
        let task = [("title", "Call"), ("due_on", ""), ("reminder", ""), ("task_owner", "")];
        assert_eq!(north.owner.client.post(&format!("/leads/{lead}/tasks"), &task).await.status, 303);
        let property =
            [("name", "Budget"), ("purpose", "To size it"), ("kind", "number"), ("choices", ""), ("key", "")];
        assert_eq!(north.owner.client.post("/settings/properties", &property).await.status, 303);
        let field = [("kind", "text"), ("key", "budget"), ("label_en", "Budget"), ("purpose", "To size it")];
        let new = format!("/forms/{}/fields/new", north.form);
        assert_eq!(north.owner.client.post(&new, &field).await.status, 303);
        let (hook, delivery) = crate::census::settings::hook(&mut north.owner.client).await;
        let request = [("email", "anna@berg.example"), ("right", "erasure"), ("received_on", "2026-01-05")];
        assert_eq!(north.owner.client.post("/privacy-requests", &request).await.status, 303);
        let file = b"email\nanna@example.com\n";
        assert_eq!(north.owner.client.upload("/imports", "people.csv", file).await.status, 303);
        let review = in_a_month(&house);
        let hold = [("kind", "lead"), ("record", &*lead), ("reason", "A claim"), ("review_on", &*review)];
        assert_eq!(north.owner.client.post("/privacy/holds", &hold).await.status, 303);
        let breach = [
            ("aware_at", "2026-01-05T10:00"),
            ("happened", "A loss"),
            ("categories", "Names"),
            ("effects", "None"),
            ("measures", "None"),
        ];
        assert_eq!(north.owner.client.post("/privacy/breaches", &breach).await.status, 303);
        let mut database = house.superuser().await;
        let mut one = async |table: &str| -> String {
            let query = format!("SELECT id::text FROM {table} ORDER BY id DESC LIMIT 1");
            sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&mut database).await.unwrap()
        };
        let ids = vec![
            ("/imports", "{id}", one("imports").await),
            ("/tasks", "{id}", one("tasks").await),
            ("/settings/pipelines", "{id}", one("pipelines").await),
            ("/settings/pipelines", "{stage}", one("stages").await),
            ("/settings/properties", "{id}", one("properties").await),
            ("/settings/reasons", "{id}", one("reasons").await),
            ("/settings/webhooks", "{id}", hook),
            ("/settings/webhooks", "{delivery}", delivery),
            ("/views", "{id}", one("views").await),
            ("/leads", "{id}", lead.clone()),
            ("/forms", "{id}", north.form.clone()),
            ("/forms", "{key}", "budget".to_owned()),
            ("/forms", "{version}", "1".to_owned()),
            ("/settings/teams", "{id}", team.to_string()),
            ("/privacy/restrictions", "{id}", lead.clone()),
            ("/privacy/holds", "{id}", one("holds").await),
            ("/privacy/agreement", "{version}", "1".to_owned()),
            ("/privacy/breaches", "{id}", one("breaches").await),
            ("/settings/score/rules", "{number}", "3".to_owned()),
            ("/settings/score/groups", "{number}", "1".to_owned()),
            ("/settings/score/versions", "{version}", "1".to_owned()),
            ("/organizations", "{id}", north.id.to_string()),
            ("/settings", "{user}", colleague.user.to_string()),
            ("/sign-up", "{token}", "nothing".to_owned()),
            ("/o/", "{token}", "nothing".to_owned()),
            ("/support/", "{token}", "nothing".to_owned()),
            ("/o/", "{slug}", "north".to_owned()),
            ("/privacy-requests", "{id}", one("rights_requests").await),
        ];
        Self { house, north, ids }
    }

    fn address(&self, path: &str) -> String {
        let fits = self.ids.iter().filter(|(start, _, _)| path.starts_with(start));
        fits.fold(path.to_owned(), |address, (_, place, id)| address.replace(place, id))
    }

    /// Everything that is kept, as text.
    async fn kept(&self) -> String {
        let mut database = self.house.superuser().await;
        let query =
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')";
        let tables: Vec<String> = sqlx::query_scalar(query).fetch_all(&mut database).await.unwrap();
        let mut all = String::new();
        for table in tables {
            let rows = format!("SELECT t::text FROM {table} AS t");
            let rows: Vec<Option<String>> =
                sqlx::query_scalar(sqlx::AssertSqlSafe(rows)).fetch_all(&mut database).await.unwrap();
            all.extend(rows.into_iter().flatten());
        }
        all
    }
}

/// The owner's browser, signed in anew where a request ended its session.
async fn ready(place: &mut Place) {
    if place.north.owner.client.get("/settings/profile").await.status != 200 {
        let email = place.north.owner.email.clone();
        place.house.clock.advance(jiff::SignedDuration::from_hours(1));
        place.north.owner = place.house.sign_in(&email).await;
    }
}

#[tokio::test]
async fn whatever_is_wrong_in_a_field_is_told_and_never_kept() {
    let mut place = Place::furnished().await;
    place.north.owner.client.post("/settings/security/totp", &[]).await;
    for (path, fields) in FORMS {
        ready(&mut place).await;
        let address = place.address(path);
        for (field, kind) in *fields {
            let faults = [
                ("too long", format!("{MARK}{}", "x".repeat(6_000))),
                ("with a control character", format!("{MARK}%07")),
                ("with nothing", format!("{MARK}%00")),
                ("in another charset", format!("{MARK}%E9%FF")),
                ("twice", format!("{MARK}&{field}={MARK}")),
                ("of another kind", format!("{MARK}&{MARK}=1")),
            ];
            for (about, raw) in faults {
                let unreadable = ["in another charset", "twice", "of another kind"].contains(&about);
                if *kind == Box && !unreadable {
                    continue;
                }
                let answer = send(&mut place.north.owner.client, &address, body(fields, field, &raw)).await;
                let about = format!("{path}: {field} {about}: {} {}", answer.status, answer.location());
                assert!(answer.status < 500, "{about}: {}", answer.text());
                if unreadable {
                    assert!(matches!(answer.status, 303 | 400 | 401 | 404 | 409), "{about}");
                    assert!(answer.status != 303 || answer.location().starts_with("/sign-in"), "{about}");
                    continue;
                }
                if let Typed(_) | Chosen(_) = kind {
                    assert_eq!(answer.status, 422, "{about}: {}", answer.text());
                    assert_told(&answer, fields, field, &about);
                }
            }
        }
    }
    let kept = place.kept().await;
    assert!(kept.contains("colleague@north.example"), "the look goes deep enough");
    let at = kept.find(MARK).map(|at| kept.get(at.saturating_sub(200)..at + 40));
    assert_eq!(at, None);
}

/// The fault stands at its field, and what else was typed stands there again.
fn assert_told(answer: &Answer, fields: &[(&str, Kind)], field: &str, about: &str) {
    let page = answer.text();
    assert!(page.contains(&format!("id=\"{field}-fault\"")), "{about}: {page}");
    for (other, kind) in fields {
        if let Typed(value) = kind
            && *other != field
        {
            let value = value.replace('&', "&#38;");
            assert!(page.contains(&value), "{about}: {other} is lost: {page}");
        }
    }
}

#[tokio::test]
async fn an_empty_field_is_never_our_fault() {
    let mut place = Place::furnished().await;
    for (path, fields) in FORMS {
        ready(&mut place).await;
        let address = place.address(path);
        for (field, _) in fields.iter().filter(|(_, kind)| *kind != Box) {
            for raw in ["", "%20%09", "%E2%80%AE"] {
                let answer = send(&mut place.north.owner.client, &address, body(fields, field, raw)).await;
                assert!(answer.status < 500, "{path}: {field} {raw:?}: {}", answer.text());
            }
        }
        let answer = send(&mut place.north.owner.client, &address, String::new()).await;
        assert!(answer.status < 500, "{path} without any field: {}", answer.text());
    }
}

/// The forms of a page: where each is sent, and the names of its fields.
fn forms(page: &str) -> Vec<(String, Vec<String>)> {
    let attribute = |tag: &str, name: &str| {
        let (_, after) = tag.split_once(&format!(" {name}=\""))?;
        after.split_once('"').map(|(value, _)| value.to_owned())
    };
    let forms = page.split("<form").skip(1).map(|form| form.split("</form>").next().unwrap_or_default());
    let posted = forms.filter(|form| form.split('>').next().unwrap_or_default().contains("method=\"post\""));
    posted
        .map(|form| {
            let action = attribute(form.split('>').next().unwrap_or_default(), "action").unwrap_or_default();
            let names = form
                .split('<')
                .skip(1)
                .filter(|tag| ["input", "select", "textarea", "button"].iter().any(|kind| tag.starts_with(kind)));
            let names = names.filter_map(|tag| attribute(tag.split('>').next().unwrap_or_default(), "name"));
            (action, names.filter(|name| !name.is_empty() && !name.starts_with("_organization")).collect())
        })
        .collect()
}

fn is_at(spec: &RouteSpec, path: &str) -> bool {
    let (known, parts): (Vec<&str>, Vec<&str>) = (spec.path.split('/').collect(), path.split('/').collect());
    known.len() == parts.len() && known.iter().zip(&parts).all(|(known, part)| known.starts_with('{') || known == part)
}

#[tokio::test]
async fn the_table_knows_every_field_of_every_page() {
    let mut place = Place::furnished().await;
    place.north.owner.client.post("/settings/security/totp", &[]).await;
    let mut seen = BTreeSet::new();
    let mut unknown = BTreeSet::new();
    let pages: Vec<_> = ROUTES.iter().filter(|spec| spec.method == Method::GET && spec.path != "/live").collect();
    let mut clients = [place.north.owner.client.clone(), place.house.client()];
    for spec in pages {
        for client in &mut clients {
            let page = client.get(&place.address(spec.path)).await;
            for (action, names) in forms(&page.text()) {
                let action = action.split('?').next().unwrap_or_default().to_owned();
                // The literal address goes before the one with a place in it.
                let mut routes: Vec<_> =
                    ROUTES.iter().filter(|spec| spec.method == Method::POST && is_at(spec, &action)).collect();
                routes.sort_by_key(|spec| spec.path.contains('{'));
                let path = routes.first().unwrap_or_else(|| panic!("{}: nothing takes {action}", spec.path)).path;
                seen.insert(path);
                let known =
                    FORMS.iter().find(|(known, _)| *known == path).map(|(_, fields)| *fields).unwrap_or_default();
                let missing = names.into_iter().filter(|name| !known.iter().any(|(field, _)| field == name));
                unknown.extend(missing.filter(|_| !ELSEWHERE.contains(&path)).map(|name| format!("{path}: {name}")));
            }
        }
    }
    assert_eq!(unknown, BTreeSet::new());
    assert!(seen.contains("/settings/organization") && seen.contains("/sign-in") && seen.len() > 20, "{seen:?}");
}

#[tokio::test]
async fn an_address_in_other_letters_is_the_same_and_one_in_other_alphabets_is_not() {
    let mut place = Place::furnished().await;
    let mut client = place.house.client();
    for same in ["OWNER@NORTH.EXAMPLE", "Owner@North.Example", " owner@north.example "] {
        let answer = client.post("/sign-in", &[("email", same), ("password", PASSWORD)]).await;
        assert_eq!((answer.status, answer.location()), (303, "/"), "{same:?}");
    }
    // A Cyrillic o, a full-width o, a dotless i, an invisible space, a soft hyphen: other people, or nobody.
    for other in [
        "\u{43e}wner@north.example",
        "\u{ff4f}wner@north.example",
        "owner@north.example\u{200b}",
        "ow\u{ad}ner@north.example",
        "owner@n\u{43e}rth.example",
    ] {
        let answer = client.post("/sign-in", &[("email", other), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 401, "{other:?}");
    }
    assert_eq!(place.north.owner.client.get("/leads").await.status, 200);
}
