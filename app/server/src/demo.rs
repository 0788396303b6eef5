//! `qualify demo`: everything on this machine, with a PostgreSQL of its own and two organizations that never existed.

mod cast;
mod chance;
mod english;
mod folder;
mod foundation;
mod french;
mod history;
mod payments;
mod record;

use std::sync::Arc;

use jiff::{SignedDuration, civil::date};
use qualify_domain::subprocessor::{Purpose as Service, Subprocessor, Transfer};
use qualify_postgres::{APP, ClusterOptions, MIGRATOR, PostgresOptions, PrivateCluster};
use qualify_system::ShiftedClock;
use qualify_usecases::App;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use self::{folder::Folder, payments::Provider, record::Record};
use crate::{
    Failure,
    cli::{DemoArgs, DemoBilling},
    commands::planned,
    config::{Config, Purpose, Sources},
    log, say,
    wire::System,
};

/// The database of a demo in which organizations pay. It is made anew at each start: what the provider knew is gone, too.
const OF_ONE_RUN: &str = "billing";

/// Starts the demo, says where it is, and serves until `stop`.
///
/// # Errors
/// [`Failure`], with what to do about it.
pub(crate) async fn run(arguments: &DemoArgs, stop: CancellationToken) -> Result<(), Failure> {
    let listener = listen(arguments.port)?;
    let folder = Folder::open(arguments.data_dir.clone())?;
    let clock: Arc<ShiftedClock> = Arc::default();
    clock.advance(SignedDuration::from_hours(24 * i64::from(arguments.days_ahead)));
    let provider = match arguments.billing {
        DemoBilling::None => None,
        DemoBilling::Fake => Some(Provider::start(clock.clone()).await?),
    };
    let home = if provider.is_some() { folder.of_one_run() } else { folder.clone() };
    let mut sources = sources(arguments.port, &home, folder.keys()?);
    sources.demo.extend(provider.iter().flat_map(Provider::settings));
    let config = Config::load(&sources, Purpose::Run)?;
    log::start(&config.section("log"))?;
    // The server ends with the thread that started it: this one lives as long as the process.
    let options = ClusterOptions { data_dir: folder.path().to_owned(), durable: true };
    let cluster = PrivateCluster::start(options).await.map_err(|error| Failure::plain(error.to_string()))?;
    let demo = Demo { config, cluster, home, clock, provider };
    let started = tokio::select! {
        started = demo.start(arguments.days_ahead) => Some(started?),
        () = stop.cancelled() => None,
    };
    if let Some((system, record)) = started {
        let serving = system.serve(listener, stop.clone());
        let working = system.work(stop.clone());
        let desk = demo.provider.as_ref().map(Provider::desk);
        let announcing = async { say::line(record.announce(arguments, &demo.home, desk.as_deref())) };
        let paying = async {
            if let Some(provider) = &demo.provider {
                provider.tell(arguments.port, stop.clone()).await;
            }
        };
        tokio::join!(serving, working, announcing, paying);
    }
    demo.cluster.stop();
    Ok(())
}

fn listen(port: u16) -> Result<TcpListener, Failure> {
    let what = format!("port {port} on 127.0.0.1 cannot be had; choose another with --port");
    qualify_http::listen(([127, 0, 0, 1], port).into()).map_err(Failure::because(what))
}

/// All that a demo runs on.
struct Demo {
    config: Config,
    cluster: PrivateCluster,
    /// Where everything lies but the database and the keys.
    home: Folder,
    clock: Arc<ShiftedClock>,
    provider: Option<Provider>,
}

impl Demo {
    /// Makes the data if there are none yet, and brings those there are to the schema of this program.
    async fn start(&self, days_ahead: u16) -> Result<(System, Record), Failure> {
        let known = if self.provider.is_some() {
            self.begin_anew().await?;
            None
        } else {
            self.home.record()?
        };
        let database = match &known {
            Some(record) => record.database.clone(),
            None if self.provider.is_some() => OF_ONE_RUN.to_owned(),
            None => Record::fresh_database(),
        };
        let failed = Failure::because("the demo's database cannot be made");
        self.cluster.database(&database).await.map_err(failed)?;
        let migrator = self.cluster.connection(&database, MIGRATOR);
        let failed = Failure::because("the demo's database cannot be migrated");
        qualify_postgres::migrate(&migrator).await.map_err(failed)?;
        let options = PostgresOptions::new(self.cluster.connection(&database, APP));
        let record = if let Some(record) = known {
            record
        } else {
            let record = history::make(&System::build(&self.config, &options)?.ports, database).await?;
            self.home.keep(&record)?;
            record
        };
        let system = System::build_at(&self.config, &options, self.clock.clone())?.with_mails_shown(self.home.mails());
        if days_ahead > 0 {
            tell_ahead(&system, days_ahead).await?;
        }
        system.publish_policy().await?;
        Ok((system, record))
    }

    /// Removes what an earlier run left, which its provider does not know any more.
    async fn begin_anew(&self) -> Result<(), Failure> {
        let failed = Failure::because("the database of an earlier demo cannot be removed");
        self.cluster.drop_database(OF_ONE_RUN).await.map_err(failed)?;
        self.home.clear()
    }
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
fn sources(port: u16, folder: &Folder, keys: String) -> Sources {
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
        ("security.keys", keys),
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
    sources
}
