//! PostgreSQL in a container, frozen and killed under submissions. `make test-containers` provides the engine.

use std::{sync::Arc, time::Duration};

use qualify_domain::{access::Permission, id::SubmissionId};
use qualify_ports::storage::{Intake, Received, Recorded, Storage};
use qualify_postgres::{APP, Postgres, PostgresOptions, testing::TestServer};
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};

use crate::world::{Noon, World, after};

const SENDERS: u8 = 6;
const EACH: u8 = 80;

/// Sends again, with the same key, until there is a receipt.
async fn insist(world: &World, intake: Intake) -> SubmissionId {
    loop {
        match world.storage.record(&world.may(Permission::CaptureLead), intake.clone()).await {
            Ok(Recorded::Kept(id) | Recorded::Known(id)) => return id,
            Ok(Recorded::OtherBody) => unreachable!("the body was the same"),
            Err(_) => sleep(Duration::from_millis(20)).await,
        }
    }
}

fn send(world: &Arc<World>, receipts: &mpsc::UnboundedSender<SubmissionId>) {
    for sender in 0..SENDERS {
        let (world, receipts) = (world.clone(), receipts.clone());
        tokio::spawn(async move {
            for round in 0..EACH {
                let mut intake = world.intake(world.submission(after(round.into()), "anna@example.com"), sender);
                intake.key.key[1] = round;
                receipts.send(insist(&world, intake).await).unwrap();
                sleep(Duration::from_millis(10)).await;
            }
        });
    }
}

async fn there(world: &World) -> Vec<SubmissionId> {
    // Idle connections broke with the server; each is noticed once.
    while world.storage.ready().await.is_err() {
        sleep(Duration::from_millis(20)).await;
    }
    let mut tx = world.begin(Permission::ReadSubmissions).await;
    let rows = tx.submissions().of_form(world.form.id, Received::All, None, u16::MAX).await.unwrap().items;
    rows.into_iter().map(|row| row.id).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_frozen_and_killed_container_loses_no_acknowledged_submission_and_doubles_none() {
    let server = TestServer::new().await;
    let container = server.container().expect("an engine that answers, and the image");
    let connection = server.superuser(&server.shared().await).username(APP);
    let options = PostgresOptions { patience: Duration::from_secs(2), ..PostgresOptions::new(connection) };
    let world = Arc::new(World::found(Postgres::new(&options, Arc::new(Noon))).await);
    let (sender, mut receipts) = mpsc::unbounded_channel();
    send(&world, &sender);
    drop(sender);
    let mut acknowledged = vec![receipts.recv().await.expect("the first receipt")];

    container.pause().await.unwrap();
    sleep(Duration::from_millis(200)).await;
    while let Ok(receipt) = receipts.try_recv() {
        acknowledged.push(receipt);
    }
    let silence = timeout(Duration::from_secs(1), receipts.recv()).await;
    assert!(silence.is_err(), "a receipt came while nothing could be committed");
    container.unpause().await.unwrap();
    acknowledged.push(receipts.recv().await.expect("it goes on"));

    for _ in 0..2 {
        container.kill_and_restart().await.unwrap();
        acknowledged.push(receipts.recv().await.expect("it goes on"));
    }
    while let Some(receipt) = receipts.recv().await {
        acknowledged.push(receipt);
    }

    assert_eq!(acknowledged.len(), usize::from(SENDERS) * usize::from(EACH));
    let mut there = there(&world).await;
    there.sort_unstable();
    acknowledged.sort_unstable();
    assert_eq!(there, acknowledged, "what was acknowledged is there, once");
}
