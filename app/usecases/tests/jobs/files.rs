//! The files that jobs make: kept elsewhere, sealed, and until a moment only.

use std::time::Duration;

use futures::StreamExt;
use jiff::SignedDuration;
use qualify_domain::{
    job::{FILE_MEMORY, JobFault, JobState, MEMORY},
    retention::EVERY,
};
use qualify_ports::files::{FileKey, Files};
use qualify_usecases::Error;
use tokio_util::sync::CancellationToken;

use super::{ask, begun, copies, crowded, file, found};
use crate::world::{World, willing};

#[tokio::test]
async fn what_a_stopped_export_wrote_is_removed_at_once() {
    let world = World::new().await;
    let home = crowded(&world, copies!(20_000)).await;
    let id = begun(&world, &home).await;
    assert!(!world.files.keys().is_empty());
    world.app.jobs.call_off(&home.owner.actor, id).await.unwrap();
    world.work().await;
    assert_eq!(found(&world, &home.owner, id).await.state, JobState::Cancelled);
    assert_eq!(world.files.keys(), []);
}

#[tokio::test]
async fn whoever_keeps_a_file_sees_nothing_of_the_people_in_it() {
    let world = World::new().await;
    let home = crowded(&world, copies!(1_500)).await;
    let id = ask(&world, &home.owner).await;
    world.work().await;
    assert!(file(&world, &home.owner, id).await.contains("anna@example.com"));
    let [first, second] = world.files.keys()[..] else { unreachable!("{:?}", world.files.keys()) };
    for key in [first, second] {
        let kept = world.files.bytes(key);
        assert!(!kept.is_empty() && !kept.windows(12).any(|window| window == b"@example.com"), "{key}");
    }
    let asked = found(&world, &home.owner, id).await.asked_at;
    assert_eq!(first.until(), FileKey::new(asked + FILE_MEMORY, id.0, 0).until());
}

#[tokio::test]
async fn a_file_of_which_a_part_is_gone_or_changed_never_ends_well() {
    let world = World::new().await;
    let home = crowded(&world, copies!(2_500)).await;
    let id = ask(&world, &home.owner).await;
    world.work().await;
    let keys = world.files.keys();
    let [first, second, third] = keys[..] else { unreachable!("{keys:?}") };
    let fetched = async || {
        let parts = world.app.jobs.file(&home.owner.actor, id).await?.parts;
        parts.collect::<Vec<_>>().await.into_iter().collect::<Result<Vec<_>, _>>()
    };
    assert!(fetched().await.is_ok());
    let kept = world.files.bytes(second);
    world.files.replace(second, world.files.bytes(third));
    assert!(matches!(fetched().await, Err(Error::Failed(_))), "another part in its place");
    world.files.remove(second).await.unwrap();
    assert!(matches!(fetched().await, Err(Error::Failed(_))), "a part is gone");
    world.files.replace(second, kept);
    world.files.remove(third).await.unwrap();
    assert!(matches!(fetched().await, Err(Error::Failed(_))), "the end is gone");
    world.files.remove(first).await.unwrap();
    assert!(matches!(fetched().await, Err(Error::NotFound("file"))), "nothing begins");
}

#[tokio::test]
async fn an_export_waits_for_files_that_cannot_be_reached_and_ends_if_they_never_are() {
    let world = World::new().await;
    let home = crowded(&world, copies!(10)).await;
    let id = ask(&world, &home.owner).await;
    world.files.break_link();
    world.work().await;
    let job = found(&world, &home.owner, id).await;
    assert_eq!((job.state, job.done), (JobState::Waiting, 0), "it is tried again later");
    for _ in 0..3 {
        world.clock.advance(SignedDuration::from_hours(1));
        world.work().await;
    }
    let job = found(&world, &home.owner, id).await;
    assert_eq!((job.state, job.fault, job.done), (JobState::Failed, Some(JobFault::Broken), 0));
}

#[tokio::test]
async fn a_file_is_forgotten_after_7_days_and_its_job_after_30() {
    let world = World::new().await;
    let home = crowded(&world, copies!(10)).await;
    let id = ask(&world, &home.owner).await;
    world.work().await;
    let forget = async || {
        let stop = CancellationToken::new();
        let worker = world.worker(willing().0);
        let running = worker.run(stop.clone());
        tokio::pin!(running);
        let _ = tokio::time::timeout(Duration::from_millis(300), &mut running).await;
        stop.cancel();
        running.await;
    };
    world.clock.advance(FILE_MEMORY - SignedDuration::from_secs(5));
    forget().await;
    let owner = world.sign_in("owner@north.example").await;
    assert!(!file(&world, &owner, id).await.is_empty());
    world.clock.advance(SignedDuration::from_secs(5));
    assert!(matches!(world.app.jobs.file(&owner.actor, id).await, Err(Error::NotFound("file"))), "before the sweep");
    world.clock.advance(EVERY);
    forget().await;
    assert_eq!(world.files.keys(), []);
    assert_eq!(world.rows("SELECT count(*) FROM jobs").await, 1);
    world.clock.advance(MEMORY - FILE_MEMORY);
    forget().await;
    assert_eq!(world.rows("SELECT count(*) FROM jobs").await, 0);
}
