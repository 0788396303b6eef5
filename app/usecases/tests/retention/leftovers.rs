//! What is left of somebody whose lead goes by itself: what the inventory keeps for longer, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use qualify_domain::{
    hook::DELIVERY_KEPT,
    id::LeadId,
    inventory::{Column, Retention, Subject, columns},
    retention::{LEADS, Outcome, RetentionRule},
    submission::Sent,
};
use serde_json::Value;

use super::of;
use crate::{
    erasures::{CANARY, filled, holding, holds, rows},
    world::{World, saying},
};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

type Row = (&'static str, BTreeMap<String, Value>);

/// What else may hang on a lead, or tell of one.
const MORE: &[&str] = &[
    "INSERT INTO consent_events (organization_id, id, submission_id, matter, kind, awaits_confirmation, method, at)
        SELECT organization_id, gen_random_uuid(), id, 'email_marketing', 'given', false, 'form', received_at
        FROM submissions WHERE email LIKE '%canarella%'",
    "INSERT INTO consent_events (organization_id, id, lead_id, matter, kind, awaits_confirmation, method, at)
        SELECT organization_id, gen_random_uuid(), id, 'email_marketing', 'withdrawn', false, 'member', created_at
        FROM leads WHERE email LIKE '%canarella%'",
    "INSERT INTO consent_links (organization_id, id, submission_id, matter, link_use, digest)
        SELECT organization_id, gen_random_uuid(), id, 'email_marketing', 'withdraw', sha256(id::text::bytea)
        FROM submissions WHERE email LIKE '%canarella%'",
    "INSERT INTO submission_keys (organization_id, form_id, key, body, submission_id, expires_at)
        SELECT organization_id, form_id, sha256(id::text::bytea), sha256('body'), id, received_at + interval '48 hours'
        FROM submissions WHERE email LIKE '%canarella%'",
    "INSERT INTO creation_keys (organization_id, api_key_id, key, body, made_id, version, is_new, expires_at)
        SELECT organization_id, organization_id, sha256('key'), sha256('body'), id, 1, true,
            created_at + interval '48 hours'
        FROM leads WHERE email LIKE '%canarella%'",
    // Not in order to keep it: its time goes on.
    "INSERT INTO restrictions (organization_id, lead_id, ground, names_ip, since)
        SELECT organization_id, id, 'contested', false, created_at FROM leads WHERE email LIKE '%canarella%'",
];

/// The tables in which something goes with its lead.
fn ending() -> BTreeSet<&'static str> {
    let goes = |column: &Column| column.tag.subject == Subject::Lead && column.tag.retention.contains(&Retention::Lead);
    columns().filter(goes).map(|column| column.table).collect()
}

/// The ids of a lead, of all that hangs on it and of what that was made of; and the tables in which it is.
fn hanging(rows: &[Row], lead: LeadId) -> (BTreeSet<String>, BTreeSet<&'static str>) {
    let (tables, mut ids) = (ending(), BTreeSet::from([lead.to_string()]));
    loop {
        let is_theirs = |row: &BTreeMap<String, Value>| ids.iter().any(|id| row.values().any(|value| holds(value, id)));
        let theirs: Vec<&Row> = rows.iter().filter(|(table, row)| tables.contains(table) && is_theirs(row)).collect();
        let own =
            theirs.iter().flat_map(|(_, row)| ["id", "merged_id"].map(|name| row.get(name).and_then(Value::as_str)));
        let found: BTreeSet<String> = own.flatten().map(str::to_owned).collect();
        if found.is_subset(&ids) {
            let tables = theirs.iter().map(|(table, _)| *table).collect();
            return (ids, tables);
        }
        ids.extend(found);
    }
}

/// The columns in which one of these stands.
async fn standing(world: &World, ids: &BTreeSet<String>) -> BTreeSet<String> {
    let rows = rows(&world.dump().await);
    let cells = rows.iter().flat_map(|(table, row)| row.iter().map(move |(name, value)| (table, name, value)));
    let found = cells.filter(|(.., value)| ids.iter().any(|id| holds(value, id)));
    found.map(|(table, name, _)| format!("{table}.{name}")).collect()
}

fn named(columns: &[&str]) -> BTreeSet<String> {
    columns.iter().map(|&column| column.to_owned()).collect()
}

#[tokio::test]
async fn ret_12_of_a_lead_that_goes_by_itself_nothing_is_left_in_any_table() {
    let world = World::new().await;
    let home = world.found("North").await;
    let (anna, bert) = filled(&world, &home).await;
    world.work().await;
    for statement in MORE {
        world.sql(statement).await;
    }
    let end = RetentionRule::of_code(LEADS).unwrap().due_at(world.ports.clock.now());
    let (ids, tables) = hanging(&rows(&world.dump().await), anna.id);
    assert_eq!(tables, ending(), "something of hers is wherever something goes with a lead");

    // Somebody else is in touch meanwhile.
    world.clock.advance(SignedDuration::from_hours(24 * 300));
    let again = Sent { email: "bert@example.com".to_owned(), message: "Me again.".to_owned(), ..Sent::default() };
    world.submit(home.form, saying(again)).await.unwrap();
    world.work().await;
    world.clock.advance(end.duration_since(world.ports.clock.now()) - MINUTE);
    assert_eq!(of(&world.sweep().await, LEADS).rows, 0);
    let before = holding(&world, CANARY).await;
    for column in ["leads.name", "submissions.message", "activities.note", "tasks.title", "lead_aliases.norm"] {
        assert!(before.contains(column), "{column}");
    }
    world.clock.advance(MINUTE);
    let swept = world.sweep().await;
    let broken: Vec<_> = swept.iter().filter(|swept| swept.outcome != Outcome::Done).collect();
    assert!(broken.is_empty(), "{broken:?}");
    assert_eq!(of(&swept, LEADS).rows, 1);

    // Nobody ever proved that they had asked for the access, and so the register knows no address either.
    assert_eq!(holding(&world, CANARY).await, named(&[]));
    assert_eq!(world.files.keys(), []);
    assert_eq!(standing(&world, &ids).await, named(&["hook_disclosures.told_id"]), "until they hear that she is gone");
    world.work().await;
    let told: Vec<_> = world.hooks.take().into_iter().map(|attempt| attempt.body.0).collect();
    assert!(told.iter().any(|body| body.contains("lead.erased") && body.contains(&anna.id.to_string())), "{told:?}");
    assert_eq!(world.rows("SELECT count(*) FROM hook_disclosures WHERE lead_id IS NULL").await, 0);
    world.clock.advance(DELIVERY_KEPT);
    world.sweep().await;
    assert_eq!(standing(&world, &ids).await, named(&[]), "nor any id of hers");

    let owner = world.sign_in("owner@north.example").await;
    let left = world.app.leads.read(&owner.actor, bert.id).await.unwrap();
    assert_eq!(left.email, bert.email, "whoever was in touch is there");
    assert_eq!(world.rows("SELECT count(*) FROM leads").await, 1);
}
