//! What the database itself keeps of access for support, and what whoever watches it can read (PRV-11).

use qualify_postgres::testing::TestDatabase;
use sqlx::{Connection, Executor, PgConnection};

use crate::{filled::filled, world::World};

/// What the role that operators log in with reads of the product's own: tables, and functions that run in another role.
const WITHIN_REACH: &str = "SELECT relname::text FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm') AND relname <> '_sqlx_migrations'
        AND (has_table_privilege('qualify_monitor', oid, 'SELECT')
            OR has_any_column_privilege('qualify_monitor', oid, 'SELECT'))
    UNION ALL SELECT proname::text FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND has_function_privilege('qualify_monitor', oid, 'EXECUTE')";

async fn within_reach(connection: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(WITHIN_REACH).fetch_all(connection).await.unwrap()
}

#[tokio::test]
async fn prv_11_the_role_that_watches_reads_no_table_and_runs_no_function() {
    let database = TestDatabase::fresh().await;
    let mut connection = PgConnection::connect_with(&database.superuser()).await.unwrap();
    assert_eq!(within_reach(&mut connection).await, Vec::<String>::new());
    for breach in [
        "GRANT SELECT ON leads TO qualify_monitor",
        "GRANT SELECT (name) ON submissions TO qualify_monitor",
        "GRANT SELECT ON users TO PUBLIC",
        "GRANT EXECUTE ON FUNCTION members_with_profile() TO qualify_monitor",
    ] {
        let mut tx = connection.begin().await.unwrap();
        tx.execute(breach).await.unwrap();
        assert_eq!(within_reach(&mut tx).await.len(), 1, "{breach} would be seen");
        tx.rollback().await.unwrap();
    }
}

#[tokio::test]
async fn prv_11_the_role_that_watches_sees_nothing_of_an_organization_that_is_full() {
    filled().await;
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    connection.execute("ANALYZE").await.unwrap();
    let known: i64 =
        sqlx::query_scalar("SELECT count(*) FROM pg_stats WHERE schemaname = 'public' AND tablename = 'leads'")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert!(known > 0, "a superuser sees which values are frequent");
    connection.execute("SET ROLE qualify_monitor").await.unwrap();
    for table in ["leads", "submissions", "activities", "users", "organizations", "audit_entries", "support_grants"] {
        let look = sqlx::AssertSqlSafe(format!("SELECT * FROM {table}"));
        let refused = connection.execute(look).await.unwrap_err();
        let code = refused.as_database_error().and_then(|refused| refused.code().map(|code| code.to_string()));
        assert_eq!(code.as_deref(), Some("42501"), "{table}");
    }
    let seen: Vec<String> = sqlx::query_scalar(
        "SELECT tablename::text FROM pg_stats WHERE schemaname = 'public' AND tablename <> '_sqlx_migrations'",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    assert_eq!(seen, Vec::<String>::new(), "not even which values are frequent");
}

/// The code with which the database refuses a statement of the runtime role, inside the organization.
pub(crate) async fn refused(world: &World, statement: &'static str) -> Option<String> {
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.app()).await.unwrap();
    let mut tx = connection.begin().await.unwrap();
    let settings = "SELECT set_config('qualify.organization_id', $1, true), set_config('qualify.reach', 'all', true),
        set_config('qualify.member', 'anybody', true), set_config('qualify.restricted', 'false', true)";
    sqlx::query(settings).bind(world.organization.to_string()).execute(&mut *tx).await.unwrap();
    let answer = tx.execute(statement).await;
    answer
        .err()
        .and_then(|refused| refused.as_database_error().and_then(|error| error.code().map(|code| code.to_string())))
}

#[tokio::test]
async fn prv_11_the_database_lets_no_grant_be_longer_than_a_day_or_be_made_longer() {
    let world = filled().await;
    let insert = "INSERT INTO support_grants (organization_id, id, reason, author_id, opened_at, ends_at, expires_at)
        SELECT organization_id, gen_random_uuid(), reason, author_id, opened_at, opened_at + interval '24 hours 1 second',
            expires_at FROM support_grants";
    assert_eq!(refused(&world, insert).await.as_deref(), Some("23514"));
    for change in [
        "UPDATE support_grants SET ends_at = ends_at + interval '1 hour'",
        "UPDATE support_grants SET opened_at = opened_at + interval '1 hour'",
        "UPDATE support_grants SET ended_at = NULL, ended_by = NULL",
        "UPDATE support_visits SET grant_id = gen_random_uuid()",
        "UPDATE support_visits SET link_ends_at = link_ends_at + interval '1 hour'",
        "DELETE FROM support_grants",
        "DELETE FROM support_visits",
    ] {
        assert_eq!(refused(&world, change).await.as_deref(), Some("42501"), "{change}");
    }
    let end = "UPDATE support_grants SET ended_at = opened_at, ended_by = author_id";
    assert_eq!(refused(&world, end).await, None);
    let again = "DO $do$ DECLARE changed bigint; BEGIN
        UPDATE support_grants SET ended_at = opened_at, ended_by = author_id;
        UPDATE support_grants SET ended_at = ends_at;
        GET DIAGNOSTICS changed = ROW_COUNT;
        ASSERT changed = 0, 'what was ended was changed';
    END $do$";
    assert_eq!(refused(&world, again).await, None, "what was ended stays so");
}
