//! Who waits to be told is walked along by an index, however many there are, under row security.

use qualify_postgres::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{
    prepared::plans,
    world::{World, storage_of},
};

#[tokio::test]
async fn rls_8_every_prepared_query_that_seeks_who_waits_to_be_told_is_served_by_an_index() {
    let database = TestDatabase::fresh().await;
    let world = World::found(storage_of(&database)).await;
    let mut superuser = PgConnection::connect_with(&database.superuser()).await.unwrap();
    superuser
        .execute(
            "SET session_replication_role = replica;
            INSERT INTO leads (organization_id, id, version, email, stage_id, legal_basis, first_touch, last_touch, created_at,
                last_submission_at, stage_entered_at, last_activity_at, rank, source, source_import_id)
            SELECT organization_id, gen_random_uuid(), 1, n || '@example.com', id, 'consent', '{}', '{}', to_timestamp(n / 100),
                to_timestamp(n), to_timestamp(n), to_timestamp(n), '8', 'import', id
            FROM stages, generate_series(1, 5000) AS n;
            -- Most were told.
            UPDATE leads SET informed_on = '2026-01-01' WHERE email NOT LIKE '%7@example.com';
            ANALYZE leads",
        )
        .await
        .unwrap();
    let mut app = PgConnection::connect_with(&database.app()).await.unwrap();
    let set = format!(
        "BEGIN; SELECT set_config('qualify.reach', 'all', true),
            set_config('qualify.restricted', 'false', true), set_config('qualify.member', 'anybody', true),
            set_config('qualify.organization_id', '{}', true)",
        world.organization
    );
    app.execute(AssertSqlSafe(set)).await.unwrap();
    let sought = plans(&mut app, |query| query.contains("informed_on IS NULL")).await;
    for (query, plan) in &sought {
        assert!(plan.contains("leads_to_inform") && !plan.contains("Seq Scan on leads"), "{query}:\n{plan}");
    }
    assert_eq!(sought.len(), 4, "up to whom is looked, who waits, since when, and who was told");
}
