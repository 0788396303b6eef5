//! What a copy is made of is read from every table that holds something for it.

use std::collections::BTreeMap;

use qualify_domain::{
    access::{Duty, Permission},
    inventory::Subject,
    person_copy::parts,
};
use qualify_ports::storage::{HeldRow, PlatformTask, Storage};
use qualify_postgres::testing::TestDatabase;
use serde_json::{Map, Value};
use sqlx::{Connection, PgConnection};

use crate::{
    filled::filled,
    world::{World, email},
};

fn by_table(held: Vec<HeldRow>) -> BTreeMap<String, Vec<Map<String, Value>>> {
    let mut tables: BTreeMap<String, Vec<Map<String, Value>>> = BTreeMap::new();
    for row in held {
        tables.entry(row.table).or_default().push(serde_json::from_str(&row.row).unwrap());
    }
    tables
}

/// Names each table and column that its subject gets and that was not read.
fn missing(subject: Subject, held: Vec<HeldRow>) -> Vec<String> {
    let tables = by_table(held);
    let mut missing = Vec::new();
    for part in parts(subject) {
        match tables.get(part.table) {
            None => missing.push(part.table.to_owned()),
            Some(rows) => {
                let gone = part.columns.iter().filter(|column| rows.iter().any(|row| !row.contains_key(**column)));
                missing.extend(gone.map(|column| format!("{}.{column}", part.table)));
            }
        }
    }
    missing
}

async fn of_person(world: &World, address: &str) -> Vec<HeldRow> {
    let address = email(address);
    let mut tx = world.begin(Permission::CopyPerson).await;
    // Nothing was sent for these leads, so nothing makes sure whose they are.
    let leads = tx.people().unsure_of(&address).await.unwrap();
    tx.people().of_leads(&leads, Some(&address)).await.unwrap()
}

async fn of_anna(world: &World) -> Vec<HeldRow> {
    of_person(world, "Anna@example.com").await
}

#[tokio::test]
async fn dsr_8_every_column_of_a_lead_that_its_person_gets_is_read() {
    let world = filled().await;
    let restricted = of_person(&world, "restricted@example.com").await;
    let rows = of_anna(&world).await.into_iter().chain(restricted).collect();
    assert_eq!(missing(Subject::Lead, rows), Vec::<String>::new());
}

#[tokio::test]
async fn dsr_8_every_column_of_a_user_that_they_get_is_read_and_no_secret() {
    let world = filled().await;
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    for statement in [
        "UPDATE invitations SET email = (SELECT email FROM users WHERE id = $1)
        WHERE organization_id = (SELECT organization_id FROM memberships WHERE user_id = $1)",
        "INSERT INTO passkeys (id, user_id, credential_id, public_key, state, name, added_at)
        VALUES (gen_random_uuid(), $1, convert_to($1::text, 'UTF8'), 'public', 'state', 'Laptop', to_timestamp(0))",
        "INSERT INTO one_time_tokens (id, kind, digest, email, issued_at, expires_at)
        SELECT gen_random_uuid(), 'sign_up', sha256(convert_to($1::text, 'UTF8')), email, to_timestamp(0), to_timestamp(0)
        FROM users WHERE id = $1",
        "INSERT INTO pending_sign_ups (token_id, home_id, first_name, last_name, organization, language)
        SELECT id, gen_random_uuid(), 'Odile', 'Owner', 'North', 'en'
        FROM one_time_tokens WHERE digest = sha256(convert_to($1::text, 'UTF8'))",
    ] {
        sqlx::query(statement).bind(world.user.0).execute(&mut connection).await.unwrap();
    }
    let mut tx = world.storage.platform(PlatformTask::CopyAccount).await.unwrap();
    let mut held = tx.held().of_user(world.user).await.unwrap();
    let product = qualify_domain::access::Actor::product(world.organization, Duty::CopyPerson);
    let mut tx = world.storage.tenant(&product.permit(Permission::CopyPerson).unwrap()).await.unwrap();
    held.extend(tx.people().of_member(world.user).await.unwrap());
    for secret in ["digest", "sealed", "public_key", "credential_id", "state\": \"\\\\"] {
        let told = held.iter().find(|row| row.row.contains(&format!("\"{secret}")));
        assert!(told.is_none(), "{secret} is in {:?}", told.map(|row| &row.table));
    }
    assert_eq!(missing(Subject::User, held), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_of_another_organization_is_read_for_a_copy() {
    let (world, other) = (filled().await, filled().await);
    let anna = email("anna@example.com");
    let mut theirs = other.begin(Permission::CopyPerson).await;
    let leads = theirs.people().unsure_of(&anna).await.unwrap();
    assert!(!leads.is_empty());
    let mut tx = world.begin(Permission::CopyPerson).await;
    assert!(tx.people().of_leads(&leads, None).await.unwrap().is_empty());
    let stranger = tx.people().of_member(other.user).await.unwrap();
    assert!(stranger.iter().all(|row| row.table == "organizations"), "the organization's own name alone");
    let meanings = tx.people().meanings(&leads).await.unwrap();
    let foreign = other.organization.to_string();
    assert!(meanings.iter().all(|meaning| meaning.id != foreign && meaning.id != other.user.to_string()));
}

#[tokio::test]
async fn ret_2_no_copy_holds_an_address_that_had_its_time() {
    let world = filled().await;
    let ip = async || by_table(of_anna(&world).await)["submissions"][0]["ip"].clone();
    assert_eq!(ip().await, "192.0.2.7");
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    sqlx::query("UPDATE submissions SET received_at = received_at - interval '30 days' WHERE organization_id = $1")
        .bind(world.organization.0)
        .execute(&mut connection)
        .await
        .unwrap();
    assert_eq!(ip().await, Value::Null);
}
