//! A submission that was acknowledged is never lost and never doubled.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use jiff::SignedDuration;
use qualify_domain::{access::Permission, id::SubmissionId};
use qualify_ports::storage::{Intake, Received, Recorded, Storage, StorageError};
use qualify_postgres::{
    APP, ClusterOptions, MIGRATOR, Postgres, PostgresOptions, PrivateCluster, migrate, testing::TestDatabase,
};

use crate::world::{Noon, World, after, id, noon};

async fn record(world: &World, intake: Intake) -> Result<Recorded, StorageError> {
    world.storage.record(&world.may(Permission::CaptureLead), intake).await
}

async fn kept(world: &World) -> usize {
    world
        .begin(Permission::ReadSubmissions)
        .await
        .submissions()
        .of_form(world.form.id, Received::All, None, u16::MAX)
        .await
        .unwrap()
        .items
        .len()
}

#[tokio::test]
async fn a_second_try_gets_the_first_receipt() {
    let world = World::new().await;
    let first = world.submission(noon(), "anna@example.com");
    assert_eq!(record(&world, world.intake(first.clone(), 1)).await.unwrap(), Recorded::Kept(first.id));
    let second = world.submission(after(60), "anna@example.com");
    assert_eq!(record(&world, world.intake(second, 1)).await.unwrap(), Recorded::Known(first.id));
    assert_eq!(kept(&world).await, 1);
}

#[tokio::test]
async fn a_key_used_for_other_answers_is_told() {
    let world = World::new().await;
    record(&world, world.intake(world.submission(noon(), "anna@example.com"), 1)).await.unwrap();
    let mut other = world.intake(world.submission(after(1), "bert@example.com"), 1);
    other.key.body = [2; 32];
    assert_eq!(record(&world, other).await.unwrap(), Recorded::OtherBody);
    assert_eq!(kept(&world).await, 1);
}

#[tokio::test]
async fn an_expired_key_is_free_again() {
    let world = World::new().await;
    let mut first = world.intake(world.submission(noon(), "anna@example.com"), 1);
    first.key.expires_at = after(60);
    record(&world, first).await.unwrap();
    let early = world.intake(world.submission(after(59), "anna@example.com"), 1);
    assert!(matches!(record(&world, early).await.unwrap(), Recorded::Known(_)));
    let late = world.intake(world.submission(after(60), "anna@example.com"), 1);
    assert!(matches!(record(&world, late).await.unwrap(), Recorded::Kept(_)));
    assert_eq!(kept(&world).await, 2);
}

#[tokio::test]
async fn keys_of_two_forms_and_of_two_organizations_do_not_meet() {
    let (ours, theirs) = (World::new().await, World::new().await);
    for world in [&ours, &theirs] {
        let intake = world.intake(world.submission(noon(), "anna@example.com"), 1);
        assert!(matches!(record(world, intake).await.unwrap(), Recorded::Kept(_)));
    }
}

#[tokio::test]
async fn a_hundred_submissions_of_one_key_at_once_are_one() {
    let world = World::new().await;
    let receipts = join_all((0..100).map(|second| {
        let intake = world.intake(world.submission(after(second), "anna@example.com"), 1);
        record(&world, intake)
    }))
    .await;
    let receipts: Vec<_> = receipts.into_iter().map(Result::unwrap).collect();
    let first = receipts.iter().find_map(|receipt| if let Recorded::Kept(id) = receipt { Some(*id) } else { None });
    let first = first.expect("one was kept");
    assert_eq!(receipts.iter().filter(|receipt| **receipt == Recorded::Known(first)).count(), 99);
    assert_eq!(kept(&world).await, 1);
}

#[tokio::test]
async fn a_hundred_submissions_of_one_key_through_two_processes_are_one() {
    let world = World::new().await;
    let other = World { storage: crate::world::storage().await, ..world.clone() };
    let receipts = join_all((0..100).map(|second| {
        let world = if second % 2 == 0 { &world } else { &other };
        record(world, world.intake(world.submission(after(second), "anna@example.com"), 1))
    }))
    .await;
    assert_eq!(receipts.iter().filter(|receipt| matches!(receipt, Ok(Recorded::Kept(_)))).count(), 1);
    assert!(receipts.iter().all(Result::is_ok));
    assert_eq!(kept(&world).await, 1);
}

#[tokio::test]
async fn a_bad_row_does_not_take_its_neighbours_with_it() {
    let (world, theirs) = (World::new().await, World::new().await);
    let answers = join_all((0..40).map(|n: u8| {
        let mut submission = world.submission(noon(), "anna@example.com");
        if n == 17 {
            submission.form = theirs.form.id;
        }
        record(&world, world.intake(submission, n))
    }))
    .await;
    let failed: Vec<_> = (0..).zip(&answers).filter(|(_, answer)| answer.is_err()).map(|(n, _)| n).collect();
    assert_eq!(failed, [17]);
    assert_eq!(kept(&world).await, 39);
}

#[tokio::test]
async fn one_batch_serves_many_organizations() {
    let worlds = join_all((0..5).map(|_| World::new())).await;
    let storage = worlds[0].storage.clone();
    let storage = &storage;
    let answers = join_all(worlds.iter().flat_map(|world| {
        (0..4).map(move |key| async move {
            let intake = world.intake(world.submission(noon(), "anna@example.com"), key);
            storage.record(&world.may(Permission::CaptureLead), intake).await
        })
    }))
    .await;
    assert!(answers.iter().all(|answer| matches!(answer, Ok(Recorded::Kept(_)))));
    for world in &worlds {
        assert_eq!(kept(world).await, 4);
    }
}

#[tokio::test]
async fn names_of_undeclared_fields_are_counted_and_their_values_never_arrive() {
    let world = World::new().await;
    for (key, names) in [(1, vec!["company", "budget", "company"]), (2, vec!["company"])] {
        let mut intake = world.intake(world.submission(after(key.into()), "anna@example.com"), key);
        intake.undeclared = names.into_iter().map(str::to_owned).collect();
        let mut again = intake.clone();
        again.submission.id = SubmissionId(id());
        record(&world, intake).await.unwrap();
        record(&world, again).await.unwrap();
    }
    let mut tx = world.begin(Permission::ReadForms).await;
    let fields = tx.forms().undeclared(world.form.id).await.unwrap();
    let counted: Vec<_> = fields.iter().map(|field| (&*field.name, field.times, field.last_seen_at)).collect();
    assert_eq!(counted, [("company", 2, after(2)), ("budget", 1, after(1))]);
}

#[tokio::test]
async fn a_form_keeps_only_so_many_names_of_strangers() {
    let world = World::new().await;
    for key in 0..9 {
        let mut intake = world.intake(world.submission(noon(), "anna@example.com"), key);
        intake.undeclared = (0..50).map(|n| format!("field-{key}-{n}")).collect();
        record(&world, intake).await.unwrap();
    }
    let sql = format!(
        "BEGIN; SELECT set_config('qualify.reach', 'all', true), set_config('qualify.restricted', 'false', true), set_config('qualify.organization_id', '{}', true)",
        world.organization
    );
    let mut tx = world.storage.pool().begin_with(sqlx::AssertSqlSafe(sql)).await.unwrap();
    let names: i64 = sqlx::query_scalar("SELECT count(*) FROM undeclared_fields").fetch_one(&mut *tx).await.unwrap();
    assert!((200..250).contains(&names), "{names}");
}

#[tokio::test]
async fn when_too_many_wait_the_next_is_told_to_come_back() {
    let world = World::new().await;
    let database = TestDatabase::shared().await;
    let options = PostgresOptions { waiting: 4, writers: 1, ..PostgresOptions::new(database.app()) };
    let world = World { storage: Postgres::new(&options, Arc::new(Noon)), ..world };
    let answers = join_all((0..200).map(|key| {
        let intake = world.intake(world.submission(noon(), "anna@example.com"), key);
        record(&world, intake)
    }))
    .await;
    let busy = answers.iter().filter(|answer| matches!(answer, Err(StorageError::Busy))).count();
    let done = answers.iter().filter(|answer| matches!(answer, Ok(Recorded::Kept(_)))).count();
    assert!(busy > 0 && done >= 4, "{busy} busy, {done} done");
    assert_eq!((busy + done, kept(&world).await), (200, done));
}

/// The database is killed again and again under load, as if the machine had lost its power over the process. Whoever
/// sends tries again with the same key, as browsers and `Idempotency-Key` do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_database_loses_no_acknowledged_submission_and_doubles_none() {
    let folder = tempfile::tempdir().unwrap();
    let start = || PrivateCluster::start(ClusterOptions { data_dir: folder.path().to_path_buf(), durable: true });
    let mut cluster = start().await.unwrap();
    cluster.database("qualify").await.unwrap();
    migrate(&cluster.connection("qualify", MIGRATOR)).await.unwrap();
    let options = PostgresOptions {
        patience: Duration::from_secs(20),
        ..PostgresOptions::new(cluster.connection("qualify", APP))
    };
    let world = Arc::new(World::found(Postgres::new(&options, Arc::new(Noon))).await);
    let senders: Vec<_> = (0..8_u8)
        .map(|sender| {
            let world = world.clone();
            tokio::spawn(async move {
                let mut acknowledged = vec![];
                for round in 0..60 {
                    let mut intake = world.intake(world.submission(after(round), "anna@example.com"), sender);
                    intake.key.key[1] = u8::try_from(round).unwrap();
                    intake.key.expires_at = noon() + SignedDuration::from_hours(48);
                    let receipt = loop {
                        match record(&world, intake.clone()).await {
                            Ok(Recorded::Kept(id) | Recorded::Known(id)) => break id,
                            Ok(Recorded::OtherBody) => panic!("the body was the same"),
                            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                        }
                    };
                    acknowledged.push(receipt);
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
                acknowledged
            })
        })
        .collect();
    for _ in 0..3 {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let pid = i32::try_from(cluster.pid()).unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGKILL).unwrap();
        cluster.stop();
        cluster = start().await.unwrap();
    }
    let mut acknowledged = vec![];
    for sender in senders {
        acknowledged.extend(sender.await.unwrap());
    }
    let mut there: Vec<_> = {
        let mut tx = world.begin(Permission::ReadSubmissions).await;
        let rows = tx.submissions().of_form(world.form.id, Received::All, None, u16::MAX).await.unwrap().items;
        rows.into_iter().map(|row| row.id).collect()
    };
    there.sort_unstable();
    acknowledged.sort_unstable();
    assert_eq!(there, acknowledged, "what was acknowledged is there, once");
    cluster.stop();
}
