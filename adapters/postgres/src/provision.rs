//! What must be there before the migrations: the roles, and a database that belongs to the owner role.

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, postgres::PgConnectOptions};

/// The statements that make the roles. An operator runs them once per server, as a superuser.
pub const ROLES: &str = include_str!("roles.sql");

/// The superuser of a private cluster.
pub const SUPERUSER: &str = "postgres";
/// Owns every table; nobody logs in as it.
pub const OWNER: &str = "qualify_owner";
/// Changes the schema.
pub const MIGRATOR: &str = "qualify_migrator";
/// Serves.
pub const APP: &str = "qualify_app";
/// Reads everything, for backups.
pub const BACKUP: &str = "qualify_backup";

/// Who may look into the schema at all.
pub(crate) const SCHEMA: &str = "REVOKE ALL ON SCHEMA public FROM PUBLIC;
         GRANT USAGE ON SCHEMA public TO qualify_app, qualify_auth, qualify_relay, qualify_backup, qualify_monitor;";

/// The statements that prepare the database `name` for the migrations, to be run in it by a superuser.
pub fn grants(name: &str) -> String {
    format!(
        "REVOKE ALL ON DATABASE {name} FROM PUBLIC;
         GRANT CONNECT ON DATABASE {name} TO qualify_app, qualify_migrator, qualify_backup, qualify_monitor;
         ALTER SCHEMA public OWNER TO qualify_owner;
         {SCHEMA}",
        name = quoted(name)
    )
}

/// Makes the roles and the database if they are missing. `superuser` names a maintenance database.
pub(crate) async fn database(superuser: &PgConnectOptions, name: &str) -> Result<(), sqlx::Error> {
    let mut maintenance = PgConnection::connect_with(superuser).await?;
    // Several processes may come here at once, and neither CREATE DATABASE nor GRANT likes company.
    maintenance.execute("SELECT pg_advisory_lock(7411036520)").await?;
    maintenance.execute(ROLES).await?;
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(&mut maintenance)
        .await?;
    if !there {
        let create = format!("CREATE DATABASE {} OWNER {OWNER}", quoted(name));
        maintenance.execute(AssertSqlSafe(create)).await?;
    }
    let mut inside = PgConnection::connect_with(&superuser.clone().database(name)).await?;
    inside.execute(AssertSqlSafe(grants(name))).await?;
    inside.close().await?;
    maintenance.close().await
}

/// Removes a database, if it is there.
pub(crate) async fn drop_database(superuser: &PgConnectOptions, name: &str) -> Result<(), sqlx::Error> {
    let mut maintenance = PgConnection::connect_with(superuser).await?;
    let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", quoted(name));
    maintenance.execute(AssertSqlSafe(drop)).await?;
    maintenance.close().await
}

/// The name as an identifier that cannot end early.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
