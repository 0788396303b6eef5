use qualify_postgres::{Weight, clocks, fitness};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};

use crate::{
    Failure,
    config::{Config, Purpose, Sources},
    log, stop,
    wire::{self, System},
};

/// Serves, and works beside it if asked to, until a signal.
pub(super) async fn serve(sources: &Sources, work: bool) -> Result<(), Failure> {
    let (system, stop) = start(sources).await?;
    system.publish_policy().await?;
    let listener = system.listen()?;
    let working = async {
        if work {
            system.work(stop.clone()).await;
        }
    };
    tokio::join!(system.serve(listener, stop.clone()), working);
    Ok(())
}

/// Works until a signal.
pub(super) async fn work(sources: &Sources) -> Result<(), Failure> {
    let (system, stop) = start(sources).await?;
    system.compare_policy().await;
    system.work(stop).await;
    Ok(())
}

/// Migrates the configured database.
pub(super) async fn migrate(config: &Config) -> Result<(), Failure> {
    let migrator = config.section("database").get("migrator_url")?;
    let what = "the database cannot be migrated; is database.migrator_url right, and did a superuser run `qualify admin \
                roles`?";
    qualify_postgres::migrate(&migrator).await.map_err(Failure::because(what))
}

async fn start(sources: &Sources) -> Result<(System, CancellationToken), Failure> {
    let config = Config::load(sources, Purpose::Run)?;
    log::start(&config.section("log"))?;
    let stop = stop::on_signals()?;
    if config.section("database").optional::<String>("migrator_url")?.is_some() {
        migrate(&config).await?;
    }
    let system = System::build(&config, &wire::database(&config)?)?;
    refuse_unfit(&system).await?;
    Ok((system, stop))
}

/// RLS-4, REL-10: a process never starts where row security does not bind it, where what it acknowledges can be lost,
/// or on another schema than its own.
async fn refuse_unfit(system: &System) -> Result<(), Failure> {
    let what = "the database cannot be looked at; is database.url right, and is the server up?";
    let pool = system.database.pool();
    let findings = fitness(pool, true).await.map_err(Failure::because(what))?;
    if findings.iter().any(|finding| finding.weight == Weight::Refused) {
        return Err(Failure::Unfit(findings));
    }
    for finding in findings.iter().filter(|finding| finding.weight == Weight::Doubtful) {
        warn!("{finding}");
    }
    // Which of the two is wrong is for somebody to find out: to serve nobody meanwhile would keep nothing from going.
    let clocks = clocks(pool, &*system.ports.clock).await.map_err(Failure::because(what))?;
    if clocks.weight != Weight::Fine {
        error!("{clocks}");
    }
    info!("the database is fit to run on");
    Ok(())
}
