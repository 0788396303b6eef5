//! A running installation.

use std::{num::NonZeroU32, path::PathBuf, sync::Arc, time::Duration};

use jiff::SignedDuration;
use qualify_crypto::{Bcrypt, Jwt, KeyRing, SealedFiles, SealedVault, sha256};
use qualify_domain::{
    mail_lane::Allowance,
    retention::{RULES, RetentionRule},
    subprocessor::Subprocessor,
};
use qualify_http::{Options, Site, Web, policies};
use qualify_ports::{
    billing::Billing,
    hooks::HookSender,
    mailer::Mailer,
    passwords::Passwords,
    plugin::{Adapter, Settings},
    spam::SpamCheck,
    time::Clock,
};
use qualify_postgres::{LiveFeed, Postgres, PostgresOptions, testing::TestDatabase};
use qualify_system::{ShiftedClock, Uuidv7};
use qualify_unbilled::Unbilled;
use qualify_usecases::{AnnounceError, App, Payments, Ports, Worker};
use qualify_webauthn::WebauthnPasskeys;
use secrecy::ExposeSecret;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::{
    net::TcpListener,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{Client, Mails};

/// What lets a test see the metrics.
pub const METRICS_TOKEN: &str = "the watch of the tests";

/// How an installation is to be.
#[derive(Clone)]
pub struct Plan {
    /// Whether it works, or only serves.
    pub works: bool,
    /// Submissions a minute from one source.
    pub per_source: u32,
    /// Submissions a minute to one form.
    pub per_form: u32,
    /// Requests a minute with one API key.
    pub per_key: u32,
    /// Whether it shows its mails at `/demo/mail`.
    pub shows_mails: bool,
    /// Whether it has a name, as passkeys need, instead of an address of the network.
    pub named: bool,
    /// How many proxies it believes.
    pub trusted_proxies: usize,
    /// What hashes its passwords, if not bcrypt.
    pub passwords: Option<Arc<dyn Passwords>>,
    /// How many mails an organization may send: without end, unless a test is about that.
    pub mails: Allowance,
    /// What sends its mail, if not the maildir.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// What tells endpoints, if not a machine that is not there.
    pub hooks: Option<Arc<dyn HookSender>>,
    /// Where organizations pay, if they do.
    pub billing: Option<Arc<dyn Billing>>,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            works: true,
            per_source: 1_000_000,
            per_form: 1_000_000,
            per_key: 1_000_000,
            shows_mails: false,
            named: false,
            trusted_proxies: 0,
            passwords: None,
            mails: Allowance::new(u16::MAX, u16::MAX),
            mailer: None,
            hooks: None,
            billing: None,
        }
    }
}

/// A running installation. It ends when it is dropped.
pub struct House {
    /// Its address.
    pub url: String,
    /// The world as it sees it.
    pub ports: Ports,
    /// Its use cases.
    pub app: App,
    /// Its worker.
    pub worker: Worker,
    /// Its clock.
    pub clock: Arc<ShiftedClock>,
    /// The mails it sent.
    pub mails: Mails,
    /// Its keys: to make what only it could have made.
    pub keys: KeyRing,
    database: TestDatabase,
    stop: CancellationToken,
}

impl House {
    /// Opens a usual one.
    pub async fn open() -> Self {
        Self::built(Plan::default()).await
    }

    /// Opens one after a plan.
    ///
    /// # Panics
    /// If it cannot.
    pub async fn built(plan: Plan) -> Self {
        // It is much to hold for whoever waits.
        Box::pin(Self::build(plan)).await
    }

    async fn build(plan: Plan) -> Self {
        let database = TestDatabase::fresh().await;
        let (mails, clock, stop) = (Mails::default(), Arc::new(ShiftedClock::default()), CancellationToken::new());
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let host = if plan.named { "localhost" } else { "127.0.0.1" };
        let url = format!("http://{host}:{}", listener.local_addr().expect("its address").port());
        let keys = KeyRing::generate();
        let ports = ports(&keys, &database, &clock, &mails, &url, &plan);
        let app = App::new(&ports);
        let demo_mails = plan.shows_mails.then(|| mails.folder().to_path_buf());
        let site = site(&url, demo_mails);
        publish(&app, &site, &[], RULES).await.expect("the policy is published");
        let web = Web::new(app.clone(), clock.clone(), site, options(&plan), stop.clone());
        tokio::spawn(async move { web.serve(listener).await });
        let worker =
            Worker::new(&ports, qualify_usecases::Options { mails: plan.mails, ..qualify_usecases::Options::at(&url) });
        if plan.works {
            let (worker, stop) = (worker.clone(), stop.clone());
            tokio::spawn(async move { worker.run(stop).await });
        }
        Self { url, ports, app, worker, clock, mails, keys, database, stop }
    }

    /// Publishes the privacy policy as a start does with those subprocessors and rules.
    ///
    /// # Errors
    /// If a subprocessor begins too soon.
    ///
    /// # Panics
    /// If it cannot.
    pub async fn publish(&self, listed: &[Subprocessor], rules: &[RetentionRule]) -> Result<(), AnnounceError> {
        publish(&self.app, &site(&self.url, None), listed, rules).await
    }

    /// A browser that has never been here.
    pub fn client(&self) -> Client {
        Client::new(&self.url)
    }

    /// Tells it, as its payment provider does, that something happened; says how that was answered.
    ///
    /// # Panics
    /// If it does not answer.
    pub async fn hear(&self, body: &str) -> u16 {
        let client = self.client();
        let request = client.request(reqwest::Method::POST, "/webhooks/billing").header("x-signature", "good");
        client.ask(request.body(body.to_owned())).await.status
    }

    /// Lets as much time go by as a person needs to fill a form.
    pub fn let_somebody_type(&self) {
        self.clock.advance(SignedDuration::from_secs(20));
    }

    /// Waits until all that was to follow at once has followed: not what is told in a month, nor the score of leads that are
    /// restricted.
    ///
    /// # Panics
    /// If that takes too long.
    pub async fn settle(&self) {
        let deadline = Instant::now() + Duration::from_secs(20);
        let changed = "SELECT count(*) FROM lead_scores AS s WHERE due_at = '-infinity'
            AND NOT EXISTS (SELECT FROM leads AS l WHERE l.id = s.lead_id AND l.restricted)";
        while self.waiting().await > 0 || self.count(changed).await > 0 {
            assert!(Instant::now() < deadline, "events still wait in the outbox, or changed leads for their score");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// How many events are due, or are being dealt with.
    async fn waiting(&self) -> i64 {
        let soon = self.clock.now() + SignedDuration::from_hours(1);
        let query = "SELECT count(*) FROM outbox WHERE parked_at IS NULL AND due_at <= $1::timestamptz";
        let query = sqlx::query_scalar(query).bind(soon.to_string());
        query.fetch_one(&mut self.superuser().await).await.expect("the outbox can be read")
    }

    /// A connection that row security does not bind: to look at what a test cannot see.
    ///
    /// # Panics
    /// If there is none.
    pub async fn superuser(&self) -> PgConnection {
        PgConnection::connect_with(&self.database.superuser()).await.expect("the database")
    }

    /// Runs a statement about one id, past everybody.
    ///
    /// # Panics
    /// If it fails or concerns nothing.
    pub async fn sql(&self, statement: &'static str, id: Uuid) {
        let done = sqlx::query(statement).bind(id).execute(&mut self.superuser().await).await.expect("the statement");
        assert!(done.rows_affected() > 0, "{statement} concerns something");
    }

    /// Every row of every table, as text behind the name of its table: what a dump of the database holds.
    ///
    /// # Panics
    /// If it cannot be read.
    pub async fn dump(&self) -> Vec<String> {
        let mut database = self.superuser().await;
        let tables = "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
            WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1";
        let tables: Vec<String> = sqlx::query_scalar(tables).fetch_all(&mut database).await.expect("the tables");
        assert!(tables.len() > 50, "{tables:?}");
        let mut all = Vec::new();
        for table in tables {
            let rows = AssertSqlSafe(format!("SELECT '{table}: ' || t::text FROM {table} AS t"));
            all.extend(sqlx::query_scalar::<_, String>(rows).fetch_all(&mut database).await.expect("the rows"));
        }
        all
    }

    /// A number, past everybody.
    ///
    /// # Panics
    /// If the query fails.
    pub async fn count(&self, query: &'static str) -> i64 {
        sqlx::query_scalar(query).fetch_one(&mut self.superuser().await).await.expect("the query")
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

async fn publish(
    app: &App,
    site: &Site,
    listed: &[Subprocessor],
    rules: &[RetentionRule],
) -> Result<(), AnnounceError> {
    let listed = app.policies.announce(listed).await?;
    let texts = policies(site, &listed, rules).expect("the policy");
    app.policies.publish(texts, sha256).await.expect("the policy is published");
    Ok(())
}

fn ports(
    keys: &KeyRing,
    database: &TestDatabase,
    clock: &Arc<ShiftedClock>,
    mails: &Mails,
    url: &str,
    plan: &Plan,
) -> Ports {
    let path = mails.folder().to_string_lossy().into_owned();
    // A maildir has three folders of its own; what else lies there is no mail.
    let files = mails.folder().join("files").to_string_lossy().into_owned();
    Ports {
        storage: Arc::new(Postgres::new(&PostgresOptions::new(database.app()), clock.clone())),
        live: Arc::new(LiveFeed::start(database.app())),
        clock: clock.clone(),
        ids: Arc::new(Uuidv7),
        passwords: plan.passwords.clone().unwrap_or_else(|| Arc::new(Bcrypt::quick(keys))),
        tokens: Arc::new(Jwt::new(keys, url).expect("keys that sign")),
        passkeys: Arc::new(WebauthnPasskeys::new(&url.parse().expect("an address"))),
        vault: Arc::new(SealedVault::new(keys)),
        mailer: plan.mailer.clone().unwrap_or_else(|| adapter(&qualify_maildir::MAILER, &[("path", &path)])),
        files: Arc::new(SealedFiles::new(adapter(&qualify_folder::FILES, &[("path", &files)]), keys)),
        hooks: plan
            .hooks
            .clone()
            .unwrap_or_else(|| adapter(&qualify_webhook::SENDER, &[("receiver", "http://127.0.0.1:9")])),
        payments: Payments {
            provider: plan.billing.clone().unwrap_or_else(|| Arc::new(Unbilled)),
            return_to: format!("{url}/settings/billing/return"),
            fiscal_year: "12-31".parse().expect("a day"),
        },
        scorer: Arc::new(qualify_rules::Rules),
        spam: Arc::new([
            adapter::<dyn SpamCheck>(&qualify_honeypot::SPAM, &[]),
            adapter(&qualify_form_token::SPAM, &[("secret", keys.derive("form-token").expose_secret())]),
            adapter(
                &qualify_proof_of_work::SPAM,
                &[("secret", keys.derive("proof-of-work").expose_secret()), ("cost", "1")],
            ),
        ]),
    }
}

fn adapter<P: ?Sized>(adapter: &Adapter<P>, values: &[(&str, &str)]) -> Arc<P> {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let defaults = adapter.keys.iter().filter_map(|key| Some((key.name.to_owned(), key.default?.to_owned())));
    let settings = Settings::new(adapter.name, defaults.chain(values.iter().map(own)));
    (adapter.build)(settings).unwrap_or_else(|error| panic!("{error}"))
}

fn site(url: &str, demo_mails: Option<PathBuf>) -> Site {
    Site {
        base_url: url.parse().expect("an address"),
        controller: "Keeper of the Tests".to_owned(),
        address: "1 Test Street\n75001 Paris".to_owned(),
        privacy_contact: "privacy@keeper.example".to_owned(),
        demo_mails,
        subprocessors: Vec::new(),
    }
}

fn options(plan: &Plan) -> Options {
    let limit = |number| NonZeroU32::new(number).expect("a limit above nought");
    let defaults = Options::defaults().expect("defaults that fit");
    Options {
        trusted_proxies: plan.trusted_proxies,
        metrics_token: METRICS_TOKEN.to_owned().into(),
        intake_per_source: limit(plan.per_source),
        intake_per_form: limit(plan.per_form),
        api_per_key: limit(plan.per_key),
        ..defaults
    }
}
