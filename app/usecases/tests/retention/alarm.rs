//! The worker itself says what is overdue: of each rule, and not all the time.

use jiff::SignedDuration;
use qualify_usecases::{Alarm, Retention};

use crate::world::World;

/// What it says, by rule.
async fn said(alarm: &mut Alarm, retention: &Retention) -> Vec<(&'static str, u64)> {
    let said = alarm.look(retention).await.unwrap();
    said.into_iter().map(|due| (due.rule.code, due.rows)).collect()
}

#[tokio::test]
async fn ret_16_what_is_overdue_is_said_in_the_log_once_an_hour_for_each_rule() {
    let (world, mut alarm) = (World::new().await, Alarm::default());
    let retention = world.retention();
    assert_eq!(said(&mut alarm, &retention).await, [], "nothing is");
    let tries = "INSERT INTO throttles (key, failures, times, expires_at)
        SELECT sha256(int4send(n)), 1, '{}', to_timestamp(n) FROM generate_series(1, 3) AS n";
    world.sql(tries).await;
    world.sql("REVOKE DELETE ON throttles FROM qualify_sweep_throttle").await;
    world.sweep().await;
    assert_eq!(said(&mut alarm, &retention).await, [("throttle", 3)]);
    let minutes = |minutes| SignedDuration::from_mins(minutes);
    world.clock.advance(minutes(59));
    assert_eq!(said(&mut alarm, &retention).await, [], "it was said within the hour");
    world.clock.advance(minutes(2));
    assert_eq!(said(&mut alarm, &retention).await, [("throttle", 3)], "it is still so");
    world.clock.advance(minutes(-30));
    assert_eq!(said(&mut alarm, &retention).await, [("throttle", 3)], "a clock that was set back hides nothing");
    world.sql("GRANT DELETE ON throttles TO qualify_sweep_throttle").await;
    world.sweep().await;
    world.clock.advance(minutes(120));
    assert_eq!(said(&mut alarm, &retention).await, [], "they went");
}
