//! An acknowledged submission is never lost and never doubled, whatever dies meanwhile.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use qualify_integration::{Client, Cluster, PASSWORD, Program};
use reqwest::Method;
use serde_json::json;
use tokio::{task::JoinSet, time::sleep};

const SENDERS: usize = 12;
/// REL-1: the product takes submissions again after this long.
const RECOVERY: Duration = Duration::from_secs(15);

/// What senders were told: the key of each acknowledged submission, and its receipt.
type Acknowledged = Arc<Mutex<BTreeMap<String, String>>>;

/// Visitors who send one submission after the other, and try again with the same key until it is acknowledged.
struct Load {
    stop: Arc<AtomicBool>,
    acknowledged: Acknowledged,
    senders: JoinSet<()>,
}

impl Load {
    fn begin(client: &Client, public_id: &str) -> Self {
        let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Acknowledged::default());
        let mut senders = JoinSet::new();
        for sender in 0..SENDERS {
            let (client, path) = (client.clone(), format!("/f/{public_id}"));
            let (stop, acknowledged) = (stop.clone(), acknowledged.clone());
            senders.spawn(async move {
                let mut number = 0;
                while !stop.load(Ordering::SeqCst) {
                    number += 1;
                    let key = format!("sender-{sender}-{number}");
                    let receipt = send_until_taken(&client, &path, &key).await;
                    acknowledged.lock().unwrap().insert(key, receipt);
                }
            });
        }
        Self { stop, acknowledged, senders }
    }

    fn count(&self) -> usize {
        self.acknowledged.lock().unwrap().len()
    }

    /// Waits until more is acknowledged than now.
    async fn goes_on(&self, more: usize) -> Duration {
        let (start, before) = (Instant::now(), self.count());
        while self.count() < before + more {
            assert!(start.elapsed() < RECOVERY, "nothing is acknowledged any more");
            sleep(Duration::from_millis(10)).await;
        }
        start.elapsed()
    }

    async fn end(mut self) -> BTreeMap<String, String> {
        self.stop.store(true, Ordering::SeqCst);
        while let Some(ended) = self.senders.join_next().await {
            ended.unwrap();
        }
        self.acknowledged.lock().unwrap().clone()
    }
}

async fn send_until_taken(client: &Client, path: &str, key: &str) -> String {
    let start = Instant::now();
    loop {
        let request = client.request(Method::POST, path).header("accept", "application/json");
        let request = request.header("idempotency-key", key).timeout(Duration::from_secs(5));
        let request = request.json(&json!({"email": format!("{key}@example.com"), "message": key}));
        match client.try_ask(request).await {
            Ok(answer) if answer.status == 201 => return answer.json()["receipt"].as_str().unwrap().to_owned(),
            Ok(answer) => assert!(answer.status >= 500, "{}: {}", answer.status, answer.text()),
            Err(_) => {}
        }
        assert!(start.elapsed() < 2 * RECOVERY, "{key} is never taken");
        sleep(Duration::from_millis(50)).await;
    }
}

async fn public_id(cluster: &Cluster, program: &Program) -> String {
    let fields = [
        ("first_name", "Odile"),
        ("last_name", "Owner"),
        ("email", "owner@north.example"),
        ("password", PASSWORD),
        ("organization", "North"),
    ];
    let answer = program.client().post("/sign-up", &fields).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    let query = "SELECT public_id::text FROM form_addresses";
    sqlx::query_scalar(query).fetch_one(&mut cluster.superuser().await).await.unwrap()
}

/// Each acknowledged submission is there, under its receipt, once; and has become a lead once.
async fn assert_kept_once(cluster: &Cluster, acknowledged: &BTreeMap<String, String>) {
    let mut database = cluster.superuser().await;
    let start = Instant::now();
    let waiting = "SELECT count(*) FROM outbox";
    while sqlx::query_scalar::<_, i64>(waiting).fetch_one(&mut database).await.unwrap() > 0 {
        assert!(start.elapsed() < Duration::from_mins(1), "what follows does not follow");
        sleep(Duration::from_millis(100)).await;
    }
    let kept: Vec<(String, String)> =
        sqlx::query_as("SELECT message, id::text FROM submissions").fetch_all(&mut database).await.unwrap();
    assert!(!acknowledged.is_empty());
    let by_key: BTreeMap<_, _> = kept.iter().cloned().collect();
    assert_eq!(by_key.len(), kept.len(), "none is there twice");
    for (key, receipt) in acknowledged {
        assert_eq!(by_key.get(key), Some(receipt), "{key} was acknowledged");
    }
    let leads: i64 = sqlx::query_scalar("SELECT count(*) FROM leads").fetch_one(&mut database).await.unwrap();
    assert_eq!(usize::try_from(leads).unwrap(), kept.len(), "each became one lead");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rel_1_when_the_server_is_killed_under_load_nothing_acknowledged_is_lost_or_doubled() {
    let cluster = Cluster::start().await;
    let mut program = Program::start(&cluster).await;
    let load = Load::begin(&program.client(), &public_id(&cluster, &program).await);
    for _ in 0..4 {
        load.goes_on(60).await;
        program.kill();
        let ready = program.restart().await;
        assert!(ready < RECOVERY, "{ready:?}");
    }
    load.goes_on(20).await;
    assert_kept_once(&cluster, &load.end().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rel_1_when_the_database_stops_under_load_nothing_acknowledged_is_lost_or_doubled() {
    let mut cluster = Cluster::start().await;
    let program = Program::start(&cluster).await;
    let load = Load::begin(&program.client(), &public_id(&cluster, &program).await);
    for _ in 0..3 {
        load.goes_on(60).await;
        cluster.stop();
        sleep(Duration::from_millis(500)).await;
        assert!(!program.is_ready().await, "without a database nobody is sent here");
        cluster.restart().await;
        load.goes_on(20).await;
        assert!(program.is_ready().await);
    }
    assert_kept_once(&cluster, &load.end().await).await;
}
