//! What one process commits, every other hears.

use std::time::Duration;

use futures::{FutureExt, StreamExt, stream::BoxStream};
use qualify_domain::access::Permission;
use qualify_ports::live::{Change, Live};
use qualify_postgres::{LiveFeed, testing::TestDatabase};
use sqlx::{Connection, Executor, PgConnection};
use tokio::time::timeout;

use crate::world::{World, noon, storage_of};

const SOON: Duration = Duration::from_secs(5);

async fn next(changes: &mut BoxStream<'static, Change>) -> Change {
    timeout(SOON, changes.next()).await.expect("a change arrives").unwrap()
}

/// A feed that listens already: its first word is that something may have been missed before.
async fn feed(database: &TestDatabase, world: &World) -> (LiveFeed, BoxStream<'static, Change>) {
    let feed = LiveFeed::start(database.app());
    let mut changes = feed.changes(&world.may(Permission::ReadLeads));
    assert_eq!(next(&mut changes).await, Change::Missed);
    (feed, changes)
}

#[tokio::test]
async fn pages_of_an_organization_hear_of_its_changes_once_committed_and_of_no_others() {
    let database = TestDatabase::fresh().await;
    let storage = storage_of(&database);
    let (ours, theirs) = (World::found(storage.clone()).await, World::found(storage).await);
    let (_feed, mut changes) = feed(&database, &ours).await;
    let (lead, other) = (ours.lead(noon(), "anna@example.com"), theirs.lead(noon(), "bert@example.com"));

    let mut tx = theirs.begin(Permission::ProcessSubmission).await;
    tx.announce(Change::Lead(other.id)).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = ours.begin(Permission::ProcessSubmission).await;
    tx.announce(Change::Lead(other.id)).await.unwrap();
    drop(tx);
    let mut tx = ours.begin(Permission::ProcessSubmission).await;
    tx.announce(Change::Lead(lead.id)).await.unwrap();
    tx.commit().await.unwrap();
    ours.capture(ours.submission(noon(), "anna@example.com"), 1).await.unwrap();

    assert_eq!(next(&mut changes).await, Change::Lead(lead.id));
    assert_eq!(next(&mut changes).await, Change::Submission(ours.form.id));
}

#[tokio::test]
async fn a_waiting_worker_is_woken_by_a_submission() {
    let database = TestDatabase::fresh().await;
    let world = World::found(storage_of(&database)).await;
    let (feed, _changes) = feed(&database, &world).await;
    feed.work().now_or_never().expect("at its start a feed sends the worker to look");
    assert!(feed.work().now_or_never().is_none());
    world.capture(world.submission(noon(), "anna@example.com"), 1).await.unwrap();
    timeout(SOON, feed.work()).await.expect("the worker is woken");
}

#[tokio::test]
async fn a_feed_that_lost_its_connection_says_so_and_goes_on() {
    let database = TestDatabase::fresh().await;
    let world = World::found(storage_of(&database)).await;
    let (_feed, mut changes) = feed(&database, &world).await;
    let mut superuser = PgConnection::connect_with(&database.superuser()).await.unwrap();
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    assert_eq!(superuser.execute(cut).await.unwrap().rows_affected(), 1);
    assert_eq!(next(&mut changes).await, Change::Missed);
    world.capture(world.submission(noon(), "anna@example.com"), 1).await.unwrap();
    assert_eq!(next(&mut changes).await, Change::Submission(world.form.id));
}
