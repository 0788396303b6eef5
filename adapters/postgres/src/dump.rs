//! A backup of a database: what `pg_dump` makes of it, on its way, after a line that says by which migration its schema is.

mod programs;
mod restore;

use std::{
    fmt,
    process::{ExitStatus, Stdio},
    str::FromStr,
};

use futures::{StreamExt, stream};
use percent_encoding::percent_decode_str;
use qualify_ports::files::{FileBytes, FileError};
use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio::{
    io::AsyncReadExt,
    process::{Child, ChildStderr, ChildStdout, Command},
    task::JoinHandle,
};
use url::Url;

use self::programs::Program;
pub use self::{
    programs::NoProgram,
    restore::{Restoring, Stage},
};

/// How a backup begins, and how long that is.
const MARK: &str = "qualify backup 1, schema ";
const HEAD: usize = MARK.len() + 8 + 1;
/// So many bytes of a dump are on their way at once.
const PIECE: usize = 64 * 1_024;
/// So much is heard of what a program says when it fails.
const HEARD: usize = 16 * 1_024;

/// Why there is no backup, or nothing was restored from one.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The address is none.
    #[error("the address of the database is none")]
    Address,
    /// No program that fits.
    #[error(transparent)]
    Program(#[from] NoProgram),
    /// The program cannot be run.
    #[error("{0} cannot be run")]
    Run(&'static str, #[source] std::io::Error),
    /// The program says that it failed.
    #[error("{program} failed: {said}")]
    Failed {
        /// Which program.
        program: &'static str,
        /// What it says.
        said: String,
    },
    /// The database cannot be reached, or broke.
    #[error("the database cannot be used")]
    Database(#[from] sqlx::Error),
    /// A migration does.
    #[error("the schema of the backup cannot be made")]
    Schema(#[from] sqlx::migrate::MigrateError),
    /// There is no schema to speak of.
    #[error("the database has no schema yet, so there is nothing to back up")]
    NoSchema,
    /// It changed while it was dumped.
    #[error("the schema changed while it was dumped; try again")]
    Changed,
    /// Something lies there already.
    #[error("the database is not empty: a backup is restored into an empty one only")]
    NotEmpty,
    /// Somebody uses it.
    #[error("somebody else is connected to the database (as {0}): stop `serve` and `work` first")]
    InUse(String),
    /// Another restore was begun.
    #[error("the backup {0} is being restored into this database: go on with that one, or make another database")]
    Another(String),
    /// Not one of ours.
    #[error("the file is not a whole backup of Qualify CRM")]
    NotABackup,
    /// Of a later program.
    #[error("the backup was made by a newer program (migration {0}): restore it with that one")]
    Newer(i64),
    /// The backup cannot be read.
    #[error("the backup cannot be read")]
    Read(#[from] FileError),
}

/// Where a database is, as its programs are told: the password comes beside, where nobody else sees it.
#[derive(Clone)]
struct Address {
    bare: Url,
    password: Option<String>,
    options: PgConnectOptions,
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Address([redacted])")
    }
}

impl FromStr for Address {
    type Err = DumpError;

    fn from_str(text: &str) -> Result<Self, DumpError> {
        let mut bare: Url = text.parse().map_err(|_| DumpError::Address)?;
        let options = text.parse().map_err(|_| DumpError::Address)?;
        let password = bare.password().map(|password| percent_decode_str(password).decode_utf8_lossy().into_owned());
        // An address without a host has no password to take out.
        let _ = bare.set_password(None);
        // Nor does it stand among the other words, where programs would show it to everybody on the machine.
        let (secret, others): (Vec<_>, Vec<_>) =
            bare.query_pairs().into_owned().partition(|(key, _)| key == "password");
        let password = password.or_else(|| secret.last().map(|(_, word)| word.clone()));
        if !secret.is_empty() {
            bare.query_pairs_mut().clear().extend_pairs(others);
        }
        Ok(Self { bare, password, options })
    }
}

impl Address {
    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        PgConnection::connect_with(&self.options).await
    }

    fn command(&self, program: &Program, arguments: &[&str]) -> Command {
        let mut command = Command::new(&program.path);
        command.arg(format!("--dbname={}", self.bare)).arg("--no-password").args(arguments);
        command.env("PGAPPNAME", "qualify").env("LC_MESSAGES", "C").kill_on_drop(true).stderr(Stdio::piped());
        if let Some(password) = &self.password {
            command.env("PGPASSWORD", password);
        }
        command
    }
}

/// Which version the server is, by its first number.
async fn server_version(sql: &mut PgConnection) -> Result<u32, sqlx::Error> {
    let number: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int").fetch_one(sql).await?;
    Ok(u32::try_from(number / 10_000).unwrap_or_default())
}

/// The newest migration that was run.
async fn newest_migration(sql: &mut PgConnection) -> Result<Option<i64>, sqlx::Error> {
    let begun: bool =
        sqlx::query_scalar("SELECT to_regclass('public._sqlx_migrations') IS NOT NULL").fetch_one(&mut *sql).await?;
    if !begun {
        return Ok(None);
    }
    sqlx::query_scalar("SELECT max(version) FROM public._sqlx_migrations").fetch_one(sql).await
}

/// Dumps a database, as a role that reads everything. The bytes end in an error if the dump does: what came before is no backup
/// then. Sessions are left out: what was ended after the dump would go on with it.
///
/// # Errors
/// [`DumpError`], with what to do.
pub async fn dump(url: &str) -> Result<FileBytes<'static>, DumpError> {
    let address: Address = url.parse()?;
    let mut sql = address.connect().await?;
    let program = programs::find("pg_dump", server_version(&mut sql).await?)?;
    let schema = newest_migration(&mut sql).await?.ok_or(DumpError::NoSchema)?;
    sql.close().await?;
    let arguments = [
        "--format=custom",
        "--schema=public",
        "--lock-wait-timeout=60s",
        "--exclude-table-data=public.sessions",
        "--exclude-table-data=public.refresh_tokens",
    ];
    let mut command = address.command(&program, &arguments);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = child.map_err(|error| DumpError::Run("pg_dump", error))?;
    let (Some(out), Some(said)) = (child.stdout.take(), child.stderr.take()) else {
        return Err(DumpError::Run("pg_dump", std::io::ErrorKind::BrokenPipe.into()));
    };
    let running = Running { child, out, said: listen(said), address, schema };
    let pieces = stream::try_unfold(running, |mut running| async move {
        match running.piece().await {
            Ok(piece) => Ok(piece.map(|piece| (piece, running))),
            Err(error) => Err(FileError::Unavailable(error.into())),
        }
    });
    let head = format!("{MARK}{schema:08}\n").into_bytes();
    Ok(stream::iter([Ok(head)]).chain(pieces).boxed())
}

/// A dump that is being made.
struct Running {
    child: Child,
    out: ChildStdout,
    said: JoinHandle<String>,
    address: Address,
    schema: i64,
}

impl Running {
    async fn piece(&mut self) -> Result<Option<Vec<u8>>, DumpError> {
        let mut piece = vec![0; PIECE];
        let length = self.out.read(&mut piece).await.map_err(|error| DumpError::Run("pg_dump", error))?;
        piece.truncate(length);
        if length > 0 {
            return Ok(Some(piece));
        }
        ended("pg_dump", self.child.wait().await, &mut self.said).await?;
        let schema = newest_migration(&mut self.address.connect().await?).await?;
        if schema == Some(self.schema) { Ok(None) } else { Err(DumpError::Changed) }
    }
}

/// Hears what a program says, so that it need not wait to be heard.
fn listen(said: ChildStderr) -> JoinHandle<String> {
    tokio::spawn(async move {
        let (mut said, mut heard, mut piece) = (said, Vec::new(), vec![0; PIECE]);
        while let Ok(length @ 1..) = said.read(&mut piece).await {
            let room = HEARD.saturating_sub(heard.len());
            heard.extend_from_slice(&piece[..length.min(room)]);
        }
        String::from_utf8_lossy(&heard).into_owned()
    })
}

/// Whether a program did what it was to do. What it says of rows is not told on: that is somebody's.
async fn ended(
    program: &'static str,
    status: std::io::Result<ExitStatus>,
    said: &mut JoinHandle<String>,
) -> Result<(), DumpError> {
    if status.map_err(|error| DumpError::Run(program, error))?.success() {
        return Ok(());
    }
    let said = said.await.unwrap_or_default();
    let faults = said.lines().filter_map(|line| line.strip_prefix(program)?.strip_prefix(": error: "));
    let said = faults.collect::<Vec<_>>().join("; ");
    Err(DumpError::Failed { program, said: if said.is_empty() { "it does not say why".to_owned() } else { said } })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_stands_in_what_programs_are_started_with() {
        for (address, bare) in [
            (
                "postgres://reader:secret@db.example/crm?sslmode=require",
                "postgres://reader@db.example/crm?sslmode=require",
            ),
            (
                "postgres://reader@db.example/crm?password=secret&sslmode=require",
                "postgres://reader@db.example/crm?sslmode=require",
            ),
            (
                "postgres://reader@localhost/crm?host=/run/postgresql",
                "postgres://reader@localhost/crm?host=/run/postgresql",
            ),
        ] {
            let read: Address = address.parse().unwrap();
            assert_eq!(read.bare.as_str(), bare);
            assert_eq!(read.password.is_some(), address.contains("secret"), "{address}");
        }
    }
}
