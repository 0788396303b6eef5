//! Databases for tests: of the server named by `QUALIFY_TEST_DATABASE`, else (with the feature `containers`) of a
//! container where an engine answers, else of a private cluster that ends with the test process. Tests speak to them in
//! the role in which the product runs.
//!
//! Tests share one database and isolate by organization; one in which a worker or another platform-wide thing runs
//! takes a database of its own, which is copied from a template in some tens of milliseconds.

#![expect(clippy::expect_used, clippy::panic, reason = "a test without its database fails by panicking")]

#[cfg(feature = "containers")]
mod container;
mod prepared;
mod runner;
mod server;

use std::thread;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, postgres::PgConnectOptions};
use tokio::sync::OnceCell;

#[cfg(feature = "containers")]
pub use self::container::Container;
pub use self::server::{TestServer, VARIABLE as TEST_DATABASE_VARIABLE};
use crate::provision::{self, APP, BACKUP, MIGRATOR, OWNER, quoted};

/// A migrated database.
#[derive(Debug)]
pub struct TestDatabase {
    server: &'static TestServer,
    name: String,
    lent: bool,
}

static SHARED: OnceCell<TestDatabase> = OnceCell::const_new();

impl TestDatabase {
    /// The database that tests share; each makes its own organization in it.
    ///
    /// # Panics
    /// If there is no server, with the reason.
    pub async fn shared() -> &'static Self {
        SHARED
            .get_or_init(|| async {
                let server = TestServer::get().await;
                Self { server, name: server.shared().await, lent: true }
            })
            .await
    }

    /// A database for one test alone, dropped with this value.
    ///
    /// # Panics
    /// If there is no server, with the reason.
    pub async fn fresh() -> Self {
        let server = TestServer::get().await;
        let template = server.pristine().await;
        Self::create(server, &format!("TEMPLATE {} STRATEGY file_copy", quoted(&template))).await
    }

    /// A database with its roles and no schema, dropped with this value: for tests of the migrations.
    ///
    /// # Panics
    /// If there is no server, with the reason.
    pub async fn empty() -> Self {
        let server = TestServer::get().await;
        server.pristine().await; // which makes the roles
        Self::create(server, "").await
    }

    async fn create(server: &'static TestServer, from: &str) -> Self {
        let mut maintenance = server.maintenance().await;
        let name: String = sqlx::query_scalar("SELECT 'qualify_test_' || replace(gen_random_uuid()::text, '-', '')")
            .fetch_one(&mut maintenance)
            .await
            .expect("a name");
        let create = format!("CREATE DATABASE {} OWNER {OWNER} {from}", quoted(&name));
        maintenance.execute(AssertSqlSafe(create)).await.expect("a database");
        let mut inside = PgConnection::connect_with(&server.superuser(&name)).await.expect("the database");
        inside.execute(AssertSqlSafe(provision::grants(&name))).await.expect("its grants");
        Self { server, name, lent: false }
    }

    /// As the product connects.
    pub fn app(&self) -> PgConnectOptions {
        self.server.role(&self.name, APP)
    }

    /// As `qualify migrate` connects.
    pub fn migrator(&self) -> PgConnectOptions {
        self.server.role(&self.name, MIGRATOR)
    }

    /// As somebody whom row security does not bind: to look at what a test cannot see, and to break things.
    pub fn superuser(&self) -> PgConnectOptions {
        self.server.superuser(&self.name)
    }

    /// The address by which tools reach it as a superuser.
    pub fn superuser_url(&self) -> String {
        self.server.superuser_url(&self.name)
    }

    /// A number, past row security.
    ///
    /// # Panics
    /// If the query fails.
    pub async fn count(&self, query: &'static str) -> i64 {
        let mut inside = PgConnection::connect_with(&self.superuser()).await.expect("the database");
        sqlx::query_scalar(query).fetch_one(&mut inside).await.expect("a number")
    }

    /// Runs a statement past row security, to break things.
    ///
    /// # Panics
    /// If it fails.
    pub async fn sql(&self, statement: &'static str) {
        let mut inside = PgConnection::connect_with(&self.superuser()).await.expect("the database");
        inside.execute(statement).await.expect("the statement");
    }

    /// All that lies in the tables, as text: to look for what must not.
    ///
    /// # Panics
    /// If it cannot be read.
    pub async fn dump(&self) -> String {
        let mut inside = PgConnection::connect_with(&self.superuser()).await.expect("the database");
        let tables = "SELECT oid::regclass::text FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut inside).await.expect("the tables");
        let mut dump = String::new();
        for table in tables {
            let rows = format!("SELECT row_to_json(t)::text FROM {table} AS t");
            let rows = sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(&mut inside).await;
            let rows: Vec<String> = rows.expect("the rows");
            dump.extend(rows);
        }
        dump
    }

    /// The address for `backups.url`.
    pub fn backup_url(&self) -> String {
        self.server.url(&self.name, BACKUP)
    }

    /// The address for `database.migrator_url`.
    pub fn migrator_url(&self) -> String {
        self.server.url(&self.name, MIGRATOR)
    }

    /// The address for `database.url`, in the product's role.
    pub fn app_url(&self) -> String {
        self.server.url(&self.name, APP)
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if self.lent {
            return;
        }
        let (options, name) = (self.server.superuser("postgres"), quoted(&self.name));
        // The test's own runtime may be gone or busy.
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            runtime.block_on(async {
                let mut maintenance = PgConnection::connect_with(&options).await.ok()?;
                let sql = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
                maintenance.execute(AssertSqlSafe(sql)).await.ok()
            })
        });
        let _ = dropping.join();
    }
}
