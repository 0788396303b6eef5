//! Where measurements are made: a durable PostgreSQL of one's own, removed with everything in it afterwards.

use std::{
    fs::File,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use qualify_postgres::{APP, ClusterOptions, MIGRATOR, PrivateCluster, SUPERUSER, migrate};
use sqlx::{AssertSqlSafe, PgPool, postgres::PgPoolOptions};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    time::sleep,
};

use crate::{Fallible, arguments::Arguments, server::Server};

/// The installed settings of PostgreSQL, durability included, and what an operator of a busy server would set: memory for
/// the pages in use, and room enough for the log that no checkpoint falls into a measurement by its size.
const SETTINGS: &[&str] = &[
    "ALTER SYSTEM SET shared_buffers = '512MB'",
    "ALTER SYSTEM SET max_wal_size = '8GB'",
    "ALTER SYSTEM SET checkpoint_timeout = '30min'",
];

/// A mail takes this long at most.
const DELIVERY: Duration = Duration::from_secs(30);

/// A database server and a folder.
pub struct Stand {
    // The server ends before its folder is removed.
    cluster: PrivateCluster,
    folder: TempDir,
    pub program: PathBuf,
    keys: String,
}

impl Stand {
    pub async fn raise(arguments: &Arguments) -> Fallible<Self> {
        let program = arguments.program.clone();
        if !program.is_file() {
            return Err(format!("{} is not there: build qualify-server too", program.display()).into());
        }
        let folder = tempfile::Builder::new().prefix("qualify-bench-").tempdir()?;
        let options = ClusterOptions { data_dir: folder.path().to_path_buf(), durable: true };
        let cluster = PrivateCluster::start(options.clone()).await?;
        let pool = PgPool::connect_with(cluster.connection("postgres", SUPERUSER)).await?;
        for setting in SETTINGS {
            sqlx::query(*setting).execute(&pool).await?;
        }
        pool.close().await;
        cluster.stop();
        let cluster = PrivateCluster::start(options).await?;
        let keys = generate_keys(&program).await?;
        Ok(Self { cluster, folder, program, keys })
    }

    /// Makes a database with the product's schema, and connects to it as somebody whom row security does not bind.
    pub async fn database(&self, name: &str) -> Fallible<PgPool> {
        self.cluster.database(name).await?;
        migrate(&self.cluster.connection(name, MIGRATOR)).await?;
        Ok(PgPoolOptions::new().max_connections(4).connect_with(self.cluster.connection(name, SUPERUSER)).await?)
    }

    /// Removes a database.
    pub async fn drop_database(&self, name: &str) -> Fallible<()> {
        let pool = PgPool::connect_with(self.cluster.connection("postgres", SUPERUSER)).await?;
        sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)"))).execute(&pool).await?;
        pool.close().await;
        Ok(())
    }

    /// The address of a database as somebody whom row security does not bind.
    pub fn superuser_url(&self, database: &str) -> String {
        self.cluster.superuser_url(database)
    }

    /// The folder of the server's socket.
    pub fn sockets(&self) -> String {
        self.superuser_url("postgres").split_once("host=").map(|(_, folder)| folder.to_owned()).unwrap_or_default()
    }

    /// Where their mails lie.
    pub fn maildir(&self) -> PathBuf {
        self.folder().join("mail")
    }

    /// Forgets the mails that came.
    pub fn empty_maildir(&self) -> Fallible<()> {
        Ok(std::fs::remove_dir_all(self.maildir()).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?)
    }

    /// Where processes write what they have to say.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts `qualify serve` on a database, ready to serve when this returns.
    pub async fn serve(&self, database: &str, arguments: &[&str]) -> Fallible<Server> {
        self.serve_as(database, arguments, "0").await
    }

    /// The same, believing one proxy: one machine sends for many networks.
    pub async fn serve_behind_proxy(&self, database: &str) -> Fallible<Server> {
        self.serve_as(database, &[], "1").await
    }

    /// Starts `qualify work` on a database. It ends when it is dropped.
    pub fn work(&self, database: &str) -> Fallible<Child> {
        let mut command = self.command(database);
        let log = File::create(self.folder().join("worker.log"))?;
        command
            .arg("work")
            .env("QUALIFY_HTTP_BASE_URL", "http://127.0.0.1")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true);
        Ok(command.spawn()?)
    }

    async fn serve_as(&self, database: &str, arguments: &[&str], proxies: &str) -> Fallible<Server> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = self.command(database);
        command.arg("serve").args(arguments).envs([
            ("QUALIFY_HTTP_LISTEN", port.to_string().as_str()),
            ("QUALIFY_HTTP_BASE_URL", &format!("http://{port}")),
            ("QUALIFY_HTTP_TRUSTED_PROXIES", proxies),
        ]);
        Server::start(command, port, "/readyz", &self.folder().join("qualify.log")).await
    }

    /// The program with settings for a database, in the role it has in production.
    fn command(&self, database: &str) -> Command {
        let url = self.superuser_url(database).replacen(&format!("//{SUPERUSER}@"), &format!("//{APP}@"), 1);
        let mut command = Command::new(&self.program);
        command.env_clear().current_dir(self.folder()).envs([
            ("QUALIFY_DATABASE_URL", url.as_str()),
            // One machine sends for many here.
            ("QUALIFY_HTTP_INTAKE_PER_SOURCE", "4000000000"),
            ("QUALIFY_HTTP_INTAKE_PER_FORM", "4000000000"),
            ("QUALIFY_SECURITY_KEYS", &self.keys),
            ("QUALIFY_CONTROLLER_NAME", "Example Ltd"),
            ("QUALIFY_CONTROLLER_ADDRESS", "1 Example Street"),
            ("QUALIFY_CONTROLLER_PRIVACY_CONTACT", "privacy@example.com"),
            ("QUALIFY_MAILER_ADAPTER", "maildir"),
            ("QUALIFY_MAILDIR_PATH", &self.maildir().to_string_lossy()),
            ("QUALIFY_FOLDER_PATH", &self.folder().join("files").to_string_lossy()),
            ("QUALIFY_LOG_LEVEL", "warn"),
        ]);
        command
    }
}

/// A database of a server of its own, for the tests of what is put into it. Both are there as long as the first is held.
#[cfg(test)]
pub async fn scratch() -> ((PrivateCluster, TempDir), PgPool) {
    let folder = tempfile::tempdir().unwrap();
    let options = ClusterOptions { data_dir: folder.path().to_path_buf(), durable: false };
    let cluster = PrivateCluster::start(options).await.unwrap();
    cluster.database("scratch").await.unwrap();
    migrate(&cluster.connection("scratch", MIGRATOR)).await.unwrap();
    let pool = PgPool::connect_with(cluster.connection("scratch", SUPERUSER)).await.unwrap();
    ((cluster, folder), pool)
}

/// What the link carries that a mail of the maildir leads to, once it has come: the first of that page.
pub async fn mailed(maildir: &Path, page: &str) -> Fallible<String> {
    let start = Instant::now();
    while start.elapsed() < DELIVERY {
        for file in std::fs::read_dir(maildir.join("new")).into_iter().flatten().flatten() {
            // Long lines are folded by a sign of equality at their ends.
            let mail = std::fs::read_to_string(file.path())?.replace("=\r\n", "").replace("=\n", "");
            if let Some((_, after)) = mail.split_once(&format!("/{page}/")) {
                let secret = after.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
                return Ok(secret.collect());
            }
        }
        sleep(Duration::from_millis(20)).await;
    }
    Err(format!("no mail with a link to {page} came").into())
}

async fn generate_keys(program: &Path) -> Fallible<String> {
    let output = Command::new(program).args(["admin", "keys", "generate"]).env_clear().output().await?;
    if !output.status.success() {
        return Err(format!("no key: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(String::from_utf8(output.stdout)?.trim().to_owned())
}
