//! One table of tests: every role × every route × every reach. What a role is answered is what the matrix says, and the
//! second part of `docs/permissions.md` is printed from the answers.
//!
//! A new route needs nothing here: `Ids` in `isolation.rs` tells what to send to it.

use std::{collections::BTreeMap, fmt::Write};

use futures::future::join_all;
use qualify_domain::access::{Permission, Reach, Role};
use qualify_http::{Access, ROUTES, RouteSpec};
use qualify_integration::{Answer, House, Organization, Person, rows};
use reqwest::Method;
use serde_json::json;

use crate::census::{Ids, ask, capture, furnished};

/// Whose a lead is, as somebody in a team sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whose {
    Mine,
    Nobodys,
    MyTeams,
    AnotherTeams,
}

impl Whose {
    const ALL: [Self; 4] = [Self::Mine, Self::Nobodys, Self::MyTeams, Self::AnotherTeams];

    /// Whether a reach covers it.
    fn is_within(self, reach: Reach) -> bool {
        match reach {
            Reach::Own => self <= Self::Nobodys,
            Reach::Team => self <= Self::MyTeams,
            Reach::All => true,
        }
    }
}

/// How somebody is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    In,
    NotThere,
    Forbidden,
    /// Anything that no cell may be: sent away, or broken.
    Wrong(u16),
}

/// A cell of the table: a route, and the lead it was about if it is about one.
type Cell = (usize, Option<Whose>);

/// The leads' page shows what is within reach; the routes of one lead find it, or not.
fn is_about_leads(spec: &RouteSpec) -> bool {
    spec.path == "/leads" || spec.path.starts_with("/leads/{id}")
}

/// The routes of members, by their place in the table of routes.
fn routes() -> impl Iterator<Item = (usize, &'static RouteSpec)> {
    let is_members = |spec: &RouteSpec| matches!(spec.access, Access::Member | Access::Granted(_));
    ROUTES.iter().enumerate().filter(move |(_, spec)| is_members(spec))
}

fn cells(spec: &RouteSpec) -> Vec<Option<Whose>> {
    if is_about_leads(spec) { Whose::ALL.map(Some).to_vec() } else { vec![None] }
}

/// What the matrix says.
fn expected(role: Role) -> BTreeMap<Cell, Seen> {
    let reach = |permission: Permission| {
        role.grants().iter().find(|(granted, _)| *granted == permission).map(|(_, reach)| *reach)
    };
    let answer = |spec: &RouteSpec, whose: Option<Whose>| match spec.access.permission().map(reach) {
        Some(None) => Seen::Forbidden,
        Some(Some(reach)) if whose.is_some_and(|whose| !whose.is_within(reach)) => Seen::NotThere,
        _ => Seen::In,
    };
    routes()
        .flat_map(|(at, spec)| cells(spec).into_iter().map(move |whose| ((at, whose), answer(spec, whose))))
        .collect()
}

/// The cells that are not as they should be.
fn faults(role: Role, should: &BTreeMap<Cell, Seen>, are: &BTreeMap<Cell, Seen>) -> Vec<String> {
    let named = |(at, whose): &Cell| format!("{role}: {} {} {whose:?}", ROUTES[*at].method, ROUTES[*at].path);
    let told = |cell: &Cell| format!("{} should be {:?} and is {:?}", named(cell), should.get(cell), are.get(cell));
    should.keys().filter(|cell| should.get(*cell) != are.get(*cell)).map(told).collect()
}

/// North, with the teams East and West, a lead of each and one of nobody; what it has besides.
struct World {
    house: House,
    north: Organization,
    ids: Ids,
    leads: BTreeMap<Whose, String>,
    spare: Vec<String>,
}

impl World {
    async fn build() -> Self {
        let house = House::open().await;
        let mut north = furnished(&house, "North").await;
        for number in 0..Role::ALL.len() + 2 {
            capture(&house, &north.public_id, &json!({"email": format!("lead-{number}@example.com")})).await;
        }
        let mut spare: Vec<String> =
            north.wait_for_leads(Role::ALL.len() + 3).await.into_iter().map(|row| row.id).collect();
        let mut leads = BTreeMap::from([(Whose::Nobodys, spare.pop().unwrap())]);
        for (whose, team) in [(Whose::MyTeams, "East"), (Whose::AnotherTeams, "West")] {
            assert_eq!(north.owner.client.post("/settings/teams", &[("name", team)]).await.status, 303);
            let email = format!("colleague@{team}.example").to_lowercase();
            let colleague = house.join(&north, &email, &[Role::Agent]).await;
            put_in_team(&house, team, &colleague).await;
            leads.insert(whose, spare.pop().unwrap());
            give(&house, &leads[&whose], &colleague).await;
        }
        let ids = Ids { version: "0".to_owned(), ..Ids::of(&house, &north).await };
        Self { house, north, ids, leads, spare }
    }

    /// Asks every route as somebody of that role, who is in the team East and owns a lead.
    async fn walk(&self, role: Role, own: &str) -> BTreeMap<Cell, Seen> {
        let email = format!("{role}.member@north.example");
        let person = self.house.join(&self.north, &email, &[role]).await;
        put_in_team(&self.house, "East", &person).await;
        give(&self.house, own, &person).await;
        let mut client = person.client;
        let mut seen = BTreeMap::new();
        // What ends a session, or the membership, comes last.
        let mut routes: Vec<_> = routes().collect();
        routes.sort_by_key(|(_, spec)| match (spec.path, &spec.method) {
            ("/departure", &Method::POST) => 2,
            ("/sign-out", _) => 1,
            _ => 0,
        });
        for (at, spec) in routes {
            if spec.path == "/departure" && spec.method == Method::POST {
                client = self.house.sign_in(&email).await.client;
            }
            let list = match (spec.path, &spec.method) {
                ("/leads", &Method::GET) => Some(ask(&client, spec, &self.ids).await),
                _ => None,
            };
            for whose in cells(spec) {
                let lead = whose.map(|whose| self.leads.get(&whose).map_or(own, |lead| lead));
                let answer = match (&list, lead) {
                    (Some(page), Some(lead)) => shows(page, spec, lead),
                    (None, Some(lead)) => {
                        told(&ask(&client, spec, &Ids { lead: lead.to_owned(), ..self.ids.clone() }).await, spec)
                    }
                    (_, None) => told(&ask(&client, spec, &self.ids).await, spec),
                };
                seen.insert((at, whose), answer);
            }
        }
        seen
    }
}

fn shows(page: &Answer, spec: &RouteSpec, lead: &str) -> Seen {
    match told(page, spec) {
        Seen::In if rows(page).iter().any(|row| row.id == lead) => Seen::In,
        Seen::In => Seen::NotThere,
        refused => refused,
    }
}

/// A route that is about one lead says whether it is there; others are entered, whatever they then find of what was sent.
fn told(answer: &Answer, spec: &RouteSpec) -> Seen {
    match answer.status {
        403 => Seen::Forbidden,
        404 if spec.path.starts_with("/leads/{id}") => Seen::NotThere,
        401 | 500.. => Seen::Wrong(answer.status),
        // Whoever signed in just now is not asked again who they are, either.
        303 if spec.confirmed && answer.location().starts_with("/confirm") => Seen::Wrong(303),
        // A sign-out leads there, too, and says so.
        303 if answer.location().starts_with("/sign-in") && !answer.location().ends_with("after=sign-out") => {
            Seen::Wrong(303)
        }
        _ => Seen::In,
    }
}

async fn put_in_team(house: &House, team: &'static str, person: &Person) {
    let query = "INSERT INTO team_members (organization_id, team_id, user_id, is_leader)
        SELECT organization_id, id, $1, false FROM teams WHERE name = $2";
    sqlx::query(query).bind(person.user.0).bind(team).execute(&mut house.superuser().await).await.unwrap();
}

async fn give(house: &House, lead: &str, person: &Person) {
    let query = "UPDATE leads SET owner_id = $1 WHERE id = $2::uuid";
    let given = sqlx::query(query).bind(person.user.0).bind(lead).execute(&mut house.superuser().await).await.unwrap();
    assert_eq!(given.rows_affected(), 1);
}

/// The letter of what was seen in the cells of one route: the widest reach that explains it.
fn letter(seen: &BTreeMap<Cell, Seen>, at: usize) -> &'static str {
    let within = |whose| seen.get(&(at, Some(whose))) == Some(&Seen::In);
    match Whose::ALL.map(within) {
        [true, true, true, true] => "A",
        [true, true, true, false] => "T",
        [true, true, false, false] => "O",
        _ if seen.get(&(at, None)) == Some(&Seen::In) => "✓",
        _ => "–",
    }
}

const HEAD: &str = "## Routes\n\nPrinted by `tests/integration/tests/whole/permissions.rs` from what each role is answered; `UPDATE=1 cargo nextest \
run -p qualify-integration -E 'test(rls_13_every_role)'` prints it anew.\n\n✓: let in · –: refused · A, T, O: which leads it \
finds or shows; others are not there\n\n";

fn printed(all: &[(Role, BTreeMap<Cell, Seen>)]) -> String {
    let mut page = format!("{HEAD}| route | permission |");
    for (role, _) in all {
        write!(page, " {role} |").unwrap();
    }
    writeln!(page, "\n|---|---|{}", "---|".repeat(all.len())).unwrap();
    for (at, spec) in routes() {
        let asked = spec.access.permission().map_or("–".to_owned(), |permission| format!("{permission:?}"));
        write!(page, "| {} {} | {asked} |", spec.method, spec.path).unwrap();
        for (_, seen) in all {
            write!(page, " {} |", letter(seen, at)).unwrap();
        }
        page.push('\n');
    }
    page.push_str("\nFor anybody, or for visitors in front of a form:");
    for spec in ROUTES.iter().filter(|spec| !matches!(spec.access, Access::Member | Access::Granted(_))) {
        write!(page, "\n- {} {}: {:?}", spec.method, spec.path, spec.access).unwrap();
    }
    page.push('\n');
    page
}

#[tokio::test]
async fn rls_13_every_role_is_answered_by_every_route_for_every_reach_as_the_matrix_says() {
    let world = World::build().await;
    let walks = Role::ALL.into_iter().zip(&world.spare).map(async |(role, own)| (role, world.walk(role, own).await));
    let all: Vec<(Role, BTreeMap<Cell, Seen>)> = join_all(walks).await;
    let found: Vec<String> = all.iter().flat_map(|(role, seen)| faults(*role, &expected(*role), seen)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));

    // The table can fail: taken for another role, each is reported wherever the matrix has another cell.
    for (role, seen) in &all {
        for other in Role::ALL.into_iter().filter(|other| expected(*other) != expected(*role)) {
            let differs = expected(other).iter().filter(|(cell, should)| expected(*role)[cell] != **should).count();
            assert_eq!(faults(other, &expected(other), seen).len(), differs, "{role} taken for {other}");
            assert!(differs > 0);
        }
    }

    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/permissions.md");
    let committed = std::fs::read_to_string(path).unwrap();
    let (matrix, routes) = committed
        .split_once("## Routes")
        .map_or((&*committed, String::new()), |(matrix, rest)| (matrix, format!("## Routes{rest}")));
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, format!("{}\n\n{}", matrix.trim_end(), printed(&all))).unwrap();
    } else {
        assert_eq!(routes, printed(&all));
    }
}
