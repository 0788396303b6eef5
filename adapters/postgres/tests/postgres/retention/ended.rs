//! What becomes of an organization that is not paid for: it goes, or is held, or is taken back.

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::Permission,
    closing::{Closing, Ending, UNDOABLE},
};
use qualify_ports::storage::{PlatformTask, Storage, StorageError};
use qualify_postgres::testing::TestDatabase;
use sqlx::{AssertSqlSafe, Executor};

use super::{SECOND, alone, as_sweep, due, purge::rows, superuser, sweep, try_sweep};
use crate::{
    billing::paid,
    world::{World, noon, storage_of},
};

const AT_NOON: &str = "2026-11-23T12:00:00Z";

/// Ends the organization for that reason, so that its data are due then.
async fn end(world: &World, ending: Ending, due: Timestamp) {
    let mut tx = world.begin(Permission::FollowBilling).await;
    tx.organizations().close(Closing { closed_at: due - UNDOABLE, ending }).await.unwrap();
    tx.commit().await.unwrap();
}

async fn confirm(world: &World, at: Timestamp) {
    let mut tx = world.begin(Permission::FollowBilling).await;
    tx.organizations().confirm_end(Some(at)).await.unwrap();
    tx.commit().await.unwrap();
}

async fn reopen(world: &World, endings: &[Ending], now: Timestamp) -> Result<(), StorageError> {
    let mut tx = world.begin(Permission::FollowBilling).await;
    tx.organizations().reopen(endings, now).await?;
    tx.commit().await
}

async fn left(database: &TestDatabase) -> (i64, i64, i64) {
    (
        database.count("SELECT count(*) FROM organizations").await,
        database.count("SELECT count(*) FROM billing_records").await,
        database.count("SELECT count(*) FROM ledger").await,
    )
}

#[tokio::test]
async fn ret_8_what_was_subscribed_to_goes_only_if_the_provider_confirmed_its_end_within_a_day() {
    let (database, world) = alone().await;
    paid(&world).await;
    end(&world, Ending::Subscription, noon()).await;
    let mut connection = superuser(&database).await;
    let day = SignedDuration::from_hours(24);
    for confirmed in [None, Some(noon() - day * 30), Some(noon() - day)] {
        if let Some(at) = confirmed {
            confirm(&world, at).await;
        }
        let before = rows(&mut connection, world.organization.0).await;
        assert_eq!(sweep(&world, "organization", noon()).await, 0, "{confirmed:?}");
        assert_eq!(due(&world, "organization", noon()).await, 1, "what is held is counted, so that it is told of");
        assert_eq!(rows(&mut connection, world.organization.0).await, before, "{confirmed:?}");
        assert_eq!(database.count("SELECT count(*) FROM purges").await, 0, "{confirmed:?}");
        for table in ["organizations", "leads", "memberships", "users", "sessions", "billing_records", "checkouts"] {
            let deletion = format!("DELETE FROM {table}");
            assert_eq!(
                as_sweep(&database, "organization", AT_NOON, &deletion).await,
                Ok(0),
                "{deletion} {confirmed:?}"
            );
        }
    }
    confirm(&world, noon() - day + SECOND).await;
    assert_eq!(sweep(&world, "organization", noon() - SECOND).await, 0, "it is not due");
    while try_sweep(&world, "organization", noon(), 7).await.unwrap() > 0 {}
    assert!(rows(&mut connection, world.organization.0).await.iter().all(|(_, count)| *count == 0));
    assert_eq!(left(&database).await, (0, 0, 1));
    assert_eq!(due(&world, "organization", noon()).await, 0);
}

#[tokio::test]
async fn ret_8_a_purge_that_has_begun_goes_on() {
    let (database, world) = alone().await;
    paid(&world).await;
    end(&world, Ending::Subscription, noon()).await;
    confirm(&world, noon()).await;
    assert_eq!(try_sweep(&world, "organization", noon(), 1).await.unwrap(), 1);
    let tomorrow = noon() + SignedDuration::from_hours(24);
    while try_sweep(&world, "organization", tomorrow, 7).await.unwrap() > 0 {}
    assert_eq!(left(&database).await, (0, 0, 1));
}

#[tokio::test]
async fn what_was_paid_again_is_taken_back_until_its_data_go() {
    let billed = [Ending::Trial, Ending::Subscription];
    for ending in [Ending::Asked, Ending::Trial, Ending::Subscription] {
        let (_database, world) = alone().await;
        end(&world, ending, noon()).await;
        let is_billed = ending != Ending::Asked;
        let others: &[Ending] = if is_billed { &[Ending::Asked] } else { &billed };
        let foreign = reopen(&world, others, noon() - SECOND).await;
        assert!(matches!(foreign, Err(StorageError::Stale)), "{ending:?} is none of {others:?}: {foreign:?}");
        assert_eq!(reopen(&world, &[ending], noon()).await.is_ok(), is_billed, "{ending:?} when it is due");
        if is_billed {
            end(&world, ending, noon()).await;
        }
        reopen(&world, &[ending], noon() - SECOND).await.unwrap();
        assert_eq!(world.begin(Permission::ReadBilling).await.organizations().closing().await.unwrap(), None);
        end(&world, ending, noon()).await;
        confirm(&world, noon()).await;
        assert_eq!(try_sweep(&world, "organization", noon(), 1).await.unwrap(), 1);
        let late = reopen(&world, &[ending], noon()).await;
        assert!(matches!(late, Err(StorageError::Stale)), "{ending:?} while it goes: {late:?}");
    }
}

#[tokio::test]
async fn a_purge_that_works_keeps_whoever_would_take_its_end_back_waiting_and_wins() {
    let (database, world) = alone().await;
    end(&world, Ending::Trial, noon()).await;
    confirm(&world, noon()).await;
    let mut purging = superuser(&database).await;
    let begin = format!(
        "BEGIN; SET LOCAL qualify.platform_task = 'sweep_retention';
        SELECT sweep_organization('{AT_NOON}', '{AT_NOON}', 1)"
    );
    purging.execute(AssertSqlSafe(begin)).await.unwrap();
    let waiting = tokio::spawn({
        let world = world.clone();
        async move { reopen(&world, &[Ending::Trial], noon()).await }
    });
    while !waiting.is_finished() && database.count("SELECT count(*) FROM pg_locks WHERE NOT granted").await == 0 {
        tokio::task::yield_now().await;
    }
    purging.execute("COMMIT").await.unwrap();
    assert!(matches!(waiting.await.unwrap(), Err(StorageError::Stale)));
}

#[tokio::test]
async fn ret_11_the_ledger_stays_when_the_organization_goes_and_goes_ten_years_after_its_year() {
    let (database, world) = alone().await;
    paid(&world).await;
    end(&world, Ending::Trial, noon()).await;
    assert_eq!(sweep(&world, "organization", noon()).await, 0, "somebody may have paid for it");
    confirm(&world, noon()).await;
    while try_sweep(&world, "organization", noon(), 7).await.unwrap() > 0 {}
    assert_eq!(left(&database).await, (0, 0, 1), "the link is gone");
    // The last day of 2036 is over, in Paris.
    let end: Timestamp = "2036-12-31T23:00:00Z".parse().unwrap();
    let mut gone = Vec::new();
    for now in [end - SECOND, end, end] {
        gone.push((due(&world, "ledger", now).await, sweep(&world, "ledger", now).await));
    }
    assert_eq!(gone, [(0, 0), (1, 1), (0, 0)]);
    assert_eq!(left(&database).await, (0, 0, 0));
}

#[tokio::test]
async fn ret_8_each_end_has_its_turn_to_be_confirmed_whatever_is_never_confirmed() {
    let (database, north) = alone().await;
    let mut ended = vec![north.organization];
    end(&north, Ending::Subscription, noon()).await;
    for ending in [Ending::Subscription, Ending::Subscription, Ending::Trial, Ending::Asked] {
        let world = World::found(storage_of(&database)).await;
        end(&world, ending, noon()).await;
        if ending != Ending::Asked {
            ended.push(world.organization);
        }
    }
    ended.sort();
    let mut tx = north.storage.platform(PlatformTask::FollowBilling).await.unwrap();
    let (mut asked, mut after) = (Vec::new(), None);
    loop {
        let homes = tx.payments().to_confirm(noon(), noon() - SECOND, after, 2).await.unwrap();
        after = homes.last().copied();
        asked.extend(homes);
        if after.is_none() {
            break;
        }
    }
    assert_eq!(asked, ended);
    confirm(&north, noon()).await;
    let asked = tx.payments().to_confirm(noon(), noon() - SECOND, None, 5).await.unwrap();
    assert_eq!((asked.len(), asked.contains(&north.organization)), (3, false), "it was confirmed since");
    assert_eq!(tx.payments().to_confirm(noon() - SECOND, noon(), None, 5).await.unwrap(), [], "none is due yet");
}
