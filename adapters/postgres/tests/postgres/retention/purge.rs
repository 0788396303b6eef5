//! An organization goes with all that is its own, and nothing else does.

use qualify_postgres::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Executor, PgConnection, error::DatabaseError};
use uuid::Uuid;

use super::{superuser, try_sweep};
use crate::{
    filled::filled,
    world::{World, noon},
};

/// The tables of tenants, in the order of the purge.
async fn order(connection: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar("SELECT t::text FROM purge_order() AS t").fetch_all(connection).await.unwrap()
}

/// How many rows an organization has, by table.
pub(super) async fn rows(connection: &mut PgConnection, whose: Uuid) -> Vec<(String, i64)> {
    let mut found = Vec::new();
    for table in order(connection).await {
        let query = AssertSqlSafe(format!("SELECT count(*) FROM {table} WHERE organization_id = $1"));
        let count = sqlx::query_scalar(query).bind(whose).fetch_one(&mut *connection).await.unwrap();
        found.push((table, count));
    }
    found
}

async fn close(connection: &mut PgConnection, world: &World) {
    let closing = "UPDATE organizations SET closed_at = '2026-10-24T12:00:00Z', purge_due_at = '2026-11-23T12:00:00Z', ending = 'asked'
        WHERE organization_id = $1";
    sqlx::query(closing).bind(world.organization.0).execute(connection).await.unwrap();
}

#[tokio::test]
async fn every_table_of_tenants_goes_after_those_that_refer_to_it() {
    let mut connection = superuser(TestDatabase::shared().await).await;
    let order = order(&mut connection).await;
    let tenants: Vec<String> = sqlx::query_scalar(
        "SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attname = 'organization_id'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(order.len(), tenants.len());
    assert!(tenants.iter().all(|table| order.contains(table)));
    assert_eq!(order.last().unwrap(), "organizations");
    let keys: Vec<(String, String)> = sqlx::query_as(
        "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
        WHERE contype = 'f' AND conrelid <> confrelid",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    let place = |table: &String| order.iter().position(|placed| placed == table);
    for (from, to) in &keys {
        if let (Some(from_place), Some(to_place)) = (place(from), place(to)) {
            assert!(from_place < to_place, "{from} refers to {to}");
        }
    }
}

#[tokio::test]
async fn a_purge_leaves_no_row_of_the_organization_and_every_row_of_another() {
    let (doomed, other) = (filled().await, filled().await);
    let mut connection = superuser(TestDatabase::shared().await).await;
    let before = rows(&mut connection, doomed.organization.0).await;
    assert!(before.iter().all(|(_, count)| *count > 0), "{before:?}");
    let kept = rows(&mut connection, other.organization.0).await;
    close(&mut connection, &doomed).await;
    assert_eq!(try_sweep(&doomed, "organization", noon(), 7).await.unwrap(), 0, "something of it is held");
    let lifting = sqlx::query("DELETE FROM holds WHERE organization_id = $1").bind(doomed.organization.0);
    lifting.execute(&mut connection).await.unwrap();
    let mut batches = Vec::new();
    loop {
        let gone = try_sweep(&doomed, "organization", noon(), 7).await.unwrap();
        batches.push(gone);
        if gone < 7 {
            break;
        }
    }
    assert!(batches.len() > 3 && batches.iter().all(|gone| *gone <= 8), "{batches:?}");
    assert!(rows(&mut connection, doomed.organization.0).await.iter().all(|(_, count)| *count == 0));
    assert_eq!(rows(&mut connection, other.organization.0).await, kept);
    let certificate: (bool, i64) =
        sqlx::query_as("SELECT ended_at IS NOT NULL, (counts ->> 'leads')::bigint FROM purges WHERE whose = $1")
            .bind(doomed.organization.0)
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(certificate, (true, before.iter().find(|(table, _)| table == "leads").unwrap().1));
    let users: i64 = sqlx::query_scalar("SELECT count(*) FROM users WHERE id = $1")
        .bind(doomed.user.0)
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(users, 0);
}

#[tokio::test]
async fn whoever_purges_sees_no_other_organization_and_no_content() {
    let database = TestDatabase::shared().await;
    let (doomed, _other) = (filled().await, filled().await);
    let mut connection = superuser(database).await;
    close(&mut connection, &doomed).await;
    let role = "SET ROLE qualify_sweep_organization; SET qualify.sweep_cutoff = '2026-11-23T11:59:59Z'";
    connection.execute(role).await.unwrap();
    for table in ["leads", "organizations", "memberships", "sessions", "users"] {
        let look = AssertSqlSafe(format!("SELECT FROM {table}"));
        assert_eq!(connection.execute(look).await.unwrap().rows_affected(), 0, "{table}");
    }
    for refused in [
        "SELECT email FROM leads",
        "SELECT email FROM users",
        "SELECT name FROM organizations",
        "UPDATE leads SET name = NULL",
        "DELETE FROM purges",
        "INSERT INTO leads (organization_id, id) SELECT organization_id, id FROM leads",
    ] {
        let error = connection.execute(refused).await.unwrap_err();
        assert_eq!(error.as_database_error().and_then(DatabaseError::code).as_deref(), Some("42501"), "{refused}");
    }
}
