//! An organization of a law's own, made as a sign-up makes it.

use std::{
    hash::{BuildHasher, RandomState},
    sync::{
        LazyLock,
        atomic::{AtomicU64, Ordering},
    },
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use qualify_domain::{
    access::{Actor, Duty, Permission, Role, TenantScope},
    event::Event,
    form::{Form, FormField, FormSettings, KnownPerson, LegalBasis, Notice, Purpose, PurposeBox},
    id::{FormId, LeadId, OrganizationId, PipelineId, PublicFormId, SessionId, StageId, SubmissionId, UserId},
    language::Language,
    lead::{Lead, Source},
    lead_filter::Viewpoint,
    organization::{Membership, Organization},
    pipeline::{Pipeline, Stage, StageKind},
    property::Properties,
    rank::Rank,
    spam::Verdict,
    submission::{Answers, Attribution, Submission},
    team::Colleagues,
    text::Email,
    user::User,
};
use qualify_ports::{
    passwords::PasswordHash,
    storage::{Account, Intake, IntakeKey, PlatformTask, Storage, TenantTx},
};
use uuid::Uuid;

/// An id that no other law has, in this process or another.
pub(super) fn id() -> Uuid {
    static PROCESS: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one("process"));
    static COUNT: AtomicU64 = AtomicU64::new(0);
    Uuid::from_u64_pair(*PROCESS, COUNT.fetch_add(1, Ordering::Relaxed))
}

/// 32 bytes that no other law has.
pub(super) fn digest() -> [u8; 32] {
    let mut digest = [0; 32];
    digest[..16].copy_from_slice(id().as_bytes());
    digest
}

/// An instant of a morning, so many seconds later.
pub(super) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("an instant") + SignedDuration::from_secs(second)
}

/// Nobody in particular, who looks that morning.
pub(super) fn eye() -> Viewpoint {
    Viewpoint::of(at(0), TimeZone::UTC, None, [])
}

/// An address that no other law has.
pub(super) fn address() -> Email {
    format!("Anna.{}@Example.com", id().simple()).parse().expect("an address")
}

/// An organization with its owner, a pipeline and a form.
pub(super) struct Tenant {
    pub(super) organization: OrganizationId,
    pub(super) owner: UserId,
    pub(super) pipeline: Pipeline,
    pub(super) form: Form,
}

impl Tenant {
    /// Signs up.
    pub(super) async fn found(storage: &dyn Storage) -> Self {
        let owner = account();
        let tenant =
            Self { organization: OrganizationId(id()), owner: owner.user.id, pipeline: pipeline(), form: form() };
        tenant.sign_up(storage, &owner).await.commit().await.expect("the sign-up is kept");
        tenant
    }

    /// All that a sign-up writes, not committed yet.
    pub(super) async fn sign_up(&self, storage: &dyn Storage, owner: &Account) -> Box<dyn TenantTx> {
        let mut tx = storage.platform(PlatformTask::SignUp).await.expect("a sign-up begins");
        tx.accounts().insert(owner).await.expect("the account is kept");
        let mut tx = tx.into_tenant(&self.founding()).await.expect("the sign-up goes on inside");
        let (id, language) = (self.organization, Language::French);
        let organization = Organization { id, name: "Chez Zoë".parse().expect("a name"), language };
        tx.organizations().insert(&organization, at(0)).await.expect("the organization is kept");
        tx.members().insert(&membership(owner.user.id, Role::Owner), at(0)).await.expect("the owner is kept");
        tx.pipelines().insert(&self.pipeline).await.expect("the pipeline is kept");
        tx.forms().insert(&self.form).await.expect("the form is kept");
        tx
    }

    /// Lets somebody join.
    pub(super) async fn join(&self, storage: &dyn Storage, role: Role) -> UserId {
        let account = account();
        let mut tx = storage.platform(PlatformTask::SignUp).await.expect("a sign-up begins");
        tx.accounts().insert(&account).await.expect("the account is kept");
        let mut tx = tx.into_tenant(&self.founding()).await.expect("the sign-up goes on inside");
        tx.members().insert(&membership(account.user.id, role), at(1)).await.expect("the member is kept");
        tx.commit().await.expect("the member is kept");
        account.user.id
    }

    /// The right to found this organization.
    pub(super) fn founding(&self) -> TenantScope {
        self.product(Duty::SignUp).permit(Permission::FoundOrganization).expect("a sign-up may")
    }

    /// The right to do that as one of the product's own duties.
    pub(super) fn reacting(&self, permission: Permission) -> TenantScope {
        self.product(Duty::React).permit(permission).expect("a reaction may")
    }

    /// The right to do that as a member of that role.
    #[expect(clippy::disallowed_methods, reason = "laws make every kind of actor")]
    pub(super) fn member(&self, user: UserId, role: Role, permission: Permission) -> TenantScope {
        let actor = Actor::member(self.organization, user, SessionId(Uuid::nil()), &[role], Colleagues::Everybody);
        actor.permit(permission).expect("the role may")
    }

    /// The right of its owner to do that.
    pub(super) fn owner(&self, permission: Permission) -> TenantScope {
        self.member(self.owner, Role::Owner, permission)
    }

    /// The right of a visitor to send the form.
    #[expect(clippy::disallowed_methods, reason = "laws make every kind of actor")]
    pub(super) fn visiting(&self) -> TenantScope {
        let visitor = Actor::visitor(self.organization, self.form.id);
        visitor.permit(Permission::CaptureLead).expect("a visitor may")
    }

    #[expect(clippy::disallowed_methods, reason = "laws make every kind of actor")]
    fn product(&self, duty: Duty) -> Actor {
        Actor::product(self.organization, duty)
    }

    /// Work on leads and submissions.
    pub(super) async fn work(&self, storage: &dyn Storage) -> Box<dyn TenantTx> {
        storage.tenant(&self.reacting(Permission::ProcessSubmission)).await.expect("work begins")
    }

    /// A look at everything the owner may see.
    pub(super) async fn look(&self, storage: &dyn Storage) -> Box<dyn TenantTx> {
        storage.tenant(&self.owner(Permission::ReadLeads)).await.expect("a look begins")
    }

    /// A lead that nobody owns, opened at that second; not kept yet.
    pub(super) fn lead(&self, second: i64) -> Lead {
        Lead {
            id: LeadId(id()),
            name: Some("Anna Bérg".parse().expect("a name")),
            email: Some(address()),
            phone: None,
            company: None,
            properties: Properties::default(),
            tags: vec![],
            stage: self.pipeline.stages[0].id,
            stage_entered_at: at(second),
            reason: None,
            rank: Rank::newest(at(second)),
            owner: None,
            form: Some(self.form.id),
            source: Source::Form,
            legal_basis: LegalBasis::LegitimateInterest,
            first_touch: Attribution::default(),
            last_touch: Attribution::default(),
            score: qualify_domain::score::Standing::default(),
            created_at: at(second),
            last_submission_at: at(second),
            last_activity_at: at(second),
            version: 1,
        }
    }

    /// Keeps leads.
    pub(super) async fn keep(&self, storage: &dyn Storage, leads: &[Lead]) {
        let mut tx = self.work(storage).await;
        for lead in leads {
            tx.leads().insert(lead).await.expect("the lead is kept");
        }
        tx.commit().await.expect("the leads are kept");
    }

    /// A submission of the form that came at that second, under a key of its own.
    pub(super) fn intake(&self, second: i64) -> Intake {
        let submission = Submission {
            id: SubmissionId(id()),
            form: self.form.id,
            form_version: self.form.version,
            received_at: at(second),
            answers: Answers { email: Some(address()), ..Answers::default() },
            attribution: Attribution::default(),
            ip: None,
            consent_wording: None,
            notice: self.form.settings.notice.written(),
            verdict: Verdict::Accepted,
            lead: None,
        };
        let event = Event::SubmissionReceived { submission: submission.id, form: submission.form };
        let key = IntakeKey { key: digest(), body: [1; 32], expires_at: at(second + 3_600) };
        Intake { submission, event: Some(event), key, mark: None, undeclared: vec![] }
    }

    /// Records a submission, and gives its receipt.
    pub(super) async fn record(&self, storage: &dyn Storage, intake: Intake) -> SubmissionId {
        let id = intake.submission.id;
        storage.record(&self.visiting(), intake).await.expect("the submission is kept");
        id
    }
}

/// An account of somebody new.
pub(super) fn account() -> Account {
    let user = User {
        id: UserId(id()),
        first_name: "Zoë".parse().expect("a name"),
        last_name: "Čech".parse().expect("a name"),
        email: address(),
        language: Language::French,
        created_at: at(0),
    };
    Account { user, password: PasswordHash { hash: "hash".to_owned(), pepper: "pepper".to_owned() } }
}

fn membership(user: UserId, role: Role) -> Membership {
    Membership { user, roles: vec![role] }
}

fn pipeline() -> Pipeline {
    let stage = |name: &str, kind| Stage::new(StageId(id()), name.parse().expect("a name"), kind);
    let stages = vec![stage("Nouveau", StageKind::Open), stage("Qualifié", StageKind::Qualified)];
    Pipeline::new(PipelineId(id()), "Ventes".parse().expect("a name"), stages)
}

/// The box that asks for news.
pub(super) fn news() -> PurposeBox {
    PurposeBox {
        purpose: Purpose::EmailMarketing,
        wording: "Des nouvelles, oui.".parse().expect("a wording"),
        is_confirmed: true,
    }
}

/// A form of its own.
pub(super) fn form() -> Form {
    Form {
        id: FormId(id()),
        public_id: PublicFormId(id()),
        version: 1,
        settings: FormSettings {
            name: "Contact".parse().expect("a name"),
            language: Language::French,
            allowed_origins: vec!["https://www.example.com".parse().expect("an origin")],
            thank_you: Some("https://www.example.com/merci".parse().expect("an address")),
            legal_basis: LegalBasis::Consent,
            notice: Notice {
                controller: Some("Nord SARL, Lille".parse().expect("a line")),
                ..Notice::of("Nous répondons.\nC'est tout.".parse().expect("a purpose"))
            },
            consent_wording: Some("Oui, écrivez-moi.".parse().expect("a wording")),
            purposes: vec![news()],
            requires_token: true,
            requires_work: true,
            known_person: KnownPerson::Append,
            fields: FormField::usual(),
        },
        created_at: at(0),
    }
}
