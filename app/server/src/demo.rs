//! `qualify demo`: everything on this machine, with a PostgreSQL of its own and two organizations that never existed.

mod cast;
mod chance;
mod english;
mod folder;
mod foundation;
mod french;
mod history;
mod record;

use std::sync::Arc;

use jiff::{SignedDuration, civil::date};
use qualify_domain::subprocessor::{Purpose as Service, Subprocessor, Transfer};
use qualify_postgres::{APP, ClusterOptions, MIGRATOR, PostgresOptions, PrivateCluster};
use qualify_system::ShiftedClock;
use qualify_usecases::App;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::{folder::Folder, record::Record};
use crate::{
    Failure,
    cli::DemoArgs,
    commands::planned,
    config::{Config, Purpose, Sources},
    log, say,
    wire::System,
};

/// Starts the demo, says where it is, and serves until `stop`.
///
/// # Errors
/// [`Failure`], with what to do about it.
pub(crate) async fn run(arguments: &DemoArgs, stop: CancellationToken) -> Result<(), Failure> {
    let listener = listen(arguments.port)?;
    let folder = Folder::open(arguments.data_dir.clone())?;
    let config = Config::load(&sources(arguments.port, &folder)?, Purpose::Run)?;
    log::start(&config.section("log"))?;
    // The server ends with the thread that started it: this one lives as long as the process.
    let options = ClusterOptions { data_dir: folder.path().to_owned(), durable: true };
    let cluster = PrivateCluster::start(options).await.map_err(|error| Failure::plain(error.to_string()))?;
    let started = tokio::select! {
        started = start(&config, &cluster, &folder, arguments.days_ahead) => Some(started?),
        () = stop.cancelled() => None,
    };
    if let Some((system, record)) = started {
        let serving = system.serve(listener, stop.clone());
        let working = system.work(stop.clone());
        let announcing = async { say::line(record.announce(arguments, &folder)) };
        tokio::join!(serving, working, announcing);
    }
    cluster.stop();
    Ok(())
}

fn listen(port: u16) -> Result<TcpListener, Failure> {
    let what = format!("port {port} on 127.0.0.1 cannot be had; choose another with --port");
    qualify_http::listen(([127, 0, 0, 1], port).into()).map_err(Failure::because(what))
}

/// Makes the data if there are none yet, and brings those there are to the schema of this program.
async fn start(
    config: &Config,
    cluster: &PrivateCluster,
    folder: &Folder,
    days_ahead: u16,
) -> Result<(System, Record), Failure> {
    let known = folder.record()?;
    let database = known.as_ref().map_or_else(Record::fresh_database, |record| record.database.clone());
    cluster.database(&database).await.map_err(Failure::because("the demo's database cannot be made"))?;
    let migrator = cluster.connection(&database, MIGRATOR);
    qualify_postgres::migrate(&migrator).await.map_err(Failure::because("the demo's database cannot be migrated"))?;
    let options = PostgresOptions::new(cluster.connection(&database, APP));
    let record = if let Some(record) = known {
        record
    } else {
        let record = history::make(&System::build(config, &options)?.ports, database).await?;
        folder.keep(&record)?;
        record
    };
    let clock: ShiftedClock = ShiftedClock::default();
    clock.advance(SignedDuration::from_hours(24 * i64::from(days_ahead)));
    let system = System::build_at(config, &options, Arc::new(clock))?.with_mails_shown(folder.mails());
    if days_ahead > 0 {
        tell_ahead(&system, days_ahead).await?;
    }
    system.publish_policy().await?;
    Ok((system, record))
}

/// Tells what goes because of the days that are skipped, before anything does.
async fn tell_ahead(system: &System, days: u16) -> Result<(), Failure> {
    let plan = App::new(&system.ports).retention.plan().await;
    let plan = plan.map_err(Failure::because("what is due by then cannot be counted"))?;
    say::aside(format!(
        "the clock of this demo is {days} days ahead: what was kept for its time goes now, and is not there any more when you \
         start it without"
    ));
    let due: Vec<_> = plan.iter().filter(|due| due.rows > 0).collect();
    for due in &due {
        say::aside(format!("  {}", planned(due)));
    }
    if due.is_empty() {
        say::aside("  nothing is due");
    }
    Ok(())
}

/// Somebody to show where subprocessors are named; they exist as little as the organizations.
fn subprocessor() -> Subprocessor {
    Subprocessor {
        name: "Example Hosting SAS".to_owned(),
        purpose: Service::Hosting,
        country: "France".to_owned(),
        transfer: Transfer::Inside,
        since: date(2026, 1, 31),
    }
}

/// What the demo sets itself. The environment is not asked, but for the log: a demo is the same everywhere.
fn sources(port: u16, folder: &Folder) -> Result<Sources, Failure> {
    let mut sources = Sources::of_process(None);
    sources.file = None;
    sources.environment.retain(|name, _| name.starts_with("QUALIFY_LOG_"));
    let wide = "1000000".to_owned();
    let mut demo = vec![
        ("http.listen", format!("127.0.0.1:{port}")),
        ("http.base_url", format!("http://127.0.0.1:{port}")),
        ("http.intake_per_source", wide.clone()),
        ("http.intake_per_form", wide),
        ("database.url", "postgres:///qualify".to_owned()),
        ("security.keys", folder.keys()?),
        ("security.password_cost", "10".to_owned()),
        ("controller.name", "The person at this machine".to_owned()),
        ("controller.address", "This machine".to_owned()),
        ("controller.privacy_contact", "privacy@example.com".to_owned()),
        ("mailer.adapter", "maildir".to_owned()),
        ("maildir.path", folder.mails().display().to_string()),
        ("folder.path", folder.files().display().to_string()),
        ("backups.path", folder.backups().display().to_string()),
    ];
    if !sources.environment.contains_key("QUALIFY_LOG_LEVEL") {
        demo.push(("log.level", "warn".to_owned()));
    }
    sources.demo_subprocessors = vec![subprocessor()];
    sources.demo = demo.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
    Ok(sources)
}
