//! Each event is dealt with by one worker at a time, and by none twice.

use std::collections::HashSet;

use futures::future::join_all;
use qualify_domain::{
    access::Permission,
    event::Event,
    id::{EventId, OneTimeTokenId},
};
use qualify_ports::storage::{Claimed, PlatformTask, PlatformTx, Storage};
use qualify_postgres::testing::TestDatabase;

use crate::world::{World, after, storage_of};

/// The queue is the platform's, so each of these tests has a database of its own.
async fn with_events(count: i64) -> (TestDatabase, World) {
    let database = TestDatabase::fresh().await;
    let world = World::found(storage_of(&database)).await;
    let mut tx = world.begin(Permission::CompleteEvent).await;
    for second in 0..count {
        tx.outbox().append(&Event::TokenIssued { token: OneTimeTokenId(world.user.0) }, after(second)).await.unwrap();
    }
    tx.commit().await.unwrap();
    (database, world)
}

async fn relay(world: &World) -> Box<dyn PlatformTx> {
    world.storage.platform(PlatformTask::RelayOutbox).await.unwrap()
}

async fn claim(world: &World, now: i64, limit: u16) -> Vec<Claimed> {
    let mut tx = relay(world).await;
    let claimed = tx.queue().claim(after(now), after(now + 15), limit).await.unwrap();
    tx.commit().await.unwrap();
    claimed
}

#[tokio::test]
async fn only_what_is_due_is_claimed() {
    let (_database, world) = with_events(3).await;
    assert_eq!(claim(&world, -1, 10).await.len(), 0);
    let claimed = claim(&world, 1, 10).await;
    assert_eq!(claimed.len(), 2);
    assert_eq!((claimed[0].organization, claimed[0].attempts), (world.organization, 0));
    assert_eq!(claimed[0].event, Event::TokenIssued { token: OneTimeTokenId(world.user.0) });
    assert_eq!(relay(&world).await.queue().waiting().await.unwrap(), 3);
}

#[tokio::test]
async fn an_event_is_claimed_again_when_its_lease_ends() {
    let (_database, world) = with_events(1).await;
    let first = claim(&world, 0, 10).await;
    assert!(claim(&world, 14, 10).await.is_empty());
    let second = claim(&world, 15, 10).await;
    assert_eq!((second[0].id, second[0].attempts), (first[0].id, 1));
}

#[tokio::test]
async fn workers_at_once_share_the_events_without_waiting_for_each_other() {
    let (_database, world) = with_events(40).await;
    // Claimed in transactions that are all open at the same time.
    let mut open = join_all((0..4).map(|_| relay(&world))).await;
    let mut claimed = vec![];
    for tx in &mut open {
        claimed.extend(tx.queue().claim(after(60), after(75), 8).await.unwrap());
    }
    for tx in open {
        tx.commit().await.unwrap();
    }
    let distinct: HashSet<EventId> = claimed.iter().map(|event| event.id).collect();
    assert_eq!((claimed.len(), distinct.len()), (32, 32));
}

#[tokio::test]
async fn an_event_whose_turn_has_not_come_is_not_counted_as_tried() {
    let (_database, world) = with_events(1).await;
    for now in [0, 60, 120] {
        let claimed = claim(&world, now, 10).await;
        assert_eq!(claimed[0].attempts, 0);
        let mut tx = relay(&world).await;
        assert!(tx.queue().defer(&claimed[0], after(now + 60)).await.unwrap());
        assert!(!tx.queue().defer(&claimed[0], after(now + 60)).await.unwrap(), "only by who holds it");
        tx.commit().await.unwrap();
        assert!(claim(&world, now + 59, 10).await.is_empty());
    }
}
