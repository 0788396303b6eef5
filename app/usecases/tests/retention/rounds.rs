//! A rule that has much to do lets others go first, and goes on in the next round.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use qualify_domain::retention::{BATCH, Outcome, RULES};
use qualify_ports::time::Clock;
use qualify_usecases::{Retention, Submit};
use tokio_util::sync::CancellationToken;

use super::{of, verified};
use crate::world::{World, from};

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

/// So many addresses that had their time long ago: twenty pieces.
const ADDRESSES: &str =
    "INSERT INTO submissions (organization_id, id, form_id, form_version, received_at, consented, notice, ip,
        verdict, spam_reasons)
    SELECT organization_id, gen_random_uuid(), f.id, 1, o.created_at - make_interval(days => 40, secs => n), false, 'n',
        '192.0.2.7', 'accepted', '{}'
    FROM forms AS f JOIN organizations AS o USING (organization_id), generate_series(1, 20000) AS n";

/// Speed is measured by `qualify-bench sweep`; that there is room for visitors all along is shown here.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rel_2_forms_are_sent_between_the_pieces_of_a_sweep_and_lose_nothing() {
    let world = World::new().await;
    let home = world.found("North").await;
    world.sql(ADDRESSES).await;
    let (stop, ended) = (CancellationToken::new(), CancellationToken::new());
    let retention = world.retention();
    let sweep = async {
        let swept = retention.sweep_now(&stop).await;
        ended.cancel();
        swept
    };
    let visits = async {
        let mut sent = 0_u32;
        while !ended.is_cancelled() {
            let ip = format!("2001:db8:0:{sent:x}::1").parse().ok();
            let email = format!("visitor.{sent}@example.com");
            world.submit(home.form, Submit { ip, ..from(&email) }).await.unwrap();
            sent += 1;
        }
        sent
    };
    let (swept, count) = tokio::join!(sweep, visits);
    let addresses = of(&swept, "lead_ip");
    assert_eq!((addresses.rows, addresses.outcome), (20_000, Outcome::Done));
    assert!(count >= 20_000 / u32::from(BATCH), "one for each piece at least: {count}");
    let kept = world.rows("SELECT count(*) FROM submissions WHERE ip IS NOT NULL").await;
    assert_eq!(kept, i64::from(count), "each that was sent meanwhile is there, with its address");
}
