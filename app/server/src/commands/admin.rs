use std::sync::Arc;

use qualify_crypto::KeyRing;
use qualify_domain::id::EventId;
use qualify_ports::{
    storage::{PlatformTask, Storage, StorageError},
    time::Clock,
};
use qualify_postgres::{Postgres, ROLES, grants};
use qualify_system::SystemClock;
use qualify_usecases::SigningKeys;
use secrecy::ExposeSecret;

use crate::{
    Failure,
    cli::OutboxCommand,
    config::{Config, Purpose, Sources},
    log, say,
    wire::{self, System},
};

/// How many parked events are put back in one go.
const AT_ONCE: u16 = 500;

/// The SQL that makes roles and database, for `psql` and a superuser; running it again changes nothing.
pub(super) fn roles(database: &str) -> String {
    let identifier = database.replace('"', "\"\"");
    let literal = identifier.replace('\'', "''");
    format!(
        "{ROLES}
-- The database. Its tables come with `qualify migrate`.
SELECT 'CREATE DATABASE \"{literal}\" OWNER qualify_owner'
    WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \\gexec
\\connect \"{identifier}\"
{grants}",
        name = database.replace('\'', "''"),
        grants = grants(database)
    )
}

/// Prints a new key.
pub(super) fn generate_key() {
    say::line(KeyRing::generate().text().expose_secret());
}

/// Makes a new key that signs access tokens.
pub(super) async fn rotate_keys(sources: &Sources, at_once: bool) -> Result<(), Failure> {
    let config = Config::load(sources, Purpose::Run)?;
    log::start(&config.section("log"))?;
    let system = System::build(&config, &wire::database(&config)?)?;
    let what = "the signing keys cannot be reached; is database.url right, and is the server up?";
    let key = SigningKeys::new(&system.ports).rotate(at_once).await.map_err(Failure::because(what))?;
    say::line(format!("{} signs from {:.0} on", key.kid, key.signs_from));
    Ok(())
}

/// Lists or replays what the worker gave up on.
pub(super) async fn outbox(sources: &Sources, command: OutboxCommand) -> Result<(), Failure> {
    let config = Config::load(sources, Purpose::Look)?;
    log::start(&config.section("log"))?;
    let storage = Postgres::new(&wire::database(&config)?, Arc::new(SystemClock));
    match command {
        OutboxCommand::List { limit } => list(&storage, limit).await,
        OutboxCommand::Replay { id: Some(id), .. } => replay(&storage, &[id]).await,
        OutboxCommand::Replay { id: None, .. } => replay_all(&storage).await,
    }
}

async fn list(storage: &dyn Storage, limit: u16) -> Result<(), Failure> {
    let mut tx = storage.platform(PlatformTask::RelayOutbox).await.map_err(failed())?;
    let parked = tx.queue().parked(limit).await.map_err(failed())?;
    let waiting = tx.queue().waiting().await.map_err(failed())?;
    for event in &parked {
        let (id, name, reason) = (event.id, event.event.name(), &event.reason);
        let (at, tries, organization) = (event.parked_at, event.attempts, event.organization);
        say::line(format!("{id}  {name}  organization {organization}  parked {at:.0} after {tries} tries: {reason}"));
    }
    say::aside(format!("{} parked, {waiting} waiting", parked.len()));
    Ok(())
}

async fn replay(storage: &dyn Storage, ids: &[EventId]) -> Result<(), Failure> {
    let mut tx = storage.platform(PlatformTask::RelayOutbox).await.map_err(failed())?;
    for id in ids {
        if !tx.queue().replay(*id, SystemClock.now()).await.map_err(failed())? {
            let text = format!("no parked event has the id {id}; `qualify admin outbox list` shows those there are");
            return Err(Failure::plain(text));
        }
    }
    tx.commit().await.map_err(failed())?;
    say::line(format!("{} put back", ids.len()));
    Ok(())
}

async fn replay_all(storage: &dyn Storage) -> Result<(), Failure> {
    loop {
        let mut tx = storage.platform(PlatformTask::RelayOutbox).await.map_err(failed())?;
        let parked = tx.queue().parked(AT_ONCE).await.map_err(failed())?;
        drop(tx);
        if parked.is_empty() {
            return Ok(());
        }
        replay(storage, &parked.iter().map(|event| event.id).collect::<Vec<_>>()).await?;
    }
}

fn failed() -> impl FnOnce(StorageError) -> Failure {
    Failure::because("the outbox cannot be reached; is database.url right, and is the server up?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_database_cannot_end_its_quotes() {
        let sql = roles("o\"ne'two");
        assert!(sql.contains(r#"CREATE DATABASE "o""ne''two" OWNER"#), "{sql}");
        assert!(sql.contains(r#"datname = 'o"ne''two'"#), "{sql}");
        assert!(sql.contains(r#"\connect "o""ne'two""#), "{sql}");
    }
}
