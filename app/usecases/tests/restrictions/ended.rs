//! What becomes of somebody who is restricted when their time is over.

use jiff::SignedDuration;
use qualify_domain::{
    restriction::Ground,
    retention::{GRACE, NOTICE, RetentionRule},
};

use super::{person, restrict};
use crate::world::World;

const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[tokio::test]
async fn ret_18_a_lead_whose_time_is_over_stays_as_long_as_its_person_wants_it_kept() {
    for (ground, stays) in [(Ground::Contested, 0), (Ground::Objection, 0), (Ground::Unlawful, 1), (Ground::Claims, 1)]
    {
        let world = World::new().await;
        let home = world.found("North").await;
        let lead = person(&world, &home).await;
        restrict(&world, &home, lead, ground, false).await;
        let until = |end: jiff::Timestamp| end.duration_since(world.ports.clock.now());
        let end = RetentionRule::of_code("lead").unwrap().due_at(world.ports.clock.now());
        world.clock.advance(until(end) - NOTICE - HOUR);
        world.sweep().await;
        world.clock.advance(until(end) + GRACE * 2);
        world.sweep().await;
        let left = async |table: &str| world.rows(format!("SELECT count(*) FROM {table}").leak()).await;
        assert_eq!((left("leads").await, left("submissions").await), (stays, stays), "{ground:?}");
        let overdue = world.retention().overdue().await.unwrap();
        assert!(overdue.iter().all(|due| due.rows == 0), "what is kept is not overdue (RET-16): {overdue:?}");
        if stays == 1 {
            world.app.restrictions.announce_lift(&home.owner.actor, lead, true).await.unwrap();
            world.work().await;
            world.sweep().await;
            world.clock.advance(NOTICE + HOUR * 48);
            world.sweep().await;
            assert_eq!((left("leads").await, left("submissions").await), (0, 0), "lifted: {ground:?}");
        }
    }
}
