//! The server on which tests make their databases.

use std::env;

use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor, PgConnection, postgres::PgConnectOptions};
use tokio::sync::OnceCell;

use super::{prepared, runner};
use crate::{
    cluster::PrivateCluster,
    migrate::migrate,
    provision::{self, APP, BACKUP, MIGRATOR, SUPERUSER, quoted},
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
        match runner::server().await {
            Some(superuser) => Self::external(superuser),
            None => Self::private().await,
        }
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
        let cluster = PrivateCluster::start_throwaway(prepared::folder().await).await;
        Self::on(cluster.unwrap_or_else(|error| panic!("{error}")))
    }

    pub(super) fn on(cluster: PrivateCluster) -> Self {
        let superuser = cluster.connection("postgres", SUPERUSER);
        Self { cluster: Some(cluster), ..Self::external(superuser) }
    }

    /// The cluster, if the server is one.
    pub fn cluster(&self) -> Option<&PrivateCluster> {
        self.cluster.as_ref()
    }

    /// The container, if the server runs in one.
    #[cfg(feature = "containers")]
    pub fn container(&self) -> Option<&super::Container> {
        self.container.as_ref()
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
        let name = format!("{kind}_{:016x}", prepared::schema_hash());
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
            for role in [APP, MIGRATOR, BACKUP] {
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

pub(super) fn address(options: &PgConnectOptions) -> String {
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
