//! What is acknowledged survives: the process is killed, the database goes away, and the senders simply try again
//! (REL-1).
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use qualify_postgres::{ClusterOptions, PrivateCluster, migrate};
use reqwest::{Client, StatusCode, redirect::Policy};
use serde_json::json;
use sqlx::{Connection, PgConnection};
use tokio::{task::JoinSet, time::sleep};

const DATABASE: &str = "qualify";
const SENDERS: usize = 8;
/// However long a machine takes: afterwards the test fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(90);

/// A database server that can go away, and an installation in front of it.
struct Stand {
    folder: PathBuf,
    cluster: Option<PrivateCluster>,
    port: u16,
    process: Option<Child>,
}

impl Stand {
    async fn build(folder: &Path) -> Self {
        // The database may run as another user, who has to pass through.
        fs::set_permissions(folder, fs::Permissions::from_mode(0o711)).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut stand = Self { folder: folder.to_owned(), cluster: None, port, process: None };
        stand.start_database().await;
        let cluster = stand.cluster.as_ref().unwrap();
        cluster.database(DATABASE).await.unwrap();
        migrate(&cluster.connection(DATABASE, "qualify_migrator")).await.unwrap();
        stand.start_process();
        stand
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    async fn start_database(&mut self) {
        let options = ClusterOptions { data_dir: self.folder.join("data"), durable: true };
        self.cluster = Some(PrivateCluster::start(options).await.unwrap());
    }

    fn stop_database(&mut self) {
        self.cluster.take().unwrap().stop();
    }

    fn start_process(&mut self) {
        let address = self.cluster.as_ref().unwrap().superuser_url(DATABASE);
        let settings = [
            ("HTTP_BASE_URL", self.url("")),
            ("HTTP_LISTEN", format!("127.0.0.1:{}", self.port)),
            ("HTTP_INTAKE_PER_SOURCE", "1000000".to_owned()),
            ("HTTP_INTAKE_PER_FORM", "1000000".to_owned()),
            ("DATABASE_URL", address.replace("postgres://postgres@", "postgres://qualify_app@")),
            ("SECURITY_KEYS", "q".repeat(42) + "o="),
            ("SECURITY_PASSWORD_COST", "10".to_owned()),
            ("CONTROLLER_NAME", "Keeper of the Tests".to_owned()),
            ("CONTROLLER_ADDRESS", "1 Test Street, 75001 Paris".to_owned()),
            ("CONTROLLER_PRIVACY_CONTACT", "privacy@example.org".to_owned()),
            ("MAILER_ADAPTER", "maildir".to_owned()),
            ("MAILDIR_PATH", self.folder.join("mail").display().to_string()),
            ("LOG_LEVEL", "error".to_owned()),
        ];
        let mut command = Command::new(env!("CARGO_BIN_EXE_qualify"));
        command.arg("serve").current_dir(&self.folder).stdout(Stdio::null());
        command.envs(settings.into_iter().map(|(name, value)| (format!("QUALIFY_{name}"), value)));
        self.process = Some(command.spawn().unwrap());
    }

    /// `kill -9`: nothing is brought to an end.
    fn kill_process(&mut self) {
        let mut process = self.process.take().unwrap();
        process.kill().unwrap();
        process.wait().unwrap();
    }

    async fn wait_until_ready(&self) {
        let start = Instant::now();
        let client = Client::new();
        while client.get(self.url("/readyz")).send().await.map(|answer| answer.status()).ok() != Some(StatusCode::OK) {
            assert!(start.elapsed() < PATIENCE, "the installation does not come back");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Signs up, and tells the address of the first form.
    async fn first_form(&self) -> String {
        let client = Client::builder().redirect(Policy::none()).build().unwrap();
        let fields = [
            ("first_name", "Odile"),
            ("last_name", "Owner"),
            ("email", "odile@example.org"),
            ("organization", "North"),
        ];
        let answer = client.post(self.url("/sign-up")).form(&fields).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let page = self.url(&format!("/sign-up/{}", self.mailed("/sign-up/").await));
        let password = [("password", "a long walk along the river")];
        let answer = client.post(page).form(&password).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::SEE_OTHER);
        let id: uuid::Uuid = self.ask("SELECT public_id FROM form_addresses").await;
        self.url(&format!("/f/{id}"))
    }

    /// What the link of the mail carries that leads to that page.
    async fn mailed(&self, page: &str) -> String {
        let start = Instant::now();
        loop {
            for file in fs::read_dir(self.folder.join("mail/new")).into_iter().flatten().flatten() {
                // Long lines are folded by a sign of equality at their ends.
                let mail = fs::read_to_string(file.path()).unwrap().replace("=\r\n", "").replace("=\n", "");
                if let Some((_, after)) = mail.split_once(page) {
                    let secret = after.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
                    return secret.collect();
                }
            }
            assert!(start.elapsed() < PATIENCE, "no mail came");
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// One value, past row security.
    async fn ask<T>(&self, query: &'static str) -> T
    where
        T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres> + Send + Unpin,
    {
        let options = self.cluster.as_ref().unwrap().connection(DATABASE, "postgres");
        let mut connection = PgConnection::connect_with(&options).await.unwrap();
        sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill_process();
        }
    }
}

/// People who send one submission after the other, each until it is acknowledged.
struct Senders {
    tasks: JoinSet<Vec<String>>,
    stop: Arc<AtomicBool>,
    acknowledged: Arc<AtomicUsize>,
}

impl Senders {
    fn start(form: &str) -> Self {
        let (stop, acknowledged) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let mut tasks = JoinSet::new();
        for sender in 0..SENDERS {
            let (form, stop, acknowledged) = (form.to_owned(), stop.clone(), acknowledged.clone());
            tasks.spawn(async move {
                let client = Client::builder().timeout(Duration::from_secs(5)).build().unwrap();
                let mut receipts = Vec::new();
                for number in 0.. {
                    if stop.load(Ordering::Relaxed) {
                        break;
                    }
                    receipts.push(send(&client, &form, &format!("{sender}-{number}")).await);
                    acknowledged.fetch_add(1, Ordering::Relaxed);
                }
                receipts
            });
        }
        Self { tasks, stop, acknowledged }
    }

    /// Waits until so many more are acknowledged.
    async fn send_more(&self, count: usize) {
        let (start, before) = (Instant::now(), self.acknowledged.load(Ordering::Relaxed));
        while self.acknowledged.load(Ordering::Relaxed) < before + count {
            assert!(start.elapsed() < PATIENCE, "submissions are no longer acknowledged");
            sleep(Duration::from_millis(5)).await;
        }
    }

    async fn finish(mut self) -> Vec<String> {
        self.stop.store(true, Ordering::Relaxed);
        let mut receipts = Vec::new();
        while let Some(of_one) = self.tasks.join_next().await {
            receipts.extend(of_one.unwrap());
        }
        receipts
    }
}

/// Sends until it is acknowledged, with the same key each time; tells the receipt.
async fn send(client: &Client, form: &str, key: &str) -> String {
    let start = Instant::now();
    loop {
        let body = json!({ "email": format!("sender-{key}@example.org"), "message": format!("Number {key}.") });
        let request = client.post(form).header("accept", "application/json").header("idempotency-key", key);
        if let Ok(answer) = request.json(&body).send().await {
            let status = answer.status();
            assert!(status == StatusCode::CREATED || status.is_server_error(), "{status}");
            if let (StatusCode::CREATED, Ok(told)) = (status, answer.json::<serde_json::Value>().await) {
                return told["receipt"].as_str().unwrap().to_owned();
            }
        }
        assert!(start.elapsed() < PATIENCE, "the submission {key} is never acknowledged");
        sleep(Duration::from_millis(20)).await;
    }
}

async fn every_receipt_is_kept_once(stand: &Stand, receipts: &[String]) {
    let kept: Vec<uuid::Uuid> = stand.ask("SELECT array_agg(id) FROM submissions").await;
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for id in &kept {
        *times.entry(id.to_string()).or_default() += 1;
    }
    for receipt in receipts {
        assert_eq!(times.get(receipt), Some(&1), "the submission of receipt {receipt}");
    }
    let people: i64 = stand.ask("SELECT count(DISTINCT email) FROM submissions").await;
    assert_eq!(kept.len(), usize::try_from(people).unwrap(), "none was kept twice");
    assert_eq!(kept.len(), receipts.len(), "and none that nobody was told of, for each sender tried until told");
}

/// Each submission reaches exactly one lead, whatever happened to the worker meanwhile.
async fn every_submission_becomes_one_lead(stand: &Stand, count: usize) {
    let start = Instant::now();
    let expected = i64::try_from(count).unwrap();
    while stand.ask::<i64>("SELECT count(*) FROM submissions WHERE lead_id IS NOT NULL").await < expected {
        assert!(start.elapsed() < PATIENCE, "the worker does not catch up");
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(stand.ask::<i64>("SELECT count(*) FROM leads").await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_1_a_killed_process_loses_and_doubles_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = Stand::build(folder.path()).await;
    stand.wait_until_ready().await;
    let senders = Senders::start(&stand.first_form().await);
    for _ in 0..5 {
        senders.send_more(40).await;
        stand.kill_process();
        stand.start_process();
    }
    senders.send_more(40).await;
    let receipts = senders.finish().await;
    every_receipt_is_kept_once(&stand, &receipts).await;
    every_submission_becomes_one_lead(&stand, receipts.len()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_1_a_database_that_goes_away_loses_and_doubles_nothing_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = Stand::build(folder.path()).await;
    stand.wait_until_ready().await;
    let senders = Senders::start(&stand.first_form().await);
    for _ in 0..3 {
        senders.send_more(40).await;
        stand.stop_database();
        sleep(Duration::from_millis(300)).await;
        stand.start_database().await;
        stand.wait_until_ready().await;
    }
    senders.send_more(40).await;
    let receipts = senders.finish().await;
    every_receipt_is_kept_once(&stand, &receipts).await;
    every_submission_becomes_one_lead(&stand, receipts.len()).await;
}
