//! The programs that run for long, before a database that loses nothing: they start before no other (REL-10).
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    fs,
    io::{BufRead, BufReader},
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use qualify_postgres::{ClusterOptions, PrivateCluster, migrate};
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::time::sleep;

const DATABASE: &str = "qualify";
/// However long a machine takes: afterwards the test fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(90);

/// A database server of its own; it ends with the test.
struct Stand {
    cluster: PrivateCluster,
    folder: TempDir,
    url: String,
}

/// A program that runs; it ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Stand {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        // The database may run as another user, who has to pass through.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o711)).unwrap();
        let options = ClusterOptions { data_dir: folder.path().join("data"), durable: true };
        let cluster = PrivateCluster::start(options).await.unwrap();
        cluster.database(DATABASE).await.unwrap();
        migrate(&cluster.connection(DATABASE, "qualify_migrator")).await.unwrap();
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        Self { cluster, folder, url: format!("http://{address}") }
    }

    async fn sql(&self, statement: &'static str) {
        let mut sql = PgConnection::connect(&self.cluster.superuser_url(DATABASE)).await.unwrap();
        sqlx::query(statement).execute(&mut sql).await.unwrap();
    }

    fn run(&self, name: &str) -> Running {
        let superuser = self.cluster.superuser_url(DATABASE);
        let settings = [
            ("HTTP_BASE_URL", &*self.url),
            ("HTTP_LISTEN", &self.url["http://".len()..]),
            ("SECURITY_KEYS", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
            ("CONTROLLER_NAME", "Example SAS"),
            ("CONTROLLER_ADDRESS", "1 rue de l'Exemple, 75001 Paris"),
            ("CONTROLLER_PRIVACY_CONTACT", "privacy@example.com"),
            ("MAILER_ADAPTER", "maildir"),
            ("LOG_FORMAT", "json"),
            ("LOG_LEVEL", "error"),
            ("DATABASE_URL", &*superuser.replace("postgres://postgres@", "postgres://qualify_app@")),
        ];
        let mut command = Command::new(env!("CARGO_BIN_EXE_qualify"));
        command.arg(name).current_dir(self.folder.path()).env_clear().stdout(Stdio::null()).stderr(Stdio::piped());
        command.envs(settings.map(|(name, value)| (format!("QUALIFY_{name}"), value)));
        Running(command.spawn().unwrap())
    }

    async fn until(&self, path: &str, status: u16) {
        let (start, url) = (Instant::now(), format!("{}{path}", self.url));
        loop {
            let answer = reqwest::get(&url).await.map(|answer| answer.status().as_u16()).ok();
            if answer == Some(status) {
                return;
            }
            assert!(start.elapsed() < PATIENCE, "{url} answers {answer:?}, not {status}");
            sleep(Duration::from_millis(100)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn ret_16_a_worker_says_in_its_log_what_is_overdue() {
    let stand = Stand::new().await;
    stand
        .sql(
            "INSERT INTO throttles (key, failures, times, expires_at)
            SELECT sha256(int4send(n)), 1, '{}', to_timestamp(n) FROM generate_series(1, 3) AS n",
        )
        .await;
    stand.sql("REVOKE DELETE ON throttles FROM qualify_sweep_throttle").await;
    let mut worker = stand.run("work");
    let lines = BufReader::new(worker.0.stderr.take().unwrap()).lines().map(Result::unwrap);
    // It ends with the log: were it never said, the worker would be ended with the test.
    let said = tokio::task::spawn_blocking(move || {
        let mut others = Vec::new();
        for line in lines {
            let told: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if told["message"].as_str().is_some_and(|text| text.contains("overdue")) {
                return Ok(told);
            }
            others.push(line);
        }
        Err(others)
    });
    let said = tokio::time::timeout(PATIENCE, said).await.unwrap().unwrap().unwrap();
    assert_eq!((&said["level"], &said["kind"], &said["count"]), (&"ERROR".into(), &"throttle".into(), &3.into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn ret_17_a_forgotten_server_answers_503_until_the_restore_is_settled() {
    let stand = Stand::new().await;
    let _server = stand.run("serve");
    stand.until("/readyz", 200).await;
    stand.until("/privacy", 200).await;
    // What a restore does once its rows are there: it was alone before.
    stand.sql("CREATE SCHEMA unsettled").await;
    stand
        .sql(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .await;
    stand.until("/readyz", 503).await;
    stand.until("/privacy", 503).await;
    let page = format!("{}/privacy", stand.url);
    assert_eq!(reqwest::get(&page).await.unwrap().status().as_u16(), 503, "for as long as it takes");
    stand.sql("DROP SCHEMA unsettled").await;
    stand.until("/readyz", 200).await;
    stand.until("/privacy", 200).await;
}
