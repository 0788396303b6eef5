//! The product as processes of its own, to be killed: the server, and the database it keeps everything in.

use std::{
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use qualify_crypto::KeyRing;
use qualify_postgres::{APP, ClusterOptions, MIGRATOR, PrivateCluster, SUPERUSER, migrate};
use secrecy::ExposeSecret;
use sqlx::{Connection, PgConnection};
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

use crate::Client;

const DATABASE: &str = "qualify";
/// REL-1: the product serves again after this long.
const RECOVERY: Duration = Duration::from_secs(15);

/// A database server of its own, as durable as in production.
pub struct Cluster {
    running: Option<PrivateCluster>,
    folder: TempDir,
}

impl Cluster {
    /// Starts one with a migrated database.
    ///
    /// # Panics
    /// If it cannot.
    pub async fn start() -> Self {
        let folder = tempfile::Builder::new().prefix("qualify-crash-").tempdir_in("/tmp").expect("a folder");
        let mut cluster = Self { running: None, folder };
        cluster.restart().await;
        let running = cluster.running();
        running.database(DATABASE).await.expect("a database");
        migrate(&running.connection(DATABASE, MIGRATOR)).await.expect("the migrations");
        cluster
    }

    /// Starts it again after [`Self::stop`].
    ///
    /// # Panics
    /// If it does not start.
    pub async fn restart(&mut self) {
        let options = ClusterOptions { data_dir: self.folder.path().join("data"), durable: true };
        self.running = Some(PrivateCluster::start(options).await.unwrap_or_else(|error| panic!("{error}")));
    }

    /// Throws everybody out and ends it.
    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop();
        }
    }

    /// A connection that row security does not bind.
    ///
    /// # Panics
    /// If there is none.
    pub async fn superuser(&self) -> PgConnection {
        let options = self.running().connection(DATABASE, SUPERUSER);
        PgConnection::connect_with(&options).await.expect("the database")
    }

    fn running(&self) -> &PrivateCluster {
        self.running.as_ref().expect("a running server")
    }

    fn url(&self) -> String {
        self.running().superuser_url(DATABASE).replacen("//postgres@", &format!("//{APP}@"), 1)
    }
}

/// The server process.
pub struct Program {
    /// Its address.
    pub url: String,
    child: Option<Child>,
    environment: Vec<(&'static str, String)>,
    folder: TempDir,
}

impl Program {
    /// Starts it in front of that database.
    ///
    /// # Panics
    /// If it does not serve in time.
    pub async fn start(cluster: &Cluster) -> Self {
        let folder = tempfile::Builder::new().prefix("qualify-program-").tempdir().expect("a folder");
        let port = free_port();
        let url = format!("http://127.0.0.1:{port}");
        let environment = vec![
            ("QUALIFY_DATABASE_URL", cluster.url()),
            ("QUALIFY_HTTP_LISTEN", format!("127.0.0.1:{port}")),
            ("QUALIFY_HTTP_BASE_URL", url.clone()),
            ("QUALIFY_HTTP_INTAKE_PER_SOURCE", "1000000".to_owned()),
            ("QUALIFY_HTTP_INTAKE_PER_FORM", "1000000".to_owned()),
            ("QUALIFY_SECURITY_KEYS", KeyRing::generate().text().expose_secret().to_owned()),
            ("QUALIFY_SECURITY_PASSWORD_COST", "10".to_owned()),
            ("QUALIFY_CONTROLLER_NAME", "Keeper of the Tests".to_owned()),
            ("QUALIFY_CONTROLLER_ADDRESS", "1 Test Street, 75001 Paris".to_owned()),
            ("QUALIFY_CONTROLLER_PRIVACY_CONTACT", "privacy@keeper.example".to_owned()),
            ("QUALIFY_MAILER_ADAPTER", "maildir".to_owned()),
            ("QUALIFY_MAILDIR_PATH", folder.path().join("mail").to_string_lossy().into_owned()),
        ];
        let mut program = Self { url, child: None, environment, folder };
        program.restart().await;
        program
    }

    /// A browser in front of it.
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// Ends it as the kernel does when memory runs out: at once, without a word.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = kill(pid(&child), Signal::SIGKILL);
            let _ = child.wait();
        }
    }

    /// Starts it again; tells how long it took until it served.
    ///
    /// # Panics
    /// If that takes longer than REL-1 allows.
    pub async fn restart(&mut self) -> Duration {
        let log = std::fs::File::create(self.folder.path().join("log")).expect("a log");
        let mut command = Command::new(binary());
        command.arg("serve").current_dir(self.folder.path()).env_clear().envs(self.environment.clone());
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().expect("the program starts"));
        let start = Instant::now();
        while !self.is_ready().await {
            assert!(start.elapsed() < RECOVERY, "not ready in time: {}", self.log());
            sleep(Duration::from_millis(20)).await;
        }
        start.elapsed()
    }

    /// Whether it can serve.
    pub async fn is_ready(&self) -> bool {
        let client = self.client();
        let request = client.request(reqwest::Method::GET, "/readyz").timeout(Duration::from_secs(2));
        client.try_ask(request).await.is_ok_and(|answer| answer.status == 200)
    }

    /// What it wrote.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = kill(pid(&child), Signal::SIGTERM);
            let _ = child.wait();
        }
    }
}

fn pid(child: &Child) -> Pid {
    Pid::from_raw(i32::try_from(child.id()).expect("a process id"))
}

/// The binary, beside the test program: `cargo nextest run --workspace` builds both.
fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("the test program's own path");
    let binary = test.ancestors().nth(2).map(|folder| folder.join("qualify")).expect("a build directory");
    assert!(
        Path::new(&binary).exists(),
        "{} is missing; build it with: cargo build -p qualify-server",
        binary.display()
    );
    binary
}

/// A port that nobody uses at the moment.
///
/// # Panics
/// If there is none.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}
