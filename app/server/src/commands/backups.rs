use std::sync::Arc;

use futures::{StreamExt, TryStreamExt};
use qualify_ports::{
    files::{FileBytes, FileError},
    plugin::Settings,
};
use qualify_postgres::{DumpError, Postgres, PostgresOptions, Restoring, Stage, dump};
use qualify_system::SystemClock;
use qualify_usecases::{Backups, Endings, Settled, Settling};

use crate::{
    Failure,
    config::{Config, Purpose, Sources},
    log, say, stop,
    wire::{self, System},
};

/// How far a dump is, is told every so many bytes.
const STEP: usize = 64 << 20;

/// Makes a backup, and removes those whose time is over.
pub(super) async fn make(sources: &Sources) -> Result<(), Failure> {
    let (config, backups) = look(sources)?;
    let settings = config.section("backups");
    let url = address(&settings, "url", "qualify_backup, who reads everything")?;
    let dump = dump(&url).await.map_err(Failure::because("there is no backup"))?;
    let backup = backups.keep(told("written", dump), settings.get("days")?).await.map_err(unkept)?;
    backups.remove_due().await.map_err(Failure::because("backups whose time is over cannot be removed"))?;
    say::line(backup.name());
    say::aside(format!("kept until {:.0}", backup.kept_until()));
    Ok(())
}

/// Lists the backups there are.
pub(super) async fn list(sources: &Sources) -> Result<(), Failure> {
    let (_, backups) = look(sources)?;
    for backup in backups.list().await.map_err(unreached)? {
        let (name, made_at, until) = (backup.name(), backup.made_at, backup.kept_until());
        say::line(format!("{name}  made {made_at:.0}  kept until {until:.0}"));
    }
    Ok(())
}

/// Makes an empty database from a backup, takes out of it what went since, sweeps it, and only then lets anybody serve.
pub(super) async fn restore(
    sources: &Sources,
    name: Option<&str>,
    log_is_lost: bool,
    endings: &Endings,
) -> Result<(), Failure> {
    endings.check().map_err(Failure::because("the backup is not restored"))?;
    let config = Config::load(sources, Purpose::Run)?;
    log::start(&config.section("log"))?;
    let database = config.section("database");
    let migrator = address(&database, "migrator_url", "qualify_migrator, as a member of the owner's role")?;
    let restoring = Restoring::into_database(&migrator).map_err(unrestored)?;
    let stage = restoring.stage().await.map_err(unrestored)?;
    match (stage, name) {
        (Stage::Nothing, None) => return Err(Failure::plain("say which backup: `qualify admin backups` lists them")),
        (Stage::Begun(name), None) => load(&config, &restoring, (&name, log_is_lost)).await?,
        (Stage::Nothing | Stage::Begun(_), Some(name)) => load(&config, &restoring, (name, log_is_lost)).await?,
        (Stage::Loaded(loaded), Some(name)) if loaded != name => {
            return Err(unrestored(DumpError::Another(loaded)));
        }
        (Stage::Loaded(_), _) => {}
    }
    say::aside(
        "taking out what went since, and sweeping: what was put on hold after the backup was made is not held in it",
    );
    let database = PostgresOptions { settles: true, ..wire::database(&config)? };
    let system = System::build(&config, &database)?;
    let settled = Settling::new(&system.ports, system.backups).settle(endings, &stop::on_signals()?).await;
    let what = "the database is restored and not settled, so nobody serves from it yet; once the reason is gone, run `qualify \
                admin restore` again";
    let settled = settled.map_err(Failure::because(what))?;
    restoring.settled().await.map_err(unrestored)?;
    tell(&settled);
    Ok(())
}

async fn load(config: &Config, restoring: &Restoring, (name, log_is_lost): (&str, bool)) -> Result<(), Failure> {
    let backups = backups(config)?;
    let found = backups.list().await.map_err(unreached)?.into_iter().find(|backup| backup.name() == name);
    let Some(backup) = found else {
        let what = format!("no backup is named {name}; `qualify admin backups` lists those there are");
        return Err(Failure::plain(what));
    };
    if !log_is_lost && !backups.has_log(backup).await.map_err(unreached)? {
        let what = "the log of what went since that backup was made is not where [backups] says: is all of that place there? \
                    Without it, whoever was erased since comes back; if it is lost for good, say --log-is-lost";
        return Err(Failure::plain(what));
    }
    say::aside(format!("restoring the backup that was made {:.0}", backup.made_at));
    let bytes = backups.open(backup).await.map_err(unopened)?;
    restoring.load(name, told("read", bytes)).await.map_err(|error| match error {
        DumpError::Read(error) => unopened(error),
        error => unrestored(error),
    })
}

fn tell(settled: &Settled) {
    let Settled { leads, whole, kept, submissions, accounts, organizations, addresses, swept } = settled;
    say::line(format!(
        "restored; gone again: leads {leads}, submissions {submissions}, accounts {accounts}, organizations \
         {organizations}; addresses to which nothing goes: {addresses}; swept: {swept}"
    ));
    if *whole > 0 {
        say::aside(format!(
            "leads that went as a whole, as somebody who had gone was part of them and could not be parted from them: {whole}"
        ));
    }
    if *kept > 0 {
        say::aside(format!(
            "leads that are held, or that their person wants kept, and so stayed although somebody who had gone is part of them and could \
             not be parted from them: {kept}"
        ));
    }
}

/// The backups, without anything of the product that is connected to the database.
fn look(sources: &Sources) -> Result<(Config, Backups), Failure> {
    let config = Config::load(sources, Purpose::Look)?;
    log::start(&config.section("log"))?;
    let backups = backups(&config)?;
    Ok((config, backups))
}

fn backups(config: &Config) -> Result<Backups, Failure> {
    let storage = Arc::new(Postgres::new(&wire::database(config)?, Arc::new(SystemClock)));
    wire::backups(config, &wire::keys(config)?, storage, Arc::new(SystemClock))
}

/// A database's address in a role of which serving knows nothing.
fn address(settings: &Settings, key: &str, role: &str) -> Result<String, Failure> {
    let address = settings.optional::<String>(key)?;
    Ok(address.ok_or_else(|| settings.fault(key, format!("is not set: the database's address for {role}")))?)
}

/// Tells on the way how much there was.
fn told<'a>(what: &'static str, bytes: FileBytes<'a>) -> FileBytes<'a> {
    let (mut so_far, mut next) = (0, STEP);
    let told = bytes.inspect_ok(move |piece| {
        so_far += piece.len();
        if so_far >= next {
            say::aside(format!("{} MiB {what}", so_far >> 20));
            next = so_far + STEP;
        }
    });
    told.boxed()
}

fn unkept(error: FileError) -> Failure {
    match error {
        FileError::Unavailable(cause) if cause.is::<DumpError>() => {
            Failure::Failed("there is no backup".into(), Some(cause))
        }
        error => Failure::because("the backup cannot be kept; is there room, and is [backups] right?")(error),
    }
}

fn unopened(error: FileError) -> Failure {
    let what = match error {
        FileError::Broken(_) => {
            "the backup does not open; is the key with which it was sealed among security.keys, and is it whole?"
        }
        FileError::Missing | FileError::Unavailable(_) => "the backup cannot be read; is [backups] right?",
    };
    Failure::because(what)(error)
}

fn unreached(error: FileError) -> Failure {
    Failure::because("the backups cannot be reached; is [backups] right?")(error)
}

fn unrestored(error: DumpError) -> Failure {
    Failure::because("the backup is not restored")(error)
}
