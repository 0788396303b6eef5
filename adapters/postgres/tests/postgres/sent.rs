//! What somebody sent is found by their address, under row security and among all that others sent.

use qualify_postgres::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

use crate::{
    prepared::plans,
    world::{World, storage_of},
};

/// Two organizations that received so much that the planner would rather not read it all.
async fn crowded(database: &TestDatabase) -> World {
    let worlds = [World::found(storage_of(database)).await, World::found(storage_of(database)).await];
    let mut superuser = PgConnection::connect_with(&database.superuser()).await.unwrap();
    superuser
        .execute(
            "SET session_replication_role = replica;
            INSERT INTO submissions (organization_id, id, form_id, form_version, received_at, email, consented, notice,
                verdict, spam_reasons, lead_id)
            SELECT organization_id, gen_random_uuid(), id, 1, to_timestamp(n), 'Anna' || n || '@example.com', false, 'Notice',
                'accepted', '{}', gen_random_uuid()
            FROM forms, generate_series(1, 5000) AS n;
            ANALYZE submissions",
        )
        .await
        .unwrap();
    worlds.into_iter().next().unwrap()
}

#[tokio::test]
async fn rls_8_every_prepared_query_that_seeks_what_somebody_sent_is_served_by_an_index() {
    let database = TestDatabase::fresh().await;
    let world = crowded(&database).await;
    let mut app = PgConnection::connect_with(&database.app()).await.unwrap();
    let set = format!(
        "BEGIN; SELECT set_config('qualify.reach', 'all', true),
            set_config('qualify.restricted', 'true', true), set_config('qualify.member', 'anybody', true),
            set_config('qualify.platform_task', '', true),
            set_config('qualify.organization_id', '{}', true)",
        world.organization
    );
    app.execute(AssertSqlSafe(set)).await.unwrap();
    let sought = plans(&mut app, |query| {
        let by_address = query.contains("email_norm = $2") || query.contains("email_norm = $3");
        by_address && query.contains("FROM submissions")
    })
    .await;
    for (query, plan) in &sought {
        assert!(plan.contains("submissions_by_email") && !plan.contains("Seq Scan on submissions"), "{query}:\n{plan}");
    }
    assert_eq!(sought.len(), 3, "whose leads they are, what hangs on none, and what is handed out");
}

#[tokio::test]
async fn an_address_is_kept_as_it_is_compared_beside_as_it_was_sent() {
    let database = TestDatabase::fresh().await;
    crowded(&database).await;
    let mut superuser = PgConnection::connect_with(&database.superuser()).await.unwrap();
    let differ = "SELECT count(*) FROM submissions
        WHERE email_norm IS DISTINCT FROM lower(email COLLATE \"und-x-icu\") OR email_norm = email";
    let differ: i64 = sqlx::query_scalar(differ).fetch_one(&mut superuser).await.unwrap();
    assert_eq!(differ, 0);
}
