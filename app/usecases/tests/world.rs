//! The world of a test: its own database, its own clock, a mail server that says what the test wants.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use async_trait::async_trait;
use qualify_crypto::{Bcrypt, Jwt, KeyRing, SealedFiles, SealedVault};
use qualify_domain::{
    access::{Actor, Duty, Permission, Role, TenantScope},
    circumstances::Circumstances,
    id::{LeadId, OneTimeTokenId, OrganizationId, PublicFormId, SubmissionId, UserId},
    language::Language,
    lead::Lead,
    mail_lane::Allowance,
    one_time::OneTimeKind,
    organization::Membership,
    password::Password,
    retention::Swept,
    submission::{Attribution, Sent},
    text::{Email, Name},
    user::User,
};
use qualify_laws::{files::Memory, hooks::Endpoints};
use qualify_ports::{
    billing::Billing,
    mailer::{MailError, Mailer, Message},
    plugin::{Adapter, Settings},
    spam::SpamCheck,
    storage::{Account, LeadRow, PlatformTask},
};
use qualify_postgres::{LiveFeed, Postgres, PostgresOptions, testing::TestDatabase};
use qualify_system::{ShiftedClock, Uuidv7};
use qualify_unbilled::Unbilled;
use qualify_usecases::{
    App, Error, Granted, ListLeads, Options, Payments, Ports, Receipt, Retention, SignIn, SignInOutcome, SignUp,
    SignedIn, Submit, Worker,
};
use qualify_webauthn::WebauthnPasskeys;
use secrecy::{ExposeSecret, SecretString};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};
use tokio_util::sync::CancellationToken;

pub const PASSWORD: &str = "a long walk along the river";

mockall::mock! {
    pub Mailer {}

    #[async_trait]
    impl Mailer for Mailer {
        async fn send(&self, message: &Message) -> Result<(), MailError>;
    }
}

/// What a mail server took.
pub type Taken = Arc<Mutex<Vec<Message>>>;

/// A mail server that takes everything.
pub fn willing() -> (MockMailer, Taken) {
    let taken = Taken::default();
    let (mut mailer, into) = (MockMailer::new(), taken.clone());
    mailer.expect_send().returning(move |message| {
        into.lock().unwrap().push(message.clone());
        Ok(())
    });
    (mailer, taken)
}

pub struct World {
    pub app: App,
    pub ports: Ports,
    pub clock: Arc<ShiftedClock>,
    /// What is kept of files, sealed as it lies there.
    pub files: Arc<Memory>,
    /// The endpoints of everybody.
    pub hooks: Arc<Endpoints>,
    pub database: TestDatabase,
}

/// Where organizations pay.
pub fn paid_at(provider: Arc<dyn Billing>) -> Payments {
    let return_to = "https://crm.example.com/settings/billing/return".to_owned();
    Payments { provider, return_to, fiscal_year: "12-31".parse().unwrap() }
}

/// An organization and its owner.
pub struct Home {
    pub id: OrganizationId,
    pub owner: SignedIn,
    pub form: PublicFormId,
}

impl World {
    pub async fn new() -> Self {
        let database = TestDatabase::fresh().await;
        let keys = KeyRing::generate();
        let (clock, files) = (Arc::new(ShiftedClock::default()), Arc::new(Memory::default()));
        let hooks = Arc::new(Endpoints::default());
        let spam = |check: &Adapter<dyn SpamCheck>| {
            let defaults = check.keys.iter().filter_map(|key| Some((key.name.to_owned(), key.default?.to_owned())));
            let settings = Settings::new(check.name, defaults);
            (check.build)(settings.with("secret", keys.derive(check.name).expose_secret())).unwrap()
        };
        let ports = Ports {
            storage: Arc::new(Postgres::new(&PostgresOptions::new(database.app()), clock.clone())),
            live: Arc::new(LiveFeed::start(database.app())),
            clock: clock.clone(),
            ids: Arc::new(Uuidv7),
            passwords: Arc::new(Bcrypt::quick(&keys)),
            tokens: Arc::new(Jwt::new(&keys, "https://crm.example.com").unwrap()),
            passkeys: Arc::new(WebauthnPasskeys::new(&"https://crm.example.com".parse().unwrap())),
            vault: Arc::new(SealedVault::new(&keys)),
            mailer: Arc::new(MockMailer::new()),
            files: Arc::new(SealedFiles::new(files.clone(), &keys)),
            hooks: hooks.clone(),
            payments: paid_at(Arc::new(Unbilled)),
            scorer: Arc::new(qualify_rules::Rules),
            spam: Arc::new([
                spam(&qualify_honeypot::SPAM),
                spam(&qualify_form_token::SPAM),
                spam(&qualify_proof_of_work::SPAM),
            ]),
        };
        Self { app: App::new(&ports), ports, clock, files, hooks, database }
    }

    /// A worker in front of that mail server.
    pub fn worker(&self, mailer: impl Mailer + 'static) -> Worker {
        // Mails without end, unless a test is about that.
        let mails = Allowance::new(u16::MAX, u16::MAX);
        self.worker_with(mailer, Options { mails, ..Options::at("https://crm.example.com") })
    }

    /// The same, as the operator decided.
    pub fn worker_with(&self, mailer: impl Mailer + 'static, options: Options) -> Worker {
        let ports = Ports { mailer: Arc::new(mailer), ..self.ports.clone() };
        Worker::new(&ports, options)
    }

    /// Does all that is due, with a mail server that takes everything; tells what it took.
    pub async fn work(&self) -> Vec<Message> {
        let (mailer, taken) = willing();
        self.worker(mailer).drain(&CancellationToken::new()).await.unwrap();
        let taken = taken.lock().unwrap();
        taken.clone()
    }

    /// What was kept for its time.
    pub fn retention(&self) -> Retention {
        Retention::new(self.ports.storage.clone(), self.ports.files.clone(), self.ports.clock.clone())
    }

    /// Lets all go whose time is over.
    pub async fn sweep(&self) -> Vec<Swept> {
        self.retention().sweep_now(&CancellationToken::new()).await
    }

    pub async fn found(&self, name: &str) -> Home {
        let email = format!("owner@{}.example", name.to_lowercase());
        self.sign_up(&email, name).await;
        let owner = self.sign_in(&email).await;
        let form = self.app.forms.list(&owner.actor).await.unwrap().remove(0);
        Home { id: owner.actor.organization(), owner, form: form.public_id }
    }

    /// Somebody signs up and opens the link of the mail.
    pub async fn sign_up(&self, email: &str, organization: &str) {
        let token = self.app.accounts.sign_up(sign_up(email, organization)).await.unwrap();
        let link = self.link(OneTimeKind::SignUp, token);
        self.app.accounts.confirm_sign_up(&link, PASSWORD.to_owned()).await.unwrap();
        self.work().await;
    }

    /// What the link of that token's mail carries.
    pub fn link(&self, kind: OneTimeKind, token: OneTimeTokenId) -> String {
        self.ports.tokens.derive(&kind.seed(token)).expose_secret().to_owned()
    }

    pub async fn sign_in(&self, email: &str) -> SignedIn {
        let password = SecretString::from(PASSWORD);
        let command = SignIn { email: email.to_owned(), password, from: Circumstances::default() };
        let granted = granted(self.app.accounts.sign_in(command).await.unwrap());
        self.app.access.member(granted.access.expose_secret()).await.unwrap().unwrap()
    }

    /// A member with these roles, as an invitation will make one.
    pub async fn join(&self, home: &Home, email: &str, roles: &[Role]) -> SignedIn {
        let now = self.ports.clock.now();
        let password = self.ports.passwords.hash(&Password::parse(PASSWORD.to_owned()).unwrap()).await.unwrap();
        let id: UserId = self.ports.ids.next();
        let (first_name, last_name) = (Name::parse("Mika").unwrap(), Name::parse("Member").unwrap());
        let email_of = Email::parse(email).unwrap();
        let user = User { id, first_name, last_name, email: email_of, language: Language::French, created_at: now };
        let mut tx = self.ports.storage.platform(PlatformTask::SignUp).await.unwrap();
        tx.accounts().insert(&Account { user, password }).await.unwrap();
        tx.commit().await.unwrap();
        self.make_member(home.id, id, roles).await;
        self.sign_in(email).await
    }

    /// Makes a user a member with these roles.
    pub async fn make_member(&self, organization: OrganizationId, user: UserId, roles: &[Role]) {
        let membership = Membership { user, roles: roles.to_vec() };
        let scope = scope(organization, Duty::SignUp, Permission::FoundOrganization);
        let mut tx = self.ports.storage.tenant(&scope).await.unwrap();
        tx.members().insert(&membership, self.ports.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn submit(&self, form: PublicFormId, command: Submit) -> Result<Receipt, Error> {
        let visitor = self.app.access.visitor(form).await?;
        self.app.submissions.submit(&visitor, command).await
    }

    /// A lead of that address, through the form and the worker.
    pub async fn lead(&self, home: &Home, email: &str) -> Lead {
        self.submit(home.form, from(email)).await.unwrap();
        self.work().await;
        let rows = self.leads(home).await;
        let row = rows.iter().find(|row| row.email.as_deref() == Some(email)).unwrap();
        self.app.leads.open(&home.owner.actor, row.id).await.unwrap().lead
    }

    /// Gives a lead to a member, as assigning will do.
    pub async fn give(&self, home: &Home, lead: LeadId, owner: UserId) {
        let scope = scope(home.id, Duty::React, Permission::ProcessSubmission);
        let mut tx = self.ports.storage.tenant(&scope).await.unwrap();
        let mut lead = tx.leads().find(lead).await.unwrap().unwrap();
        lead.owner = Some(owner);
        tx.leads().update(&lead).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn leads(&self, home: &Home) -> Vec<LeadRow> {
        self.app.leads.list(&home.owner.actor, &ListLeads::default()).await.unwrap().leads.items
    }

    /// A number, past row security.
    pub async fn rows(&self, query: &'static str) -> i64 {
        self.database.count(query).await
    }

    /// Runs a statement past row security, to break things.
    pub async fn sql(&self, statement: &'static str) {
        self.database.sql(statement).await;
    }

    /// Waits until that work waits for what somebody else holds.
    pub async fn held_up<T>(&self, working: &JoinHandle<T>) {
        let waiting =
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let deadline = Instant::now() + Duration::from_secs(20);
        while self.rows(waiting).await == 0 {
            assert!(!working.is_finished(), "it waits for whoever was first");
            assert!(Instant::now() < deadline, "it has begun");
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// All that lies in the storage, as text.
    pub async fn dump(&self) -> String {
        self.database.dump().await
    }

    pub async fn waiting(&self) -> i64 {
        self.worker(MockMailer::new()).waiting().await.unwrap()
    }
}

#[expect(clippy::disallowed_methods, reason = "what the product's own duties may do")]
pub fn scope(organization: OrganizationId, duty: Duty, permission: Permission) -> TenantScope {
    Actor::product(organization, duty).permit(permission).unwrap()
}

pub fn sign_up(email: &str, organization: &str) -> SignUp {
    SignUp {
        first_name: Name::parse("Odile").unwrap(),
        last_name: Name::parse("Owner").unwrap(),
        email: Email::parse(email).unwrap(),
        organization: Name::parse(organization).unwrap(),
        language: Language::English,
        from: Circumstances::default(),
    }
}

/// What the link of a mail to that page carries.
pub fn carried(mail: &Message, page: &str) -> String {
    let (_, after) = mail.text.split_once(&format!("https://crm.example.com/{page}/")).unwrap();
    after.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
}

/// What somebody with that address sends.
pub fn from(email: &str) -> Submit {
    saying(Sent { email: email.to_owned(), message: "Please call me.".to_owned(), ..Sent::default() })
}

pub fn saying(sent: Sent) -> Submit {
    Submit {
        version: None,
        sent,
        attribution: Attribution::default(),
        ip: "192.0.2.7".parse().ok(),
        key: None,
        spam: std::collections::BTreeMap::new(),
        undeclared: Vec::new(),
    }
}

/// The session that a right password began by itself.
pub fn granted(outcome: SignInOutcome) -> Granted {
    let SignInOutcome::Granted(granted) = outcome else { unreachable!("a second factor is asked for") };
    granted
}

pub fn nobody() -> (SubmissionId, LeadId) {
    (SubmissionId(uuid::Uuid::from_u128(1)), LeadId(uuid::Uuid::from_u128(1)))
}
