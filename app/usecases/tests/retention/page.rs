//! What the page of retention tells of the whole installation.

use jiff::SignedDuration;
use qualify_usecases::{MOST_SHOWN, RetentionFile};

use crate::world::{Home, World};

/// So many tries that expired long ago, more than a page counts.
const TRIES: &str = "INSERT INTO throttles (key, failures, times, expires_at)
    SELECT sha256(int4send(n)), 1, '{}', to_timestamp(n) FROM generate_series(1, 1200) AS n";

async fn counted(world: &World, home: &Home) -> (u64, u64) {
    let file: RetentionFile = world.app.retention.view(&home.owner.actor).await.unwrap();
    let state = file.rules.iter().find(|state| state.rule.code == "throttle").unwrap();
    (state.due, state.overdue)
}

#[tokio::test]
async fn what_is_due_everywhere_is_counted_once_a_minute_however_many_look() {
    let world = World::new().await;
    let (home, south) = (world.found("North").await, world.found("South").await);
    world.sql(TRIES).await;
    let most = u64::from(MOST_SHOWN);
    assert_eq!(counted(&world, &home).await, (most, most));
    world.sql("DELETE FROM throttles").await;
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(counted(&world, &south).await, (most, most), "it was counted just before");
    world.clock.advance(SignedDuration::from_secs(30));
    assert_eq!(counted(&world, &home).await, (0, 0));
}
