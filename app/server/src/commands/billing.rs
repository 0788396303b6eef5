use std::sync::Arc;

use jiff::civil::Date;
use qualify_domain::{csv, id::OrganizationId, ledger, subscription::ProviderId};
use qualify_postgres::Postgres;
use qualify_system::SystemClock;
use qualify_usecases::{App, Books, Broken, Error};

use crate::{
    Failure,
    cli::BillingCommand,
    config::{Config, Purpose, Sources},
    log, say,
    wire::{self, System},
};

/// Looks into the books, or mends what payments say (BIL-9).
pub(super) async fn run(sources: &Sources, command: BillingCommand) -> Result<(), Failure> {
    match command {
        BillingCommand::Ledger { fiscal_year_end } => print(sources, fiscal_year_end).await,
        BillingCommand::Claim { organization, subscription } => {
            claim(sources, organization, &ProviderId(subscription)).await
        }
    }
}

async fn print(sources: &Sources, fiscal_year_end: Option<Date>) -> Result<(), Failure> {
    let config = Config::load(sources, Purpose::Look)?;
    log::start(&config.section("log"))?;
    let books = Books::new(Arc::new(Postgres::new(&wire::database(&config)?, Arc::new(SystemClock))));
    say::line(line("subject", &ledger::COLUMNS.map(str::to_owned)));
    let mut after = None;
    loop {
        let what = "the ledger cannot be read; is database.url right, and is the server up?";
        let part = books.read(after).await.map_err(Failure::because(what))?;
        for (subject, entry) in &part.items {
            if fiscal_year_end.is_none_or(|end| entry.fiscal_year_end == end) {
                say::line(line(&subject.to_string(), &ledger::cells(entry)));
            }
        }
        after = part.next;
        if after.is_none() {
            return Ok(());
        }
    }
}

/// A line of the table, without its end.
fn line(subject: &str, cells: &[String]) -> String {
    let line = csv::line([subject].into_iter().chain(cells.iter().map(String::as_str)));
    line.trim_end().to_owned()
}

async fn claim(sources: &Sources, home: OrganizationId, id: &ProviderId) -> Result<(), Failure> {
    let config = Config::load(sources, Purpose::Run)?;
    log::start(&config.section("log"))?;
    let system = System::build(&config, &wire::database(&config)?)?;
    match App::new(&system.ports).billing.claim(home, id).await {
        Ok(()) => {
            say::line(format!("the subscription {id} is the organization’s"));
            Ok(())
        }
        Err(error) => Err(match error {
            Error::NotFound("billing") => Failure::plain("nobody pays here: billing.adapter is none"),
            Error::NotFound(_) => Failure::plain(format!(
                "the payment provider knows no subscription {id}, in this store and mode; look for its id there"
            )),
            Error::Conflict(_) => Failure::plain(format!(
                "the subscription {id} is another organization’s, or this one has another that counts; nothing was changed"
            )),
            Error::Rule(Broken::ProviderAway) => {
                Failure::plain("the payment provider does not answer; try again later")
            }
            error => Failure::because("the subscription cannot be kept; is there an organization of that id?")(error),
        }),
    }
}
