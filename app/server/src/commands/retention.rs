use std::sync::Arc;

use qualify_crypto::sha256;
use qualify_domain::retention::{Outcome, RULES, Swept};
use qualify_postgres::Postgres;
use qualify_system::SystemClock;
use qualify_usecases::{Due, Error, MOST_DUE, Retention, RetentionWalk};

use super::records::ended;
use crate::{
    Failure,
    cli::RetentionCommand,
    config::{Config, Purpose, Sources},
    log, say, stop, wire,
};

/// Tells what is due, lets it go, or walks along the proofs that it went.
pub(super) async fn run(sources: &Sources, command: RetentionCommand) -> Result<(), Failure> {
    let config = Config::load(sources, Purpose::Look)?;
    log::start(&config.section("log"))?;
    let storage = Arc::new(Postgres::new(&wire::database(&config)?, Arc::new(SystemClock)));
    match command {
        RetentionCommand::Plan => plan(&Retention::new(storage, wire::keeper(&config)?, Arc::new(SystemClock))).await,
        RetentionCommand::Run => sweep(&Retention::new(storage, wire::keeper(&config)?, Arc::new(SystemClock))).await,
        RetentionCommand::Certificates => {
            certificates(&Retention::new(storage, wire::keeper(&config)?, Arc::new(SystemClock))).await
        }
        RetentionCommand::Verify => verify(&RetentionWalk::new(storage, sha256)).await,
    }
}

async fn plan(retention: &Retention) -> Result<(), Failure> {
    for due in retention.plan().await.map_err(failed())? {
        say::line(planned(&due));
    }
    Ok(())
}

/// How much of a rule is due, as a plan tells it.
pub(crate) fn planned(due: &Due) -> String {
    let rule = due.rule;
    let least = if due.rows == u64::from(MOST_DUE) { "at least " } else { "" };
    format!("{}  {least}{} due  {}", rule.code, due.rows, ended(rule))
}

async fn sweep(retention: &Retention) -> Result<(), Failure> {
    let swept = retention.sweep_now(&stop::on_signals()?).await;
    for one in &swept {
        let Swept { rule, rows, took, outcome, .. } = one;
        say::line(format!("{}  {rows} gone in {} ms  {outcome}", rule.code, took.as_millis()));
    }
    let unfinished = swept.iter().filter(|one| one.outcome != Outcome::Done).count();
    if unfinished > 0 {
        return Err(Failure::plain(format!("not done: {unfinished} of {}", swept.len())));
    }
    if swept.len() < RULES.len() {
        say::aside(format!("{} are being swept by a worker", RULES.len() - swept.len()));
    }
    Ok(())
}

async fn certificates(retention: &Retention) -> Result<(), Failure> {
    for one in retention.certificates().await.map_err(failed())? {
        let ended = one.ended_at.map_or_else(|| "goes on".to_owned(), |at| at.to_string());
        let counts: Vec<String> = one.counts.iter().map(|(table, rows)| format!("{table} {rows}")).collect();
        say::line(format!(
            "{}  asked {}  begun {}  ended {ended}  {}",
            one.organization,
            one.closed_at,
            one.began_at,
            counts.join(", ")
        ));
    }
    Ok(())
}

async fn verify(walk: &RetentionWalk) -> Result<(), Failure> {
    match walk.verify().await.map_err(failed())? {
        Ok(runs) => {
            say::line(format!("whole chain, runs: {runs}"));
            Ok(())
        }
        Err(broken) => {
            say::line(broken);
            Err(Failure::plain("the chain of runs is broken"))
        }
    }
}

fn failed() -> impl FnOnce(Error) -> Failure {
    Failure::because("what is kept cannot be reached; are database.url and files right, and is the server up?")
}
