//! Nobody works on a database that was restored and is not settled, not even who worked before; but for who settles it.

use std::{sync::Arc, time::Duration};

use qualify_domain::access::Permission;
use qualify_ports::storage::{PlatformTask, Storage, StorageError};
use qualify_postgres::{Postgres, PostgresOptions, fitness, testing::TestDatabase};

use crate::world::{Noon, World, noon, storage_of};

const END: &str = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// A storage that soon gives up.
fn hasty(database: &TestDatabase, settles: bool) -> Postgres {
    let patience = Duration::from_millis(300);
    let options = PostgresOptions { connections: 2, patience, settles, ..PostgresOptions::new(database.app()) };
    Postgres::new(&options, Arc::new(Noon))
}

/// Whoever asks is told to come back. Connections of before are found to be gone first.
async fn refused(storage: &Postgres) {
    for _ in 0..4 {
        match storage.ready().await {
            Ok(()) => unreachable!("it serves"),
            Err(StorageError::Busy) => return,
            Err(_) => {}
        }
    }
    unreachable!("it breaks");
}

#[tokio::test]
async fn ret_17_who_serves_gets_no_connection_until_a_restore_is_settled() {
    let database = TestDatabase::fresh().await;
    let world = World { storage: hasty(&database, false), ..World::found(storage_of(&database)).await };
    world.storage.ready().await.unwrap();
    database.sql("CREATE SCHEMA unsettled").await;
    database.sql(END).await;
    refused(&world.storage).await;
    let work = world.storage.platform(PlatformTask::RelayOutbox).await.err();
    assert!(matches!(work, Some(StorageError::Busy)), "{work:?}");
    let intake = world.intake(world.submission(noon(), "anna@example.com"), 1);
    let sent = world.storage.record(&world.may(Permission::CaptureLead), intake).await;
    assert!(matches!(sent, Err(StorageError::Busy)), "{sent:?}");
    let told = fitness(world.storage.pool(), false).await.unwrap();
    assert!(told.iter().any(|one| one.text.contains("run `qualify admin restore` to its end")), "{told:?}");

    let settling = hasty(&database, true);
    assert!(settling.platform(PlatformTask::SweepRetention).await.is_ok(), "who settles it works");
    assert!(settling.ready().await.is_err(), "and knows that it is not settled");
    database.sql("DROP SCHEMA unsettled").await;
    world.storage.ready().await.unwrap();
    assert!(world.storage.platform(PlatformTask::RelayOutbox).await.is_ok(), "it goes on by itself");
}

#[tokio::test]
async fn ret_17_who_serves_is_told_to_come_back_while_a_backup_is_loaded() {
    let database = TestDatabase::fresh().await;
    let storage = hasty(&database, false);
    storage.ready().await.unwrap();
    let revoke = "DO $$ BEGIN EXECUTE format('REVOKE CONNECT ON DATABASE %I FROM qualify_app, PUBLIC', current_database()); END $$";
    database.sql(revoke).await;
    database.sql(END).await;
    refused(&storage).await;
}
