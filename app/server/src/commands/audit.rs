use std::sync::Arc;

use qualify_crypto::sha256;
use qualify_domain::id::OrganizationId;
use qualify_postgres::Postgres;
use qualify_system::SystemClock;
use qualify_usecases::{AuditWalk, Error};

use crate::{
    Failure,
    config::{Config, Purpose, Sources},
    log, say, wire,
};

/// What the walks have found so far.
#[derive(Default)]
struct Tally {
    chains: u64,
    entries: u64,
    broken: u64,
}

/// Walks along all audit trails, or one.
pub(super) async fn verify(sources: &Sources, only: Option<OrganizationId>) -> Result<(), Failure> {
    let config = Config::load(sources, Purpose::Look)?;
    log::start(&config.section("log"))?;
    let storage = Postgres::new(&wire::database(&config)?, Arc::new(SystemClock));
    let walk = AuditWalk::new(Arc::new(storage), sha256);
    let tally = match only {
        Some(organization) => of_one(&walk, organization).await?,
        None => of_all(&walk).await?,
    };
    let Tally { chains, entries, broken } = tally;
    if broken > 0 {
        return Err(Failure::plain(format!("broken chains: {broken} of {chains}")));
    }
    say::line(format!("whole chains: {chains}, entries: {entries}"));
    Ok(())
}

async fn of_one(walk: &AuditWalk, organization: OrganizationId) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    look(walk, organization, &mut tally).await?;
    Ok(tally)
}

async fn of_all(walk: &AuditWalk) -> Result<Tally, Failure> {
    let mut tally = Tally::default();
    let mut last = None;
    loop {
        let part = walk.organizations(last).await.map_err(failed())?;
        if part.is_empty() {
            return Ok(tally);
        }
        last = part.last().copied();
        for organization in part {
            look(walk, organization, &mut tally).await?;
        }
    }
}

async fn look(walk: &AuditWalk, organization: OrganizationId, tally: &mut Tally) -> Result<(), Failure> {
    tally.chains += 1;
    match walk.verify(organization).await.map_err(failed())?.found {
        Ok(entries) => tally.entries += entries,
        Err(broken) => {
            tally.broken += 1;
            say::line(format!("organization {organization}: {broken}"));
        }
    }
    Ok(())
}

fn failed() -> impl FnOnce(Error) -> Failure {
    Failure::because("the audit trails cannot be read; is database.url right, and is the server up?")
}
