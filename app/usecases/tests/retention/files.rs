//! Files lie outside the database, and go by their own names.

use futures::StreamExt;
use jiff::SignedDuration;
use qualify_domain::retention::{GRACE, Outcome};
use qualify_ports::files::FileKey;
use qualify_usecases::Error;
use uuid::Uuid;

use super::{counted, of, verified};
use crate::world::World;

/// How many files are due, and how many are overdue.
async fn counts(world: &World) -> (u64, u64) {
    let retention = world.retention();
    let (plan, overdue) = (retention.plan().await.unwrap(), retention.overdue().await.unwrap());
    (counted(&plan, "export_file"), counted(&overdue, "export_file"))
}

#[tokio::test]
async fn ret_13_files_whose_time_is_over_are_counted_swept_and_proven_like_the_rest() {
    let world = World::new().await;
    let now = world.ports.clock.now();
    let key = |late: i64, id| FileKey::new(now + SignedDuration::from_secs(late), Uuid::from_u128(id), 0);
    for (late, id) in [(0, 1), (60, 2)] {
        let bytes = futures::stream::iter([Ok(b"rows".to_vec())]).boxed();
        world.ports.files.put(key(late, id), bytes).await.unwrap();
    }
    assert_eq!(counts(&world).await, (1, 0));
    let swept = world.sweep().await;
    assert_eq!((of(&swept, "export_file").rows, of(&swept, "export_file").outcome), (1, Outcome::Done));
    assert_eq!(world.files.keys(), [key(60, 2)], "the other has time left");
    let proven = "SELECT count(*) FROM retention_runs WHERE rule = 'export_file' AND rows = 1 AND outcome = 'done'";
    assert_eq!(world.rows(proven).await, 1);
    world.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(counts(&world).await, (1, 0));
    world.clock.advance(GRACE);
    assert_eq!(counts(&world).await, (1, 1));
    let swept = world.sweep().await;
    assert_eq!((of(&swept, "export_file").rows, counts(&world).await), (1, (0, 0)));
    assert_eq!(world.files.keys(), []);
    verified(&world).await.unwrap();
}

#[tokio::test]
async fn files_that_nobody_reaches_are_told_and_their_sweep_is_recorded_as_failed() {
    let world = World::new().await;
    world.files.break_link();
    assert!(matches!(world.retention().overdue().await, Err(Error::Failed(_))));
    let swept = world.sweep().await;
    let failed: Vec<_> = swept.iter().filter(|swept| swept.outcome != Outcome::Done).collect();
    assert_eq!(failed.iter().map(|failed| failed.rule.code).collect::<Vec<_>>(), ["export_file"], "and keeps no other");
    let recorded = "SELECT count(*) FROM retention_runs WHERE rule = 'export_file' AND outcome = 'failed'";
    assert_eq!(world.rows(recorded).await, 1);
}
