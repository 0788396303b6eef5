//! A rule that has much to do lets others go first, and goes on in the next round.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use qualify_domain::retention::{BATCH, Outcome, RULES};
use qualify_ports::time::Clock;
use qualify_usecases::Retention;
use tokio_util::sync::CancellationToken;

use super::{of, verified};
use crate::world::World;

/// So many tries that expired long ago: nine pieces.
const TRIES: &str = "INSERT INTO throttles (key, failures, times, expires_at)
    SELECT sha256(int4send(n)), 1, '{}', to_timestamp(n) FROM generate_series(1, 8500) AS n";
const MANY: u64 = 8_500;

/// Time passes whenever it is asked for, as it does while much is deleted.
struct Passing(Timestamp, AtomicI64);

impl Clock for Passing {
    fn now(&self) -> Timestamp {
        self.0 + SignedDuration::from_secs(2) * i32::try_from(self.1.fetch_add(1, Ordering::Relaxed)).unwrap()
    }
}

fn passing(world: &World) -> Retention {
    let clock = Arc::new(Passing(world.ports.clock.now(), AtomicI64::new(0)));
    Retention::new(world.ports.storage.clone(), world.ports.files.clone(), clock)
}

#[tokio::test]
async fn ret_14_a_rule_with_much_to_do_keeps_no_other_from_its_turn() {
    let world = World::new().await;
    world.sql(TRIES).await;
    let retention = passing(&world);
    let first = retention.sweep_due(&CancellationToken::new()).await;
    let begun = of(&first, "throttle");
    assert_eq!(begun.outcome, Outcome::Stopped);
    assert!((u64::from(BATCH)..MANY).contains(&begun.rows), "{}", begun.rows);
    assert_eq!(first.len(), RULES.len(), "all others had their turn");
    let second = retention.sweep_due(&CancellationToken::new()).await;
    assert_eq!(second.iter().map(|one| one.rule.code).collect::<Vec<_>>(), ["throttle"], "it goes on at once, alone");
    assert!(second[0].rows >= u64::from(BATCH));
    assert!(verified(&world).await.is_ok(), "each round is proven");
}

#[tokio::test]
async fn who_sweeps_by_hand_waits_for_all_of_it_and_is_told_once() {
    let world = World::new().await;
    world.sql(TRIES).await;
    let swept = passing(&world).sweep_now(&CancellationToken::new()).await;
    assert_eq!(swept.len(), RULES.len());
    let all = of(&swept, "throttle");
    assert_eq!((all.rows, all.outcome), (MANY, Outcome::Done));
    assert_eq!(world.rows("SELECT count(*) FROM throttles").await, 0);
}
