//! Several copies may migrate at once; none starts on a schema that is not its own.

use std::process::Command;

use futures::future::join_all;
use qualify_domain::{
    access::Permission,
    event::Event,
    notification::{Choice, NotificationKind},
};
use qualify_ports::storage::{PlatformTask, Storage};
use qualify_postgres::{SchemaState, migrate, schema_state, testing::TestDatabase};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool, postgres::PgConnectOptions};

use crate::world::{World, noon, storage_of};

async fn state(database: &TestDatabase) -> SchemaState {
    let pool = PgPool::connect_with(database.app()).await.unwrap();
    schema_state(&pool).await.unwrap()
}

async fn alter(database: &TestDatabase, statement: &'static str) {
    let mut superuser = PgConnection::connect_with(&database.superuser()).await.unwrap();
    superuser.execute(statement).await.unwrap();
}

#[tokio::test]
async fn copies_that_migrate_at_once_take_turns() {
    let database = TestDatabase::empty().await;
    let migrating = (0..6).map(|_| {
        let options: PgConnectOptions = database.migrator();
        tokio::spawn(async move { migrate(&options).await })
    });
    for done in join_all(migrating).await {
        done.unwrap().unwrap();
    }
    assert_eq!(state(&database).await, SchemaState::Current);
    let mut superuser = PgConnection::connect_with(&database.superuser()).await.unwrap();
    let twice: i64 = sqlx::query_scalar("SELECT count(*) - count(DISTINCT version) FROM _sqlx_migrations")
        .fetch_one(&mut superuser)
        .await
        .unwrap();
    assert_eq!(twice, 0);
}

#[tokio::test]
async fn migrating_again_changes_nothing() {
    let database = TestDatabase::fresh().await;
    migrate(&database.migrator()).await.unwrap();
    assert_eq!(state(&database).await, SchemaState::Current);
}

#[tokio::test]
async fn an_empty_database_misses_every_migration() {
    let database = TestDatabase::empty().await;
    let SchemaState::Missing(names) = state(&database).await else { panic!("nothing was migrated") };
    assert_eq!(names[0], "0001 create row security");
    storage_of(&database).ready().await.unwrap_err();
}

#[tokio::test]
async fn a_schema_of_a_newer_program_is_refused() {
    let database = TestDatabase::fresh().await;
    alter(&database, "INSERT INTO _sqlx_migrations VALUES (9000, 'create teleporter', now(), true, '\\x00', 0)").await;
    assert_eq!(state(&database).await, SchemaState::Newer(vec!["9000 create teleporter".into()]));
    storage_of(&database).ready().await.unwrap_err();
    migrate(&database.migrator()).await.unwrap_err();
}

#[tokio::test]
async fn a_half_made_schema_is_refused() {
    let database = TestDatabase::fresh().await;
    alter(&database, "UPDATE _sqlx_migrations SET success = false WHERE version = 2").await;
    assert_eq!(state(&database).await, SchemaState::Half("0002 create accounts".into()));
    storage_of(&database).ready().await.unwrap_err();
    migrate(&database.migrator()).await.unwrap_err();
}

#[tokio::test]
async fn a_migration_that_was_edited_after_it_ran_is_refused() {
    let database = TestDatabase::fresh().await;
    alter(&database, "UPDATE _sqlx_migrations SET checksum = '\\x00' WHERE version = 2").await;
    assert_eq!(state(&database).await, SchemaState::Half("0002 create accounts".into()));
    migrate(&database.migrator()).await.unwrap_err();
}

#[tokio::test]
async fn what_members_chose_and_mails_that_were_due_are_carried_over() {
    let database = TestDatabase::fresh().await;
    let world = World::found(storage_of(&database)).await;
    let lead = world.lead(noon(), "anna@example.com");
    world.keep_lead(&lead).await;
    alter(&database, "UPDATE memberships SET notify_new_leads = false").await;
    let event = "INSERT INTO outbox (organization_id, event, due_at) SELECT organization_id, jsonb_build_object(
        'event', 'lead_mail_due', 'member', user_id, 'lead', (SELECT id FROM leads), 'first', false), now()
        FROM memberships";
    alter(&database, event).await;
    let (_, carrying) = include_str!("../../../../migrations/0027_choose_and_pace_notifications.sql")
        .split_once("-- What is there already is carried over")
        .unwrap();
    let mut migrator = PgConnection::connect_with(&database.migrator()).await.unwrap();
    migrator.execute("SET ROLE qualify_owner").await.unwrap();
    migrator.execute(AssertSqlSafe(format!("BEGIN; --{carrying} COMMIT"))).await.unwrap();

    let mut tx = world.begin(Permission::CompleteEvent).await;
    let wishes = tx.notifications().wishes(world.user).await.unwrap();
    let chosen = NotificationKind::CHOSEN.map(|kind| wishes.of(kind));
    assert_eq!(
        chosen,
        [&[Choice::AtOnce; 4][..], &[Choice::Off; 2]].concat()[..],
        "only what was offered then was ever chosen"
    );
    assert!(tx.notifications().waits(world.user, Choice::AtOnce).await.unwrap());
    drop(tx);
    let mut tx = world.storage.platform(PlatformTask::RelayOutbox).await.unwrap();
    let now = jiff::Timestamp::MAX - jiff::SignedDuration::from_hours(24);
    let claimed = tx.queue().claim(now, now, 10).await.unwrap();
    assert_eq!(claimed[0].event, Event::LeadMailDue { member: world.user });
    let mut superuser = PgConnection::connect_with(&database.superuser()).await.unwrap();
    let open = "SELECT count(*) FROM pg_class WHERE relrowsecurity AND NOT relforcerowsecurity";
    let open: i64 = sqlx::query_scalar(open).fetch_one(&mut superuser).await.unwrap();
    assert_eq!(open, 0, "row security binds the owner again");
}

#[tokio::test]
async fn a_backup_is_restored() {
    let (database, empty) = (TestDatabase::fresh().await, TestDatabase::empty().await);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("qualify.dump");
    let tool = |program: &str, arguments: &[&str], database: &TestDatabase| {
        let database = format!("--dbname={}", database.superuser_url());
        let done = Command::new(program).arg(database).args(arguments).arg(&file).output().unwrap();
        assert!(done.status.success(), "{program}: {}", String::from_utf8_lossy(&done.stderr));
    };
    tool("pg_dump", &["--format=custom", "--schema=public", "--file"], &database);
    // The schema itself comes with every database.
    alter(&empty, "DROP SCHEMA public").await;
    tool("pg_restore", &["--exit-on-error"], &empty);
    assert_eq!(state(&empty).await, SchemaState::Current);
}
