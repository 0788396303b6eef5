//! The server on which tests make their databases.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    process::Command,
};

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, postgres::PgConnectOptions};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::{
    cluster::{ClusterOptions, PrivateCluster},
    migrate::{MIGRATIONS, migrate},
    provision::{self, APP, MIGRATOR, ROLES, SUPERUSER, quoted},
};

/// The variable that names a server for tests, by a superuser's address.
pub const VARIABLE: &str = "QUALIFY_TEST_DATABASE";

/// What the roles log in with where the server asks; a test server holds nothing to protect.
const PASSWORD: &str = "qualify-test";

/// The server on which tests make their databases.
#[derive(Debug)]
pub struct TestServer {
    superuser: PgConnectOptions,
    cluster: Option<PrivateCluster>,
    #[cfg(feature = "containers")]
    container: Option<super::container::Container>,
}

static SERVER: OnceCell<TestServer> = OnceCell::const_new();

impl TestServer {
    /// The server of this process.
    ///
    /// # Panics
    /// If there is none, with the reason.
    pub async fn get() -> &'static Self {
        SERVER.get_or_init(Self::new).await
    }

    /// A server for whoever asks: the one named by [`VARIABLE`], else one that ends with this value.
    ///
    /// # Panics
    /// If there is none, with the reason.
    pub async fn new() -> Self {
        if let Some(address) = env::var(VARIABLE).ok().filter(|address| !address.is_empty()) {
            return Self::external(address.parse().expect("QUALIFY_TEST_DATABASE is a PostgreSQL address"));
        }
        #[cfg(feature = "containers")]
        if let Some(container) = super::container::Container::start_if_possible().await {
            return Self { container: Some(container.clone()), ..Self::external(container.superuser()) };
        }
        Self::private().await
    }

    fn external(superuser: PgConnectOptions) -> Self {
        Self {
            superuser,
            cluster: None,
            #[cfg(feature = "containers")]
            container: None,
        }
    }

    /// A private cluster, of a copy of one that was prepared before.
    ///
    /// # Panics
    /// If it does not start, with the reason.
    pub async fn private() -> Self {
        let folder = tempfile::Builder::new().prefix("qualify-test-").tempdir().expect("a folder for the cluster");
        if let Some(cache) = cache() {
            copy_prepared(&cache, &folder).await;
        }
        Self::on(PrivateCluster::start_throwaway(folder).await.unwrap_or_else(|error| panic!("{error}")))
    }

    fn on(cluster: PrivateCluster) -> Self {
        let superuser = cluster.connection("postgres", SUPERUSER);
        Self { cluster: Some(cluster), ..Self::external(superuser) }
    }

    /// The cluster, if the server is one.
    pub fn cluster(&self) -> Option<&PrivateCluster> {
        self.cluster.as_ref()
    }

    /// Ends the server, if it is ours.
    pub fn stop(self) {
        if let Some(cluster) = self.cluster {
            cluster.stop();
        }
    }

    /// How a superuser reaches a database.
    pub fn superuser(&self, database: &str) -> PgConnectOptions {
        self.superuser.clone().database(database)
    }

    /// The address by which a superuser reaches a database.
    pub fn superuser_url(&self, database: &str) -> String {
        address(&self.superuser(database))
    }

    pub(super) fn role(&self, database: &str, role: &str) -> PgConnectOptions {
        self.superuser(database).username(role).password(PASSWORD)
    }

    pub(super) fn url(&self, database: &str, role: &str) -> String {
        address(&self.role(database, role))
    }

    pub(super) async fn maintenance(&self) -> PgConnection {
        PgConnection::connect_with(&self.superuser("postgres")).await.expect("the test server can be reached")
    }

    /// The migrated database that nobody connects to, to be copied.
    pub async fn pristine(&self) -> String {
        self.make("qualify_pristine").await
    }

    /// The migrated database that tests share.
    pub async fn shared(&self) -> String {
        self.make("qualify_shared").await
    }

    async fn make(&self, kind: &str) -> String {
        let name = format!("{kind}_{:016x}", schema_hash());
        let mut maintenance = self.maintenance().await;
        maintenance.execute("SELECT pg_advisory_lock(7411036521)").await.expect("a lock");
        let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(&name)
            .fetch_one(&mut maintenance)
            .await
            .expect("a look at the databases");
        if !there {
            // Under another name until it is complete.
            let draft = format!("{kind}_draft");
            let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(&draft));
            maintenance.execute(AssertSqlSafe(drop)).await.expect("no former draft");
            provision::database(&self.superuser("postgres"), &draft).await.expect("a provisioned database");
            for role in [APP, MIGRATOR] {
                let password = format!("ALTER ROLE {role} PASSWORD '{PASSWORD}'");
                maintenance.execute(AssertSqlSafe(password)).await.expect("a password");
            }
            migrate(&self.role(&draft, MIGRATOR)).await.expect("the migrations run");
            let rename = format!("ALTER DATABASE {} RENAME TO {}", quoted(&draft), quoted(&name));
            maintenance.execute(AssertSqlSafe(rename)).await.expect("the draft becomes real");
        }
        maintenance.close().await.expect("the lock is given back");
        name
    }
}

fn address(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(folder) => format!(
            "postgres://{}@localhost:{}/{}?host={}",
            options.get_username(),
            options.get_port(),
            options.get_database().unwrap_or_default(),
            folder.display()
        ),
        None => options.to_url_lossy().into(),
    }
}

fn schema_hash() -> u64 {
    let mut hash = DefaultHasher::new();
    ROLES.hash(&mut hash);
    provision::grants("").hash(&mut hash);
    MIGRATIONS.iter().for_each(|migration| migration.checksum.hash(&mut hash));
    hash.finish()
}

/// A folder of the build directory, where the test program lies in one.
fn cache() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists())?;
    Some(target.join("qualify-test-cluster"))
}

/// Fills the folder with a cluster that is initialized, provisioned and migrated; prepares it the first time.
async fn copy_prepared(cache: &Path, folder: &TempDir) {
    fs::create_dir_all(cache).expect("a folder in the build directory");
    let lock = fs::File::create(cache.join("lock")).expect("a lock in the build directory");
    lock.lock().expect("the lock");
    let prepared = cache.join(format!("{:016x}", schema_hash()));
    if !prepared.exists() {
        let old = cache.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
        old.filter(|path| path.is_dir()).for_each(|path| fs::remove_dir_all(path).expect("room for the new one"));
        prepare(&prepared).await;
    }
    copy(&prepared, &folder.path().join("postgresql")).expect("a copy of the prepared cluster");
}

async fn prepare(prepared: &Path) {
    let folder = tempfile::Builder::new().prefix("qualify-test-").tempdir().expect("a folder for the cluster");
    let options = ClusterOptions { data_dir: folder.path().to_path_buf(), durable: false };
    let server = TestServer::on(PrivateCluster::start(options).await.unwrap_or_else(|error| panic!("{error}")));
    server.pristine().await;
    server.shared().await;
    server.stop();
    let draft = prepared.with_extension("new");
    copy(&folder.path().join("postgresql"), &draft).expect("a copy of the cluster");
    fs::rename(draft, prepared).expect("the copy becomes the prepared one");
}

/// With owners and modes, which the standard library's copy does not keep.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let output = Command::new("cp").arg("-a").arg(from).arg(to).output()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}
