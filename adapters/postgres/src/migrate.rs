//! Brings a database to the schema this program knows, and tells whether it is there.

use std::collections::BTreeMap;

use futures::{FutureExt, TryFutureExt};
use sqlx::{
    Executor, PgConnection, PgPool,
    migrate::Migrator,
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
}

/// Runs the migrations that are missing. Several processes may do so at once: they take turns.
///
/// `options` log in as a member of `qualify_owner`.
///
/// # Errors
/// If the database cannot be reached, or a migration fails.
pub async fn migrate(options: &PgConnectOptions) -> Result<(), sqlx::migrate::MigrateError> {
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .after_connect(|connection, _| connection.execute("SET ROLE qualify_owner").map_ok(drop).boxed())
        .connect_with(options.clone())
        .await?;
    let done = MIGRATIONS.run(&pool).await;
    pool.close().await;
    done
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
