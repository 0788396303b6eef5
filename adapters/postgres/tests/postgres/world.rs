//! Organizations with a member, a pipeline and a form, made as sign-up makes them.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::{Actor, Duty, Permission, Role, TenantScope},
    activity::Author,
    event::Event,
    form::{Form, FormField, FormSettings, KnownPerson, LegalBasis, Notice},
    id::{
        FormId, ImportId, JobId, LeadId, NotificationId, OrganizationId, PipelineId, PublicFormId, SessionId, StageId,
        SubmissionId, TeamId, UserId,
    },
    import::{DateOrder, Delimiter, Encoding, Import, ImportField, ImportMode, ImportSettings, ImportState},
    job::{Asker, ExportLeads, Job, JobKind, SheetForm},
    language::Language,
    lead::Lead,
    lead_column::LeadColumn,
    lead_filter::{LeadFilter, Viewpoint},
    notification::{Notification, NotificationKind},
    organization::{Membership, Organization},
    pipeline::{Pipeline, Stage, StageKind},
    spam::Verdict,
    submission::{Answers, Attribution, Submission},
    team::{Colleagues, Team},
    text::{Email, Message, Name},
    user::User,
};
use qualify_ports::{
    passwords::PasswordHash,
    storage::{Account, Intake, IntakeKey, PlatformTask, Storage, StorageError, TenantTx},
    time::Clock,
};
use qualify_postgres::{Postgres, PostgresOptions, testing::TestDatabase};
use uuid::Uuid;

/// An id that nobody else has, in this process or another.
pub fn id() -> Uuid {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one("process"));
    static COUNT: AtomicU64 = AtomicU64::new(0);
    Uuid::from_u64_pair(*PROCESS, COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Noon of a day; tests count from it.
pub fn noon() -> Timestamp {
    "2026-11-23T12:00:00Z".parse().unwrap()
}

pub fn after(seconds: i64) -> Timestamp {
    noon() + SignedDuration::from_secs(seconds)
}

/// Nobody in particular, who looks at noon.
pub fn eye() -> Viewpoint {
    Viewpoint::of(noon(), jiff::tz::TimeZone::UTC, None, [])
}

pub fn name(raw: &str) -> Name {
    Name::parse(raw).unwrap()
}

pub fn email(raw: &str) -> Email {
    Email::parse(raw).unwrap()
}

pub async fn storage() -> Postgres {
    storage_of(TestDatabase::shared().await)
}

pub fn storage_of(database: &TestDatabase) -> Postgres {
    let options = PostgresOptions { connections: 4, ..PostgresOptions::new(database.app()) };
    Postgres::new(&options, Arc::new(Noon))
}

/// A clock that stands still at [`noon`].
pub struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        noon()
    }
}

/// An organization with one owner.
#[derive(Clone)]
pub struct World {
    pub storage: Postgres,
    pub organization: OrganizationId,
    pub user: UserId,
    pub email: Email,
    pub pipeline: Pipeline,
    pub form: Form,
}

impl World {
    pub async fn new() -> Self {
        Self::found(storage().await).await
    }

    pub async fn found(storage: Postgres) -> Self {
        let mail = email(&format!("owner-{}@example.com", id().simple()));
        let world = Self {
            storage,
            organization: OrganizationId(id()),
            user: UserId(id()),
            email: mail,
            pipeline: pipeline(),
            form: form(),
        };
        let mut tx = world.storage.platform(PlatformTask::SignUp).await.unwrap();
        tx.accounts().insert(&account(world.user, world.email.clone())).await.unwrap();
        let founding = Actor::product(world.organization, Duty::SignUp).permit(Permission::FoundOrganization).unwrap();
        let mut tx = tx.into_tenant(&founding).await.unwrap();
        let (id, name) = (world.organization, name("Bakery Dupont"));
        let organization = Organization { id, name, language: Language::French };
        tx.organizations().insert(&organization, noon()).await.unwrap();
        tx.members().insert(&membership(world.user, Role::Owner), noon()).await.unwrap();
        tx.pipelines().insert(&world.pipeline).await.unwrap();
        tx.forms().insert(&world.form).await.unwrap();
        tx.commit().await.unwrap();
        world
    }

    pub fn member(&self, role: Role) -> Actor {
        self.member_with(role, Colleagues::Everybody)
    }

    pub fn member_with(&self, role: Role, colleagues: Colleagues) -> Actor {
        Actor::member(self.organization, self.user, SessionId(id()), &[role], colleagues)
    }

    pub fn may(&self, permission: Permission) -> TenantScope {
        let worker = Actor::product(self.organization, Duty::React);
        let visitor = Actor::visitor(self.organization, self.form.id);
        let founder = Actor::product(self.organization, Duty::SignUp);
        let watch = Actor::product(self.organization, Duty::Watch);
        let verify = Actor::product(self.organization, Duty::VerifyAudit);
        let consent = Actor::product(self.organization, Duty::Consent);
        let support = Actor::product(self.organization, Duty::Support);
        let bill = Actor::product(self.organization, Duty::Bill);
        let actors = [self.member(Role::Owner), worker, visitor, founder, watch, verify, consent, support, bill];
        actors.iter().find_map(|actor| actor.permit(permission).ok()).expect("somebody may")
    }

    pub async fn begin(&self, permission: Permission) -> Box<dyn TenantTx> {
        self.storage.tenant(&self.may(permission)).await.unwrap()
    }

    pub fn submission(&self, at: Timestamp, mail: &str) -> Submission {
        Submission {
            id: SubmissionId(id()),
            form: self.form.id,
            form_version: 1,
            received_at: at,
            answers: Answers {
                name: Some(name("Anna Berg")),
                email: Some(email(mail)),
                message: Some(Message::parse("Three croissants, please.").unwrap()),
                ..Answers::default()
            },
            attribution: Attribution { source: Some("newsletter".parse().unwrap()), ..Attribution::default() },
            ip: Some("192.0.2.7".parse().unwrap()),
            consent_wording: None,
            notice: self.form.settings.notice.written(),
            verdict: Verdict::Accepted,
            lead: None,
        }
    }

    #[expect(clippy::unused_self, reason = "it reads as its neighbours do")]
    pub fn intake(&self, submission: Submission, key: u8) -> Intake {
        let event = Event::SubmissionReceived { submission: submission.id, form: submission.form };
        let expires_at = submission.received_at + SignedDuration::from_hours(48);
        let key = IntakeKey { key: [key; 32], body: [1; 32], expires_at };
        Intake { submission, event: Some(event), key, mark: None, undeclared: vec![] }
    }

    pub async fn capture(&self, submission: Submission, key: u8) -> Result<(), StorageError> {
        let scope = self.may(Permission::CaptureLead);
        self.storage.record(&scope, self.intake(submission, key)).await.map(|_| ())
    }

    pub fn lead(&self, at: Timestamp, mail: &str) -> Lead {
        let submission = self.submission(at, mail);
        Lead::open(LeadId(id()), &submission, LegalBasis::LegitimateInterest, &self.pipeline).unwrap().0
    }

    pub async fn keep_lead(&self, lead: &Lead) {
        let mut tx = self.begin(Permission::ProcessSubmission).await;
        tx.leads().insert(lead).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Something the owner is told of.
    pub fn notification(&self, at: Timestamp, lead: Option<LeadId>) -> Notification {
        let (id, kind) = (NotificationId(id()), NotificationKind::NewLead);
        Notification { id, member: self.user, kind, lead, job: None, actor: None, at, read_at: None }
    }

    /// Long work the owner asked for.
    pub fn job(&self, at: Timestamp) -> Job {
        let columns = vec![LeadColumn::Email];
        let kind = ExportLeads {
            filter: LeadFilter::default(),
            search: None,
            these: Vec::new(),
            zone: String::new(),
            form: SheetForm::JsonLines,
            columns,
            header: vec!["E-mail".to_owned()],
        };
        let asker = Asker::Member(self.user, SessionId(id()));
        Job::ask(JobId(id()), asker, JobKind::ExportLeads(kind), at)
    }

    /// A file of people that waits to be imported.
    pub fn import(&self, at: Timestamp) -> Import {
        let settings = ImportSettings {
            encoding: Encoding::Utf8,
            delimiter: Delimiter::Comma,
            has_header: false,
            columns: vec![Some(ImportField::Email)],
            dates: DateOrder::Iso,
            mode: ImportMode::Upsert,
            all_or_nothing: false,
            legal_basis: None,
            source: None,
        };
        Import {
            id: ImportId(id()),
            by: Author::Member(self.user),
            file: Name::parse("people.csv").unwrap(),
            rows: 1,
            settings,
            state: ImportState::Draft,
            report: None,
            job: None,
            created_at: at,
            done_at: None,
            version: 1,
        }
    }

    /// Makes another user a member.
    pub async fn join(&self, role: Role) -> UserId {
        let user = UserId(id());
        let mut tx = self.storage.platform(PlatformTask::SignUp).await.unwrap();
        let mail = email(&format!("member-{}@example.com", user.0.simple()));
        tx.accounts().insert(&account(user, mail)).await.unwrap();
        let mut tx = tx.into_tenant(&self.may(Permission::FoundOrganization)).await.unwrap();
        tx.members().insert(&membership(user, role), after(1)).await.unwrap();
        tx.commit().await.unwrap();
        user
    }
}

pub fn account(id: UserId, email: Email) -> Account {
    let user = User {
        id,
        first_name: name("Olga"),
        last_name: name("Dupont"),
        email,
        language: Language::French,
        created_at: noon(),
    };
    Account { user, password: PasswordHash { hash: "$2b$04$hash".into(), pepper: "2026".into() } }
}

pub fn membership(user: UserId, role: Role) -> Membership {
    Membership { user, roles: vec![role] }
}

pub fn team(raw: &str, members: &[UserId]) -> Team {
    Team { id: TeamId(id()), name: name(raw), members: members.to_vec(), leader: members.first().copied() }
}

pub fn pipeline() -> Pipeline {
    let stage = |raw: &str, kind| Stage::new(StageId(id()), name(raw), kind);
    let stages = vec![
        stage("New", StageKind::Open),
        stage("Qualified", StageKind::Qualified),
        stage("Won", StageKind::Won),
        stage("Lost", StageKind::Disqualified),
    ];
    Pipeline::new(PipelineId(id()), name("Sales"), stages)
}

pub fn form() -> Form {
    Form {
        id: FormId(id()),
        public_id: PublicFormId(id()),
        version: 1,
        settings: FormSettings {
            name: name("Contact"),
            language: Language::French,
            allowed_origins: vec!["https://www.example.com".parse().unwrap()],
            thank_you: Some("https://www.example.com/merci".parse().unwrap()),
            legal_basis: LegalBasis::Consent,
            notice: Notice::of(Message::parse("Nous répondons.").unwrap()),
            purposes: vec![],
            requires_work: false,
            consent_wording: Some(Message::parse("Oui, écrivez-moi.").unwrap()),
            requires_token: true,
            known_person: KnownPerson::Append,
            fields: FormField::usual(),
        },
        created_at: noon(),
    }
}
