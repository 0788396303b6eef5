//! What one organization keeps, another cannot see, count, change or collide with.

use futures::future::join_all;
use qualify_domain::{
    access::{Permission, Role},
    activity::{Activity, What},
    id::{ActivityId, LeadId},
    lead_filter::LeadFilter,
    text::Message,
};
use qualify_ports::storage::{LeadQuery, PlatformTask, Storage, StorageError};
use qualify_postgres::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, postgres::PgPoolOptions};

use crate::{
    filled::filled,
    stores::digest,
    world::{World, after, eye, id, noon},
};

async fn app() -> PgConnection {
    PgConnection::connect_with(&TestDatabase::shared().await.app()).await.unwrap()
}

async fn tables(with_organization: bool) -> Vec<String> {
    let mut connection = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    sqlx::query_scalar(
        "SELECT relname::text FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> '_sqlx_migrations'
            AND $1 = EXISTS (SELECT FROM pg_attribute WHERE attrelid = pg_class.oid AND attname = 'organization_id')",
    )
    .bind(with_organization)
    .fetch_all(&mut connection)
    .await
    .unwrap()
}

#[tokio::test]
async fn rls_2_a_query_without_scope_is_an_error() {
    filled().await;
    for table in tables(true).await {
        let fresh = app().await.execute(AssertSqlSafe(format!("SELECT FROM {table}"))).await.unwrap_err();
        assert!(fresh.to_string().contains("qualify.organization_id"), "{table}: {fresh}");
    }
}

#[tokio::test]
async fn rls_2_a_query_after_a_tenants_transaction_is_an_error() {
    let world = filled().await;
    let mut connection = app().await;
    let mut tx = connection.begin().await.unwrap();
    let set = format!(
        "SELECT set_config('qualify.reach', 'all', true), set_config('qualify.restricted', 'false', true), set_config('qualify.member', 'anybody', true), set_config('qualify.organization_id', '{}', true)",
        world.organization
    );
    tx.execute(AssertSqlSafe(set)).await.unwrap();
    tx.execute("SELECT FROM leads").await.unwrap();
    tx.commit().await.unwrap();
    for table in tables(true).await {
        let late = connection.execute(AssertSqlSafe(format!("SELECT FROM {table}"))).await.unwrap_err();
        assert!(late.to_string().contains("invalid input syntax for type uuid"), "{table}: {late}");
    }
}

#[tokio::test]
async fn rls_2_the_platforms_tables_are_errors_inside_an_organization() {
    let world = filled().await;
    let names = tables(false).await;
    assert!(names.contains(&"users".to_owned()), "{names:?}");
    let mut superuser = PgConnection::connect_with(&TestDatabase::shared().await.superuser()).await.unwrap();
    for table in names {
        let mut connection = app().await;
        let mut tx = connection.begin().await.unwrap();
        let set = format!(
            "SELECT set_config('qualify.reach', 'all', true), set_config('qualify.restricted', 'false', true), set_config('qualify.member', 'anybody', true), set_config('qualify.organization_id', '{}', true), set_config('qualify.platform_task', '', true)",
            world.organization
        );
        tx.execute(AssertSqlSafe(set)).await.unwrap();
        // A policy is asked where there is a row: one that is there, or one that is to come.
        let select = format!("SELECT FROM {table}");
        let insert = format!("INSERT INTO {table} DEFAULT VALUES");
        let count = sqlx::query_scalar::<_, i64>(AssertSqlSafe(format!("SELECT count(*) FROM {table}")));
        let rows = count.fetch_one(&mut superuser).await.unwrap();
        // Proofs are written by a role of their own.
        let may_insert = sqlx::query_scalar::<_, bool>("SELECT has_table_privilege('qualify_app', $1, 'INSERT')");
        let may_insert = may_insert.bind(&table).fetch_one(&mut superuser).await.unwrap();
        // What is reached by functions alone is not even looked at.
        let may_select = sqlx::query_scalar::<_, bool>("SELECT has_table_privilege('qualify_app', $1, 'SELECT')");
        let may_select = may_select.bind(&table).fetch_one(&mut superuser).await.unwrap();
        for statement in
            [(rows > 0 && may_select).then_some(select), may_insert.then_some(insert)].into_iter().flatten()
        {
            let mut attempt = tx.begin().await.unwrap();
            let refused = attempt.execute(AssertSqlSafe(statement.clone())).await.unwrap_err();
            assert!(refused.to_string().contains("platform_task_name"), "{statement}: {refused}");
            let fresh = app().await.execute(AssertSqlSafe(statement.clone())).await.unwrap_err();
            assert!(fresh.to_string().contains("qualify.platform_task"), "{statement}: {fresh}");
        }
    }
}

#[tokio::test]
async fn rls_2_work_for_the_platform_reaches_no_tenants_table() {
    let world = filled().await;
    drop(world);
    for table in tables(true).await {
        let mut connection = app().await;
        let mut tx = connection.begin().await.unwrap();
        tx.execute("SELECT set_config('qualify.platform_task', 'relay_outbox', true)").await.unwrap();
        tx.execute(AssertSqlSafe(format!("SELECT FROM {table}"))).await.unwrap_err();
    }
}

#[tokio::test]
async fn rls_12_no_table_shows_gives_or_takes_another_tenants_rows() {
    let (ours, theirs) = (filled().await, filled().await);
    for table in tables(true).await {
        let mut connection = app().await;
        let mut tx = connection.begin().await.unwrap();
        let set = format!(
            "SELECT set_config('qualify.reach', 'all', true), set_config('qualify.restricted', 'true', true), set_config('qualify.member', 'anybody', true), set_config('qualify.organization_id', '{}', true)",
            ours.organization
        );
        tx.execute(AssertSqlSafe(set)).await.unwrap();
        let count = async |tx: &mut PgConnection, whose: &str| -> i64 {
            let sql = format!("SELECT count(*) FROM {table} WHERE organization_id {whose} '{}'", ours.organization);
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(tx).await.unwrap()
        };
        assert!(count(&mut tx, "=").await > 0, "{table}: its own rows are seen, so the next lines prove something");
        assert_eq!(count(&mut tx, "<>").await, 0, "{table}: rows of others are seen");
        let stray = format!("UPDATE {table} SET organization_id = '{}'", theirs.organization);
        let deletion = format!("DELETE FROM {table} WHERE organization_id = '{}'", theirs.organization);
        let copy =
            format!("INSERT INTO {table} (organization_id) OVERRIDING SYSTEM VALUE VALUES ('{}')", theirs.organization);
        for (statement, expected) in [(stray, "42501"), (copy, "42501")] {
            let mut attempt = tx.begin().await.unwrap();
            let refused = attempt.execute(AssertSqlSafe(statement)).await.unwrap_err();
            let code = refused.as_database_error().unwrap().code().unwrap().into_owned();
            // A check or a missing column may speak first: the row is refused either way.
            assert!([expected, "23502"].contains(&&*code), "{table}: {refused}");
        }
        let mut attempt = tx.begin().await.unwrap();
        match attempt.execute(AssertSqlSafe(deletion)).await {
            Ok(done) => assert_eq!(done.rows_affected(), 0, "{table}"),
            Err(refused) => assert!(refused.to_string().contains("permission denied"), "{table}: {refused}"),
        }
    }
}

#[tokio::test]
async fn rls_5_a_row_cannot_point_at_another_tenants_row() {
    let (ours, theirs) = (World::new().await, World::new().await);
    let lead = theirs.lead(noon(), "anna@example.com");
    theirs.keep_lead(&lead).await;
    let mut tx = ours.begin(Permission::NoteLead).await;
    let what = What::Noted(Message::parse("Mine now.").unwrap());
    let note = Activity { id: ActivityId(id()), lead: lead.id, at: noon(), author: None, what };
    assert!(matches!(tx.activities().insert(&note).await, Err(StorageError::Stale)), "no such lead is left, it says");

    let mut foreign = ours.lead(noon(), "bert@example.com");
    foreign.stage = theirs.pipeline.stages[0].id;
    let mut tx = ours.begin(Permission::ProcessSubmission).await;
    assert!(matches!(tx.leads().insert(&foreign).await, Err(StorageError::Failed(_))));

    let mut strayed = ours.submission(noon(), "carl@example.com");
    strayed.form = theirs.form.id;
    assert!(matches!(ours.capture(strayed, 1).await, Err(StorageError::Failed(_))));
}

#[tokio::test]
async fn rls_5_two_organizations_may_use_the_same_ids() {
    let (ours, theirs) = (World::new().await, World::new().await);
    let mut lead = ours.lead(noon(), "anna@example.com");
    ours.keep_lead(&lead).await;
    (lead.stage, lead.form) = (theirs.pipeline.stages[0].id, Some(theirs.form.id));
    theirs.keep_lead(&lead).await;
    assert!(ours.begin(Permission::ReadLeads).await.leads().find(lead.id).await.unwrap().is_some());
}

#[tokio::test]
async fn rls_3_the_scope_ends_with_its_transaction_and_a_pool_never_mixes_tenants() {
    let (ours, theirs) = (World::new().await, World::new().await);
    ours.keep_lead(&ours.lead(noon(), "ours@example.com")).await;
    theirs.keep_lead(&theirs.lead(noon(), "theirs@example.com")).await;
    let options = TestDatabase::shared().await.app();
    let pool = PgPoolOptions::new().max_connections(2).test_before_acquire(false).connect_with(options).await.unwrap();
    let turns = (0..4).map(|lane| {
        let (pool, ours, theirs) = (&pool, &ours, &theirs);
        async move {
            for turn in 0..2_500 {
                let whose = if (turn + lane) % 2 == 0 { ours } else { theirs };
                let begin =
                    format!("BEGIN; SELECT set_config('qualify.reach', 'all', true), set_config('qualify.restricted', 'false', true), set_config('qualify.member', 'anybody', true), set_config('qualify.organization_id', '{}', true)", whose.organization);
                let mut tx = pool.begin_with(AssertSqlSafe(begin)).await.unwrap();
                let seen: Vec<uuid::Uuid> =
                    sqlx::query_scalar("SELECT organization_id FROM leads").fetch_all(&mut *tx).await.unwrap();
                assert_eq!(seen, [whose.organization.0]);
                if turn % 3 == 0 { drop(tx) } else { tx.commit().await.unwrap() }
            }
        }
    });
    join_all(turns).await;
    sqlx::query("SELECT FROM leads").fetch_all(&pool).await.unwrap_err();
}

#[tokio::test]
async fn a_permission_that_reads_cannot_write() {
    let world = World::new().await;
    let lead = world.lead(noon(), "anna@example.com");
    let mut tx = world.begin(Permission::ReadLeads).await;
    assert!(matches!(tx.leads().insert(&lead).await, Err(StorageError::Failed(_))));
}

#[tokio::test]
async fn dropped_work_leaves_no_trace() {
    let world = World::new().await;
    let lead = world.lead(noon(), "anna@example.com");
    let mut tx = world.begin(Permission::ProcessSubmission).await;
    tx.leads().insert(&lead).await.unwrap();
    drop(tx);
    assert!(world.begin(Permission::ReadLeads).await.leads().find(lead.id).await.unwrap().is_none());
}

#[tokio::test]
async fn an_agent_reaches_own_leads_and_those_of_nobody() {
    let world = World::new().await;
    let colleague = world.join(Role::Agent).await;
    let leads = [None, Some(world.user), Some(colleague)].map(|owner| {
        let mut lead = world.lead(after(1), &format!("{}@example.com", id().simple()));
        lead.owner = owner;
        lead
    });
    for lead in &leads {
        world.keep_lead(lead).await;
    }
    let scope = world.member(Role::Agent).permit(Permission::QualifyLead).unwrap();
    let mut tx = world.storage.tenant(&scope).await.unwrap();
    let mut reached: Vec<LeadId> = vec![];
    for lead in &leads {
        reached.extend(tx.leads().find(lead.id).await.unwrap().map(|lead| lead.id));
    }
    assert_eq!(reached, [leads[0].id, leads[1].id]);
    let listed = tx.leads().page(&LeadQuery::newest(&LeadFilter::default(), &eye(), 10)).await.unwrap().items;
    assert_eq!(listed.len(), 2);
    assert!(matches!(tx.leads().update(&leads[2]).await, Err(StorageError::Stale)));
    assert!(tx.activities().of_lead(leads[2].id, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn rls_6_a_definers_function_serves_its_task_only() {
    let world = World::new().await;
    let mut tx = world.storage.platform(PlatformTask::SignIn).await.unwrap();
    assert!(tx.directory().resolve_form(world.form.public_id, noon()).await.is_err());
    let mut tx = world.storage.platform(PlatformTask::SignIn).await.unwrap();
    assert!(tx.directory().resolve_key(&digest()).await.is_err());
    let mut tx = world.storage.platform(PlatformTask::ResolveForm).await.unwrap();
    assert!(tx.queue().waiting().await.is_err());
    let mut tx = world.storage.platform(PlatformTask::ResolveForm).await.unwrap();
    assert!(tx.directory().resolve_form(world.form.public_id, noon()).await.unwrap().is_some());
}
