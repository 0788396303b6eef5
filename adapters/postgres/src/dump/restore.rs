//! An empty database is made from a backup, with the owner's role alone: the schema by the migrations, so that everything
//! belongs to whom it belongs in a new one, and the rows by `pg_restore`. From the first statement on the database bears a mark,
//! a schema named `unsettled`: nobody serves from it while that is there (RET-17).

use std::process::Stdio;

use qualify_ports::files::{FileBytes, Measured};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};
use tokio::io::AsyncWriteExt;

use super::{Address, DumpError, HEAD, MARK, PIECE, ended, listen, newest_migration, programs, server_version};
use crate::{
    migrate::{MIGRATIONS, as_owner, migrate_unsettled},
    provision::{APP, OWNER, SCHEMA, quoted},
};

/// Who has just left is gone after so many looks, and so long between two.
const LOOKS: u32 = 20;
const BETWEEN: std::time::Duration = std::time::Duration::from_millis(100);

/// How far a restore is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// None was begun.
    Nothing,
    /// Rows of this backup are being loaded, or were when it was interrupted: it begins anew.
    Begun(String),
    /// All of this backup is there, and what went since is not taken out of it yet.
    Loaded(String),
}

/// A database that is made from a backup.
#[derive(Clone, Debug)]
pub struct Restoring {
    address: Address,
}

/// Keys between tables are made anew when all rows are there; triggers made what is in the backup already; and the owner, whom
/// row security binds as well, loads past it.
const OPEN: &str = "
    CREATE TABLE unsettled.keys AS
        SELECT conrelid::regclass::text AS target, conname::text AS name, pg_get_constraintdef(oid) AS definition
        FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace;
    CREATE TABLE unsettled.forced AS
        SELECT oid::regclass::text AS target FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relforcerowsecurity;
    DO $$
    DECLARE
        one record;
    BEGIN
        FOR one IN SELECT * FROM unsettled.keys LOOP
            EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', one.target, one.name);
        END LOOP;
        FOR one IN SELECT oid::regclass AS target FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        LOOP
            EXECUTE format('TRUNCATE %s', one.target);
            EXECUTE format('ALTER TABLE %s NO FORCE ROW LEVEL SECURITY, DISABLE TRIGGER USER', one.target);
        END LOOP;
    END $$;";

/// The other way round.
const CLOSE: &str = "
    DO $$
    DECLARE
        one record;
    BEGIN
        FOR one IN SELECT * FROM unsettled.keys LOOP
            EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', one.target, one.name, one.definition);
        END LOOP;
        FOR one IN SELECT oid::regclass AS target FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        LOOP
            EXECUTE format('ALTER TABLE %s ENABLE TRIGGER USER', one.target);
        END LOOP;
        FOR one IN SELECT * FROM unsettled.forced LOOP
            EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', one.target);
        END LOOP;
    END $$;
    DROP TABLE unsettled.keys, unsettled.forced;";

impl Restoring {
    /// Into the database of that address, as a member of the owner's role.
    ///
    /// # Errors
    /// [`DumpError::Address`].
    pub fn into_database(migrator: &str) -> Result<Self, DumpError> {
        Ok(Self { address: migrator.parse()? })
    }

    /// How far it is.
    ///
    /// # Errors
    /// [`DumpError::Database`]; [`DumpError::InUse`].
    pub async fn stage(&self) -> Result<Stage, DumpError> {
        let mut sql = self.owner().await?;
        alone(&mut sql).await?;
        let found = stage(&mut sql).await;
        sql.close().await?;
        Ok(found?)
    }

    /// Loads a backup of that name into an empty database. One in which it was interrupted is emptied again first.
    ///
    /// # Errors
    /// [`DumpError`], with what to do.
    pub async fn load(&self, name: &str, backup: FileBytes<'_>) -> Result<(), DumpError> {
        let mut sql = self.owner().await?;
        alone(&mut sql).await?;
        let mut backup = Measured::new(backup);
        let schema = schema_of(&backup.take(HEAD).await?)?;
        let program = programs::find("pg_restore", server_version(&mut sql).await?)?;
        match stage(&mut sql).await? {
            Stage::Nothing => mark(&mut sql).await?,
            Stage::Begun(_) => empty(&mut sql).await?,
            Stage::Loaded(another) => return Err(DumpError::Another(another)),
        }
        // Who came in before the mark was there would go on; who comes later finds it.
        alone(&mut sql).await?;
        sqlx::query("UPDATE unsettled.backup SET name = $1").bind(name).execute(&mut sql).await?;
        migrate_unsettled(&self.address.options, Some(schema)).await?;
        at_once(&mut sql, OPEN).await?;
        self.rows(&program, &mut backup).await?;
        if newest_migration(&mut sql).await? != Some(schema) {
            return Err(DumpError::NotABackup);
        }
        at_once(&mut sql, CLOSE).await?;
        migrate_unsettled(&self.address.options, None).await?;
        sql.execute("ANALYZE").await?;
        let open = format!(
            "UPDATE unsettled.backup SET is_loaded = true; GRANT CONNECT ON DATABASE {} TO {APP}",
            own_name(&mut sql).await?
        );
        at_once(&mut sql, &open).await?;
        Ok(sql.close().await?)
    }

    /// Takes the mark away: whoever serves may.
    ///
    /// # Errors
    /// [`DumpError::Database`].
    pub async fn settled(&self) -> Result<(), DumpError> {
        let mut sql = self.owner().await?;
        sql.execute("DROP SCHEMA unsettled CASCADE").await?;
        Ok(sql.close().await?)
    }

    async fn owner(&self) -> Result<PgConnection, sqlx::Error> {
        let mut sql = self.address.connect().await?;
        as_owner(&mut sql).await?;
        Ok(sql)
    }

    async fn rows(&self, program: &programs::Program, backup: &mut Measured<'_>) -> Result<(), DumpError> {
        let role = format!("--role={OWNER}");
        let arguments = ["--data-only", "--single-transaction", "--exit-on-error", &role];
        let mut command = self.address.command(program, &arguments);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
        let mut child = child.map_err(|error| DumpError::Run("pg_restore", error))?;
        let (Some(mut into), Some(said)) = (child.stdin.take(), child.stderr.take()) else {
            return Err(DumpError::Run("pg_restore", std::io::ErrorKind::BrokenPipe.into()));
        };
        let mut said = listen(said);
        loop {
            let piece = backup.take(PIECE).await?;
            // If it is not taken, the program says why.
            if piece.is_empty() || into.write_all(&piece).await.is_err() {
                break;
            }
        }
        drop(into);
        ended("pg_restore", child.wait().await, &mut said).await
    }
}

/// By which migration the schema of a backup is.
fn schema_of(head: &[u8]) -> Result<i64, DumpError> {
    let head = std::str::from_utf8(head).map_err(|_| DumpError::NotABackup)?;
    let schema = head.strip_prefix(MARK).and_then(|rest| rest.strip_suffix('\n')).and_then(|rest| rest.parse().ok());
    let schema = schema.ok_or(DumpError::NotABackup)?;
    if MIGRATIONS.iter().any(|known| known.version == schema) { Ok(schema) } else { Err(DumpError::Newer(schema)) }
}

async fn stage(sql: &mut PgConnection) -> Result<Stage, sqlx::Error> {
    let marked: bool =
        sqlx::query_scalar("SELECT to_regclass('unsettled.backup') IS NOT NULL").fetch_one(&mut *sql).await?;
    if !marked {
        return Ok(Stage::Nothing);
    }
    let (name, is_loaded): (String, bool) =
        sqlx::query_as("SELECT name, is_loaded FROM unsettled.backup").fetch_one(sql).await?;
    Ok(if is_loaded { Stage::Loaded(name) } else { Stage::Begun(name) })
}

/// Refuses while others are connected.
async fn alone(sql: &mut PgConnection) -> Result<(), DumpError> {
    // Of others' sessions their owner is shown, and not much else; the server's own work has none.
    let others = "SELECT usename::text FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename IS NOT NULL LIMIT 1";
    let mut somebody: Option<String> = None;
    for _ in 0..LOOKS {
        somebody = sqlx::query_scalar(others).fetch_optional(&mut *sql).await?;
        if somebody.is_none() {
            return Ok(());
        }
        tokio::time::sleep(BETWEEN).await;
    }
    Err(DumpError::InUse(somebody.unwrap_or_default()))
}

/// Marks an empty database, and lets nobody in who serves.
async fn mark(sql: &mut PgConnection) -> Result<(), DumpError> {
    let anything = "SELECT EXISTS (
        SELECT FROM pg_class WHERE relnamespace::regnamespace::text !~ '^(pg_.*|information_schema)$'
    )";
    if sqlx::query_scalar(anything).fetch_one(&mut *sql).await? {
        return Err(DumpError::NotEmpty);
    }
    let mark = format!(
        "CREATE SCHEMA unsettled;
        CREATE TABLE unsettled.backup (name text NOT NULL, is_loaded boolean NOT NULL);
        INSERT INTO unsettled.backup VALUES ('', false);
        REVOKE CONNECT ON DATABASE {} FROM {APP}",
        own_name(sql).await?
    );
    Ok(at_once(sql, &mark).await?)
}

/// Empties a database in which a restore was interrupted.
async fn empty(sql: &mut PgConnection) -> Result<(), sqlx::Error> {
    let empty = format!(
        "DROP TABLE IF EXISTS unsettled.keys, unsettled.forced;
        DROP SCHEMA public CASCADE;
        CREATE SCHEMA public;
        {SCHEMA}"
    );
    at_once(sql, &empty).await
}

async fn own_name(sql: &mut PgConnection) -> Result<String, sqlx::Error> {
    let name: String = sqlx::query_scalar("SELECT current_database()::text").fetch_one(sql).await?;
    Ok(quoted(&name))
}

/// Several statements, all or none.
async fn at_once(sql: &mut PgConnection, statements: &str) -> Result<(), sqlx::Error> {
    let mut tx = sql.begin().await?;
    tx.execute(AssertSqlSafe(statements.to_owned())).await?;
    tx.commit().await
}
