//! Brings a database to the schema this program knows, and tells whether it is there.

use std::collections::BTreeMap;

use futures::FutureExt;
use sqlx::{
    Executor, PgConnection, PgPool,
    migrate::{MigrateError, Migrator},
    postgres::{PgConnectOptions, PgPoolOptions},
};

/// The files of `migrations/`.
pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("../../migrations");

/// How a database's schema relates to the one this program knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// It is the one.
    Current,
    /// These migrations are still to be run.
    Missing(Vec<String>),
    /// This migration was begun and not finished, or is not the one this program knows by that number.
    Half(String),
    /// Migrations by a newer program were run.
    Newer(Vec<String>),
    /// A backup was restored, and what went since is not taken out of it yet.
    Unsettled,
}

/// Why an unsettled database is refused, and what to do about it.
pub(crate) const UNSETTLED: &str = "a backup was restored into this database and what went since may be in it again: run \
                                    `qualify admin restore` to its end";

/// Asks for the mark of a restore that is not settled. Whoever serves cannot look into it, and need not.
pub(crate) const IS_UNSETTLED: &str = "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = 'unsettled')";

/// Runs the migrations that are missing. Several processes may do so at once: they take turns.
///
/// `options` log in as a member of `qualify_owner`.
///
/// # Errors
/// If the database cannot be reached, or a migration fails.
pub async fn migrate(options: &PgConnectOptions) -> Result<(), MigrateError> {
    let pool = owner_pool(options).await?;
    let done = if is_unsettled(&mut *pool.acquire().await?).await? {
        Err(MigrateError::Source(UNSETTLED.into()))
    } else {
        MIGRATIONS.run(&pool).await
    };
    pool.close().await;
    done
}

/// The same while a backup is restored: up to a migration, or all.
pub(crate) async fn migrate_unsettled(options: &PgConnectOptions, up_to: Option<i64>) -> Result<(), MigrateError> {
    let pool = owner_pool(options).await?;
    let done = match up_to {
        Some(version) => MIGRATIONS.run_to(version, &pool).await,
        None => MIGRATIONS.run(&pool).await,
    };
    pool.close().await;
    done
}

async fn owner_pool(options: &PgConnectOptions) -> Result<PgPool, sqlx::Error> {
    PgPoolOptions::new()
        .max_connections(1)
        .after_connect(|connection, _| as_owner(connection).boxed())
        .connect_with(options.clone())
        .await
}

/// Goes on as the owner.
pub(crate) async fn as_owner(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    connection.execute("SET ROLE qualify_owner").await.map(drop)
}

/// Whether the database bears the mark of a restore that is not settled.
async fn is_unsettled(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(IS_UNSETTLED).fetch_one(connection).await
}

/// Lets nobody work on a database whose restore is not settled: asked on each new connection, as one that was there before is
/// gone when a restore begins.
#[cfg(feature = "storage")]
pub(crate) async fn refuse_unsettled(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    if is_unsettled(connection).await? { Err(sqlx::Error::Configuration(UNSETTLED.into())) } else { Ok(()) }
}

/// Tells how far the schema is.
///
/// # Errors
/// If the database cannot be reached.
pub async fn schema_state(pool: &PgPool) -> Result<SchemaState, sqlx::Error> {
    state(&mut *pool.acquire().await?).await
}

/// The same on a connection one has already.
pub(crate) async fn state(connection: &mut PgConnection) -> Result<SchemaState, sqlx::Error> {
    if is_unsettled(connection).await? {
        return Ok(SchemaState::Unsettled);
    }
    let known: BTreeMap<i64, String> =
        MIGRATIONS.iter().map(|m| (m.version, format!("{:04} {}", m.version, m.description))).collect();
    let begun: bool =
        sqlx::query_scalar("SELECT to_regclass('_sqlx_migrations') IS NOT NULL").fetch_one(&mut *connection).await?;
    if !begun {
        return Ok(SchemaState::Missing(known.into_values().collect()));
    }
    let run: Vec<(i64, String, bool, Vec<u8>)> =
        sqlx::query_as("SELECT version, description, success, checksum FROM _sqlx_migrations ORDER BY version")
            .fetch_all(&mut *connection)
            .await?;
    let sound = |version: i64, success: bool, checksum: &[u8]| {
        success && MIGRATIONS.iter().all(|m| m.version != version || *m.checksum == *checksum)
    };
    let name = |version: i64, about: &str| format!("{version:04} {about}");
    if let Some((version, about, ..)) = run.iter().find(|(version, _, ok, sum)| !sound(*version, *ok, sum)) {
        return Ok(SchemaState::Half(name(*version, about)));
    }
    let newer: Vec<_> = run.iter().filter(|(version, ..)| !known.contains_key(version)).collect();
    if !newer.is_empty() {
        return Ok(SchemaState::Newer(newer.iter().map(|(version, about, ..)| name(*version, about)).collect()));
    }
    let missing: Vec<_> =
        known.into_iter().filter(|(version, _)| run.iter().all(|(ran, ..)| ran != version)).map(|(_, n)| n).collect();
    Ok(if missing.is_empty() { SchemaState::Current } else { SchemaState::Missing(missing) })
}
