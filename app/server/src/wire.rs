//! Puts use cases and adapters together, as the configuration says.

use std::{path::PathBuf, sync::Arc, time::Duration};

use qualify_crypto::{Bcrypt, Jwt, KeyRing, SealedFiles, SealedVault};
use qualify_domain::{mail_lane::Allowance, text::Email};
use qualify_http::{Options as WebOptions, Site, Web};
use qualify_ports::{
    files::Files,
    hooks::HookSender,
    plugin::{Adapter, BuildError, Kind, Settings, select},
    storage::Storage,
    time::Clock,
};
use qualify_postgres::{LiveFeed, Postgres, PostgresOptions, Weight};
use qualify_system::{SystemClock, Uuidv7};
use qualify_usecases::{App, Backups, Options, Payments, Ports, SigningKeys, Worker};
use qualify_webauthn::WebauthnPasskeys;
use secrecy::ExposeSecret;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use url::Url;

use crate::{
    Failure,
    config::Config,
    publish,
    registry::{BILLINGS, FILES, HOOKS, MAILERS, SCORERS, SPAM},
};

/// Where in their place backups lie, and where the log of what went.
const DUMPS: &str = "dumps";
const GONE: &str = "gone";
/// A worker that broke is replaced after this long.
const RECOVERY: Duration = Duration::from_secs(1);

/// The whole product, ready to run.
pub struct System {
    /// The storage by its own name, for the checks at start-up.
    pub database: Postgres,
    /// The adapters.
    pub ports: Ports,
    /// What the use cases are told.
    pub options: Options,
    /// Who runs the installation, and where.
    pub site: Site,
    /// What the web face is told.
    pub web: WebOptions,
    /// Backups, and the log of what went.
    pub backups: Backups,
}

impl System {
    /// Builds everything. Nothing is connected yet, and nothing listens. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`Failure`] if an adapter refuses its settings.
    pub fn build(config: &Config, database: &PostgresOptions) -> Result<Self, Failure> {
        Self::build_at(config, database, Arc::new(SystemClock))
    }

    /// The same by another clock.
    ///
    /// # Errors
    /// [`Failure`] if an adapter refuses its settings.
    pub fn build_at(config: &Config, database: &PostgresOptions, clock: Arc<dyn Clock>) -> Result<Self, Failure> {
        let site = site(config)?;
        let base_url = site.base_url.as_str().trim_end_matches('/').to_owned();
        let security = config.section("security");
        let keys = keys(config)?;
        let cost = security.get("password_cost")?;
        let live = LiveFeed::start(database.connection.clone());
        let database = Postgres::new(database, clock.clone());
        let keeper = chosen(FILES, &config.section("files").get::<String>("adapter")?, config, &keys)?;
        let ports = Ports {
            live: Arc::new(live),
            storage: Arc::new(database.clone()),
            clock,
            ids: Arc::new(Uuidv7),
            passwords: Arc::new(Bcrypt::new(&keys, cost).map_err(|error| security.fault("password_cost", error))?),
            tokens: Arc::new(Jwt::new(&keys, &*base_url).map_err(|error| security.fault("keys", error))?),
            passkeys: Arc::new(WebauthnPasskeys::new(&site.base_url)),
            vault: Arc::new(SealedVault::new(&keys)),
            mailer: chosen(MAILERS, &config.section("mailer").get::<String>("adapter")?, config, &keys)?,
            files: Arc::new(SealedFiles::new(keeper, &keys)),
            hooks: teller(config, &site, &keys)?,
            payments: payments(config, &base_url, &keys)?,
            scorer: chosen(SCORERS, &config.section("scorer").get::<String>("adapter")?, config, &keys)?,
            spam: config
                .section("spam")
                .get::<String>("ladder")?
                .split(',')
                .map(|rung| chosen(SPAM, rung.trim(), config, &keys))
                .collect::<Result<_, _>>()?,
        };
        let web = WebOptions::read(&config.section("http"))?;
        let mailer = config.section("mailer");
        let mails = Allowance::new(mailer.get("per_hour")?, mailer.get("burst")?);
        let options = Options {
            base_url,
            mails,
            time_zone: web.time_zone.clone(),
            operator: site.controller.clone(),
            contact: Email::parse(&site.privacy_contact).ok(),
        };
        let backups = backups(config, &keys, ports.storage.clone(), ports.clock.clone())?;
        Ok(Self { database, ports, options, site, web, backups })
    }

    /// Shows the mails of a folder at `/demo/mail`.
    #[must_use]
    pub fn with_mails_shown(mut self, folder: PathBuf) -> Self {
        self.site.demo_mails = Some(folder);
        self
    }

    /// Announces subprocessors that are new, and publishes the privacy policy where what it follows from has changed
    /// (PRV-2, PRV-3).
    ///
    /// # Errors
    /// [`Failure`] if a subprocessor begins too soon, or the storage cannot keep it.
    pub async fn publish_policy(&self) -> Result<(), Failure> {
        publish::publish(&App::new(&self.ports).policies, &self.site).await
    }

    /// Tells in the log if what is published is not what this configuration says. Whoever serves no pages publishes nothing:
    /// two configurations would do so in turns.
    pub async fn compare_policy(&self) {
        let findings = publish::compare(&App::new(&self.ports).policies, &self.site, &*self.ports.clock).await;
        for finding in findings.iter().filter(|finding| finding.weight != Weight::Fine) {
            warn!("{finding}");
        }
    }

    /// Listens where the configuration says.
    ///
    /// # Errors
    /// [`Failure`] if the address cannot be had.
    pub fn listen(&self) -> Result<TcpListener, Failure> {
        let address = self.web.listen;
        let what = format!("cannot listen on {address}; choose another with http.listen (QUALIFY_HTTP_LISTEN)");
        qualify_http::listen(address).map_err(Failure::because(what))
    }

    /// Serves until `stop`, then lets open requests end.
    pub async fn serve(&self, listener: TcpListener, stop: CancellationToken) {
        if let Ok(address) = listener.local_addr() {
            info!(%address, "serving");
        }
        let app = App::new(&self.ports);
        let keys = SigningKeys::new(&self.ports);
        let web = Web::new(app, self.ports.clock.clone(), self.site.clone(), self.web.clone(), stop.clone());
        tokio::join!(web.serve(listener), keys.run(stop));
    }

    /// Does what follows from what was served until `stop`; what was begun is brought to its end. Beside it, what goes is
    /// written down where the backups lie.
    pub async fn work(&self, stop: CancellationToken) {
        tokio::join!(self.react(stop.clone()), self.backups.run(stop));
    }

    async fn react(&self, stop: CancellationToken) {
        info!("working");
        let worker = Worker::new(&self.ports, self.options.clone());
        while !stop.is_cancelled() {
            let (worker, until) = (worker.clone(), stop.clone());
            if tokio::spawn(async move { worker.run(until).await }).await.is_err() {
                // What it had claimed is taken up again when its lease ends.
                error!("the worker broke and is started again");
                tokio::time::sleep(RECOVERY).await;
            }
        }
    }
}

/// How the configured database is used.
///
/// # Errors
/// [`BuildError`] if its address is none.
pub fn database(config: &Config) -> Result<PostgresOptions, BuildError> {
    let settings = config.section("database");
    let all: u32 = settings.get("connections")?;
    let usual = PostgresOptions::new(settings.get("url")?);
    // One connection hears the news, one tells it; some are kept for submissions.
    let writers = usual.writers.min(all / 2).max(1);
    Ok(PostgresOptions { connections: all.saturating_sub(writers + 2).max(1), writers, ..usual })
}

/// Who runs the installation, and where.
///
/// # Errors
/// [`BuildError`] if an address is none.
pub fn site(config: &Config) -> Result<Site, BuildError> {
    let controller = config.section("controller");
    Ok(Site {
        base_url: config.section("http").get::<Url>("base_url")?,
        controller: controller.get("name")?,
        address: controller.get("address")?,
        privacy_contact: controller.get("privacy_contact")?,
        demo_mails: None,
        subprocessors: config.subprocessors().to_vec(),
    })
}

/// The files, to count what is due and to remove it: for that nothing needs to be opened.
///
/// # Errors
/// [`Failure`] if the adapter refuses its settings.
pub fn keeper(config: &Config) -> Result<Arc<dyn Files>, Failure> {
    let name = config.section("files").get::<String>("adapter")?;
    Ok((select(FILES, &name)?.build)(config.section(&name))?)
}

/// The secret keys.
///
/// # Errors
/// [`BuildError`] if there are none.
pub fn keys(config: &Config) -> Result<KeyRing, BuildError> {
    let security = config.section("security");
    KeyRing::parse(security.secret("keys")?).map_err(|error| security.fault("keys", error))
}

/// Backups of that storage, sealed under the keys.
///
/// # Errors
/// [`Failure`] if the adapter refuses its settings.
pub fn backups(
    config: &Config,
    keys: &KeyRing,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
) -> Result<Backups, Failure> {
    let sealed = |place| Ok::<_, Failure>(Arc::new(SealedFiles::new(backup_place(config, place)?, keys)));
    Ok(Backups::new(sealed(DUMPS)?, sealed(GONE)?, storage, clock, Arc::new(Uuidv7)))
}

/// The backups, to look which there are: for that nothing needs to be opened.
///
/// # Errors
/// [`Failure`] if the adapter refuses its settings.
pub fn listed_backups(config: &Config, storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Result<Backups, Failure> {
    Ok(Backups::new(backup_place(config, DUMPS)?, backup_place(config, GONE)?, storage, clock, Arc::new(Uuidv7)))
}

/// A place for backups, by the adapter's own settings but for where.
fn backup_place(config: &Config, place: &str) -> Result<Arc<dyn Files>, Failure> {
    let settings = config.section("backups");
    let name = settings.get::<String>("adapter")?;
    let path = settings.get::<PathBuf>("path")?.join(place).display().to_string();
    let prefix = format!("{}{place}/", settings.get::<String>("prefix")?);
    let mut own = config.section(&name).with("path", path).with("prefix", prefix);
    if let Some(bucket) = settings.optional::<String>("bucket")? {
        own = own.with("bucket", bucket);
    }
    Ok((select(FILES, &name)?.build)(own)?)
}

/// Where organizations pay, and by whose calendar.
fn payments(config: &Config, base_url: &str, keys: &KeyRing) -> Result<Payments, Failure> {
    let billing = config.section("billing");
    let fiscal_year = billing.get::<String>("fiscal_year_end")?;
    Ok(Payments {
        provider: chosen(BILLINGS, &billing.get::<String>("adapter")?, config, keys)?,
        return_to: format!("{base_url}/settings/billing/return"),
        fiscal_year: fiscal_year.parse().map_err(|error| billing.fault("fiscal_year_end", error))?,
    })
}

/// What tells endpoints. Where browsers come over the internet, nothing goes to a receiver that is for tests (WEB-7).
fn teller(config: &Config, site: &Site, keys: &KeyRing) -> Result<Arc<dyn HookSender>, Failure> {
    let name = config.section("hooks").get::<String>("adapter")?;
    let own = config.section(&name);
    let is_for_tests = own.secret("receiver").is_ok_and(|receiver| !receiver.expose_secret().is_empty());
    if is_for_tests && site.base_url.scheme() == "https" {
        return Err(own.fault("receiver", "is for tests, and http.base_url is https").into());
    }
    chosen(HOOKS, &name, config, keys)
}

fn chosen<P: ?Sized>(adapters: &[Adapter<P>], name: &str, config: &Config, keys: &KeyRing) -> Result<Arc<P>, Failure> {
    let adapter = select(adapters, name)?;
    let derived = adapter.keys.iter().filter(|key| key.kind == Kind::Derived);
    let settings: Settings =
        derived.fold(config.section(name), |settings, key| settings.with(key.name, keys.derive(name).expose_secret()));
    Ok((adapter.build)(settings)?)
}
