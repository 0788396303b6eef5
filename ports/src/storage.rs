//! Where everything lives. No scope, no transaction; no transaction, no data.

mod accounts;
mod activities;
mod agreements;
mod api_keys;
mod audit;
mod billing;
mod breaches;
mod connections;
mod consents;
mod creations;
mod directory;
mod erasures;
mod export_runs;
mod farewells;
mod forms;
mod holds;
mod hooks;
mod imports;
mod informings;
mod intake;
mod invitations;
mod jobs;
mod lead_batches;
mod lead_months;
mod leads;
mod mail_paces;
mod member_requests;
mod merges;
mod notifications;
mod one_time_tokens;
mod operator_requests;
mod organizations;
mod outbox;
mod passkeys;
mod people;
mod pipelines;
mod platform_task;
mod policies;
mod properties;
mod reports;
mod restrictions;
mod retention;
mod rights;
mod scores;
mod second_factors;
mod sessions;
mod settings;
mod signing_keys;
mod submissions;
mod support;
mod suppressions;
mod tasks;
mod teams;
mod throttles;
mod views;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    access::TenantScope,
    id::{OrganizationId, SessionId, UserId},
};

pub use self::{
    accounts::{Account, AccountStore, Home},
    activities::{ActivityPlace, ActivityStore},
    agreements::AgreementStore,
    api_keys::{ApiKeyStore, PresentedKey},
    audit::{AuditStore, SecurityLog},
    billing::{BillingQueue, BillingStore, LedgerPlace, WaitingHint},
    breaches::{BreachCount, BreachNotice, BreachStore, Concerned, Named, OverdueBreaches, ServiceBreachStore},
    connections::{ConnectionCursor, ConnectionLog},
    consents::ConsentStore,
    creations::{Creation, CreationKey, CreationStore, Earlier},
    directory::{Directory, FormAddress},
    erasures::{ErasureStore, TombstoneStore},
    export_runs::ExportRuns,
    farewells::FarewellStore,
    forms::{FormStore, UndeclaredField},
    holds::HoldStore,
    hooks::{DeliveryCursor, DueDelivery, HookQueue, HookStore, KeptEndpoint, ToSend},
    imports::{ImportChange, ImportPart, ImportProblem, ImportStore, ToUndo},
    informings::{InformingPlace, InformingStore, InformingWatch, Looked},
    intake::{Intake, IntakeKey, Recorded},
    invitations::{InvitationEnd, InvitationStore},
    jobs::JobStore,
    lead_batches::LeadBatches,
    lead_months::LeadMonthsStore,
    leads::{Beside, BoardQuery, Card, CardPlace, Gap, LeadQuery, LeadRow, LeadStore},
    mail_paces::{MailPaces, MemberPace},
    member_requests::MemberRequestStore,
    merges::MergeStore,
    notifications::{NotificationCursor, NotificationRow, NotificationStore, Subject},
    one_time_tokens::OneTimeTokenStore,
    operator_requests::OperatorRequestStore,
    organizations::{MemberStore, OrganizationStore},
    outbox::{Claimed, Outbox, OutboxQueue, Parked},
    passkeys::PasskeyStore,
    people::{HeldAccounts, HeldRow, Meaning, PersonStore},
    pipelines::PipelineStore,
    platform_task::PlatformTask,
    policies::PolicyStore,
    properties::PropertyStore,
    reports::ReportStore,
    restrictions::RestrictionStore,
    retention::{Certificate, QueueState, RetentionStore, Turn},
    rights::{KeptRequest, PassedOn, RequestList, RightsLink, RightsStore, Wish},
    scores::{Candidate, KeptScore, ScoreStore, Scored, Scoring},
    second_factors::{KeptTotp, SecondFactorStore},
    sessions::{Authenticated, LiveSession, SessionStore},
    settings::SettingsStore,
    signing_keys::SigningKeyStore,
    submissions::{Received, SubmissionCursor, SubmissionStore, Unsealed},
    support::SupportStore,
    suppressions::SuppressionStore,
    tasks::{TaskCursor, TaskRow, TaskStore},
    teams::TeamStore,
    throttles::ThrottleStore,
    views::ViewStore,
};
use crate::{BoxError, live::Change};

/// Where everything lives.
#[async_trait]
pub trait Storage: Send + Sync {
    /// Begins work inside the organization, permission and reach of `scope`. READ ONLY if the permission only reads.
    async fn tenant(&self, scope: &TenantScope) -> Result<Box<dyn TenantTx>, StorageError>;

    /// Begins a further unit of the same work beside the first, if that takes no waiting: if many held one and waited for
    /// another, nobody would get any. What is done goes on in the first where there is none.
    async fn beside(&self, scope: &TenantScope) -> Result<Option<Box<dyn TenantTx>>, StorageError>;

    /// Begins work on what belongs to no organization: accounts, form addresses, the outbox queue.
    async fn platform(&self, task: PlatformTask) -> Result<Box<dyn PlatformTx>, StorageError>;

    /// The member behind a live session, with all that decides what they may do; none if it ended or the membership is gone.
    /// It comes before every request of a member, and so in one round trip.
    async fn authenticate(
        &self,
        user: UserId,
        session: SessionId,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<Option<Authenticated>, StorageError>;

    /// Keeps one submission and its event, or finds the receipt of an earlier try: a whole unit of work in one call,
    /// so that many submissions can share a commit. Answers after the commit only.
    ///
    /// # Errors
    /// [`StorageError::Busy`] if too many wait already.
    async fn record(&self, scope: &TenantScope, intake: Intake) -> Result<Recorded, StorageError>;

    /// Whether the storage can be reached and has the schema this program knows.
    async fn ready(&self) -> Result<(), StorageError>;
}

/// One unit of work in an organization. Dropped without `commit`, it leaves no trace.
#[async_trait]
pub trait TenantTx: Send {
    /// The organization itself.
    fn organizations(&mut self) -> &mut dyn OrganizationStore;
    /// Its members.
    fn members(&mut self) -> &mut dyn MemberStore;
    /// What it says of itself.
    fn settings(&mut self) -> &mut dyn SettingsStore;
    /// The last mails to people whose accounts are gone.
    fn farewells(&mut self) -> &mut dyn FarewellStore;

    /// For how long it keeps its leads.
    fn lead_months(&mut self) -> &mut dyn LeadMonthsStore;
    /// Who is invited.
    fn invitations(&mut self) -> &mut dyn InvitationStore;
    /// Its teams.
    fn teams(&mut self) -> &mut dyn TeamStore;
    /// Its API keys.
    fn api_keys(&mut self) -> &mut dyn ApiKeyStore;
    /// Where it wants to be told of its leads, and what was told there.
    fn hooks(&mut self) -> &mut dyn HookStore;
    /// Its pipelines, and why it gives leads up.
    fn pipelines(&mut self) -> &mut dyn PipelineStore;
    /// What it itself wants to know of its leads.
    fn properties(&mut self) -> &mut dyn PropertyStore;
    /// Its forms.
    fn forms(&mut self) -> &mut dyn FormStore;
    /// What its forms received.
    fn submissions(&mut self) -> &mut dyn SubmissionStore;
    /// Its leads, as far as the scope reaches.
    fn leads(&mut self) -> &mut dyn LeadStore;
    /// Leads of one person, and what became of them.
    fn merges(&mut self) -> &mut dyn MergeStore;
    /// What is kept of people, for the copy they get.
    fn people(&mut self) -> &mut dyn PersonStore;
    /// Views of the list of leads.
    fn views(&mut self) -> &mut dyn ViewStore;
    /// The same, many at once.
    fn lead_batches(&mut self) -> &mut dyn LeadBatches;
    /// People taken over from files.
    fn imports(&mut self) -> &mut dyn ImportStore;
    /// Who was not told yet that their data is kept.
    fn informings(&mut self) -> &mut dyn InformingStore;
    /// What programs have made under keys of their own.
    fn creations(&mut self) -> &mut dyn CreationStore;
    /// What is to be done about them.
    fn tasks(&mut self) -> &mut dyn TaskStore;
    /// Their timelines.
    fn activities(&mut self) -> &mut dyn ActivityStore;
    /// The long work that somebody asked for.
    fn jobs(&mut self) -> &mut dyn JobStore;
    /// By which rules its leads are scored, and their scores.
    fn scores(&mut self) -> &mut dyn ScoreStore;
    /// What became of its leads, in numbers.
    fn reports(&mut self) -> &mut dyn ReportStore;
    /// People who are erased.
    fn erasures(&mut self) -> &mut dyn ErasureStore;
    /// Which leads were erased lately.
    fn tombstones(&mut self) -> &mut dyn TombstoneStore;
    /// What people agreed to, and took back.
    fn consents(&mut self) -> &mut dyn ConsentStore;
    /// To whom it does not write.
    fn suppressions(&mut self) -> &mut dyn SuppressionStore;
    /// What its members are told of.
    fn notifications(&mut self) -> &mut dyn NotificationStore;
    /// How many mails it sent lately.
    fn paces(&mut self) -> &mut dyn MailPaces;
    /// Leads that are kept and not used.
    fn restrictions(&mut self) -> &mut dyn RestrictionStore;
    /// Legal holds.
    fn holds(&mut self) -> &mut dyn HoldStore;
    /// What its owners opened for support.
    fn support(&mut self) -> &mut dyn SupportStore;

    /// What people ask by right, and what becomes of it.
    fn rights(&mut self) -> &mut dyn RightsStore;
    /// What it accepted of the processing agreement.
    fn agreements(&mut self) -> &mut dyn AgreementStore;
    /// What it subscribed to, and what it uses.
    fn billing(&mut self) -> &mut dyn BillingStore;
    /// Its log of breaches.
    fn breaches(&mut self) -> &mut dyn BreachStore;
    /// Its audit trail.
    fn audit(&mut self) -> &mut dyn AuditStore;
    /// What happened, for the worker.
    fn outbox(&mut self) -> &mut dyn Outbox;
    /// Tells open pages of a change, once the work is committed.
    async fn announce(&mut self, change: Change) -> Result<(), StorageError>;
    /// Makes it all true at once, with the entry in the audit trail that the scope asks for.
    async fn commit(self: Box<Self>) -> Result<(), StorageError>;
}

/// One unit of work outside any organization. Dropped without `commit`, it leaves no trace.
#[async_trait]
pub trait PlatformTx: Send {
    /// Accounts.
    fn accounts(&mut self) -> &mut dyn AccountStore;
    /// Sessions and their tokens.
    fn sessions(&mut self) -> &mut dyn SessionStore;
    /// Second factors, and the challenges that ask for them.
    fn second_factors(&mut self) -> &mut dyn SecondFactorStore;
    /// When and from where accounts were used.
    fn connections(&mut self) -> &mut dyn ConnectionLog;
    /// How often something was tried.
    fn throttles(&mut self) -> &mut dyn ThrottleStore;
    /// Which exports are under way.
    fn export_runs(&mut self) -> &mut dyn ExportRuns;
    /// The keys that sign access tokens.
    fn signing_keys(&mut self) -> &mut dyn SigningKeyStore;
    /// Passkeys, and the ceremonies in which they are made and used.
    fn passkeys(&mut self) -> &mut dyn PasskeyStore;
    /// What is kept of accounts, for the copy their users get.
    fn held(&mut self) -> &mut dyn HeldAccounts;
    /// What the links of mails carry.
    fn one_time_tokens(&mut self) -> &mut dyn OneTimeTokenStore;
    /// Public addresses of forms, and secrets of API keys.
    fn directory(&mut self) -> &mut dyn Directory;
    /// What matters to security.
    fn security(&mut self) -> &mut dyn SecurityLog;
    /// The outbox of all organizations.
    fn queue(&mut self) -> &mut dyn OutboxQueue;
    /// What endpoints of all organizations are told.
    fn deliveries(&mut self) -> &mut dyn HookQueue;
    /// What was kept for its time, in all organizations, and the proofs that it went.
    fn retention(&mut self) -> &mut dyn RetentionStore;
    /// The versions of the privacy policy.
    fn policies(&mut self) -> &mut dyn PolicyStore;

    /// Payments of all organizations.
    fn payments(&mut self) -> &mut dyn BillingQueue;
    /// The log of breaches of the service.
    fn service_breaches(&mut self) -> &mut dyn ServiceBreachStore;
    /// What people asked of the operator.
    fn operator_requests(&mut self) -> &mut dyn OperatorRequestStore;
    /// What members asked of the operator about their own accounts.
    fn member_requests(&mut self) -> &mut dyn MemberRequestStore;
    /// Goes on inside an organization, in the same unit of work.
    async fn into_tenant(self: Box<Self>, scope: &TenantScope) -> Result<Box<dyn TenantTx>, StorageError>;
    /// Makes it all true at once.
    async fn commit(self: Box<Self>) -> Result<(), StorageError>;
}

/// What storage answers when it cannot do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Something of that name or key is there already.
    #[error("something with the same key is there already")]
    Conflict,
    /// The row changed since it was read.
    #[error("the row has changed since it was read")]
    Stale,
    /// A legal hold keeps what was to go.
    #[error("a legal hold keeps it")]
    Held,
    /// Too much waits already: try again in a moment.
    #[error("too much work is waiting")]
    Busy,
    /// It cannot be reached, or broke.
    #[error("the storage failed")]
    Failed(#[source] BoxError),
}

/// A part of a list, and where the next part begins.
#[derive(Clone, Debug)]
pub struct Slice<T, C> {
    /// The rows.
    pub items: Vec<T>,
    /// The place after the last row, if there is more.
    pub next: Option<C>,
}
