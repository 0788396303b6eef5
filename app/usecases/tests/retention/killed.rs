//! A worker that dies leaves its turn to others and hides nothing of what it did.

use std::time::Duration;

use qualify_domain::retention::{EVERY, RULES};

use super::{SECOND, TRIES, due, verified};
use crate::world::World;

#[tokio::test]
async fn what_a_worker_held_when_it_died_is_swept_when_its_time_is_over_and_by_nobody_before() {
    let world = World::new().await;
    due(&world).await;
    world.clock.advance(EVERY);
    world.sql("UPDATE retention_turns SET held_until = due_at + interval '30 seconds' WHERE rule = 'throttle'").await;
    assert_eq!(world.sweep().await.len(), RULES.len() - 1, "somebody holds it");
    world.clock.advance(SECOND * 31);
    assert_eq!(due(&world).await.iter().map(|swept| swept.rule.code).collect::<Vec<_>>(), ["throttle"]);
}

#[tokio::test]
async fn ret_14_what_went_before_a_sweep_was_killed_is_proven_by_the_next() {
    let world = World::new().await;
    due(&world).await;
    let left = async || world.rows("SELECT count(*) FROM throttles").await;
    let proven =
        async || world.rows("SELECT coalesce(sum(rows), 0)::bigint FROM retention_runs WHERE rule = 'throttle'").await;
    let (mut patience, mut seeded) = (Duration::from_millis(20), 0);
    // Killed at some moment between its first batch and its last.
    loop {
        world.clock.advance(EVERY);
        world.sql(TRIES).await;
        seeded += 2_500;
        let killed = tokio::time::timeout(patience, due(&world)).await.is_err();
        let is_caught = killed && (1..2_500).contains(&left().await);
        if is_caught {
            assert_eq!(proven().await, seeded - 2_500, "what it did is not proven yet");
            break;
        }
        world.clock.advance(SECOND * 61);
        world.sweep().await;
        patience += Duration::from_millis(15);
        assert!(patience < Duration::from_mins(1), "it is never caught");
    }
    world.clock.advance(SECOND * 61);
    world.sweep().await;
    assert_eq!((left().await, proven().await), (0, seeded));
    verified(&world).await.unwrap();
}
