//! What Qualify CRM does: one file per use case, in an area's folder. All of them are reached through [`App`].
//!
//! Each use case has five beats: may I, open, decide, keep and tell, done. What follows from a use case happens
//! later, in [`Worker`], by the `reactions` to its event.

mod access;
mod accounts;
mod agreements;
mod api_keys;
mod audit;
mod backups;
mod billing;
mod breaches;
mod closings;
mod consents;
mod error;
mod export_limits;
mod forms;
mod holds;
mod hooks;
mod imports;
mod informings;
mod invitations;
mod jobs;
mod leads;
mod letter;
mod mailboxes;
mod marking;
mod member_requests;
mod members;
mod notifications;
mod operator_requests;
mod options;
mod order;
mod person_copy;
mod pipelines;
mod policies;
mod profiles;
mod properties;
mod reactions;
mod records;
mod reports;
mod restrictions;
mod retention;
mod rights;
mod scores;
mod scoring;
mod second_factors;
mod sessions;
mod settings;
mod signing_keys;
mod submissions;
mod support;
mod tasks;
mod throttles;
mod views;
mod worker;

use std::sync::Arc;

pub use qualify_ports::storage::Home;
use qualify_ports::{
    files::Files,
    hooks::HookSender,
    live::Live,
    mailer::Mailer,
    passkeys::Passkeys,
    passwords::Passwords,
    scorer::Scorer,
    spam::SpamCheck,
    storage::Storage,
    time::{Clock, Ids},
    tokens::Tokens,
    vault::Vault,
};

pub use self::{
    access::{Access, Program, RefusedKey, SignedIn, Visitor},
    accounts::{
        Accounts, Challenged, ChangePassword, Confirmation, Granted, SecondStep, SignIn, SignInOutcome, SignUp,
        WaitingSignUp,
    },
    agreements::{AgreementFile, Agreements},
    api_keys::{ApiKeys, KeyList, NewKey},
    audit::{Audit, AuditPage, AuditWalk, Verified},
    backups::{Backup, Backups, Endings, SettleError, Settled, Settling, Written},
    billing::{Billing, BillingOverview, Books, HearError, Payments, WatchedPayments, watched_payments},
    breaches::{BreachFile, BreachLog, Breaches, LogBreach, Logged, ServiceBreaches, overdue_breaches},
    closings::Closings,
    consents::{ConsentQuestion, Consents, End, Writable},
    error::{Broken, Error},
    forms::{
        CreateForm, EditionFile, FieldsFile, FormFile, FormHistory, Forms, WrittenBox, WrittenForm, WrittenNotice,
    },
    holds::{HoldList, Holds, PlaceHold},
    hooks::{DeliveryList, EndpointList, Hooks, NewEndpoint},
    imports::{ImportFile, Imports, Limits as ImportLimits, NewImport, Previewed, ProblemFile, ProblemRow},
    informings::{Informings, Untold, UntoldList, origin},
    invitations::{Accepted, Guest, Invitations, Invite, Invited, Newcomer},
    jobs::{JobFile, Jobs},
    leads::{
        AddLead, Added, AssignLead, Board, BoardColumn, ChangeLead, CreateLead, Created, Duplicate, FirstOwner,
        IfKnown, LeadChoices, LeadFile, LeadList, LeadParts, LeadStart, Leads, ListLeads, ListNames, MOST_COUNTED,
        MergeLeads, MergePreview, Merged, MoveLead, NoteKind, NoteLead, Seen, SeenPair, Separated, ShowBoard, Timeline,
        TransferLead,
    },
    member_requests::{MemberRequests, overdue_member_requests},
    members::{Answer, Explained, Members, Nearness, People},
    notifications::{NotificationList, Notifications},
    operator_requests::{OperatorRequests, RegisterRequest, overdue_operator_requests},
    options::Options,
    person_copy::PersonCopies,
    pipelines::{DrawnStage, Heir, PipelineFile, PipelinePlace, Pipelines, WrittenPipeline, WrittenStage},
    policies::{AnnounceError, Policies},
    profiles::Profiles,
    properties::{ChangeProperty, MakeProperty, Properties},
    records::{Controller, ProcessorRecords, RecordFile, Records},
    reports::{AskReport, Findings, Report, ReportNames, Reports},
    restrictions::{Restricted, Restrictions},
    retention::{Alarm, Due, MOST_DUE, MOST_SHOWN, Retention, RetentionFile, RetentionWalk, RuleState, Watched},
    rights::{
        AskRight, ChangeRightsSettings, Further, Held, HeldLead, NewRequest, Opened, PrivacyDoor, Register,
        RequestFile, Rights, RightsQuestion, RightsSettings, Served, overdue_requests,
    },
    scores::{Edit, Proposal, ScoreFile, ScoreHistory, ScoreMovers, ScoreOutlook, ScoreRules, Scores},
    second_factors::{PasskeyAnswer, PasskeyQuestion, Protection, SecondFactors, TotpSetUp},
    sessions::{History, Sessions, SignedInAt},
    settings::{OrganizationFile, Settings},
    signing_keys::SigningKeys,
    submissions::{Receipt, SubmissionList, Submissions, Submit},
    support::{Inside, OpenSupport, Support, SupportDoor, SupportLink, SupportList},
    tasks::{ChangeTask, TaskList, TaskPlace, Tasks},
    views::{ChangeView, ViewList, Views},
    worker::Worker,
};

/// The world, as the composition root provides it.
#[derive(Clone)]
pub struct Ports {
    /// Where everything lives.
    pub storage: Arc<dyn Storage>,
    /// Spreads changes.
    pub live: Arc<dyn Live>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Makes ids.
    pub ids: Arc<dyn Ids>,
    /// Hashes passwords.
    pub passwords: Arc<dyn Passwords>,
    /// Makes and reads a browser's tokens.
    pub tokens: Arc<dyn Tokens>,
    /// Judges passkeys.
    pub passkeys: Arc<dyn Passkeys>,
    /// Keeps secrets that must be read again.
    pub vault: Arc<dyn Vault>,
    /// Sends mail.
    pub mailer: Arc<dyn Mailer>,
    /// Keeps files, sealed.
    pub files: Arc<dyn Files>,
    /// Tells endpoints.
    pub hooks: Arc<dyn HookSender>,
    /// Where organizations pay.
    pub payments: Payments,
    /// Scores leads.
    pub scorer: Arc<dyn Scorer>,
    /// Tells spam from people: the ladder, first rung first.
    pub spam: Arc<[Arc<dyn SpamCheck>]>,
}

/// All that a driving adapter may call.
#[derive(Clone)]
pub struct App {
    /// Who is there.
    pub access: Access,
    /// Sign-up, sign-in, sign-out.
    pub accounts: Accounts,
    /// Where a member is signed in.
    pub sessions: Sessions,
    /// Forms, for members.
    pub forms: Forms,
    /// What visitors send.
    pub submissions: Submissions,
    /// Leads.
    pub leads: Leads,
    /// What people agree to beyond their request.
    pub consents: Consents,
    /// What is to be done about them.
    pub tasks: Tasks,
    /// Where leads can stand.
    pub pipelines: Pipelines,
    /// What an organization itself wants to know of its leads.
    pub properties: Properties,
    /// The privacy policy and its versions.
    pub policies: Policies,
    /// What an organization does with personal data.
    pub records: Records,
    /// What became of leads, in numbers.
    pub reports: Reports,
    /// Views of the list of leads.
    pub views: Views,
    /// Members and their wishes.
    pub members: Members,
    /// What members ask of the operator about their own account.
    pub member_requests: MemberRequests,
    /// API keys.
    pub api_keys: ApiKeys,
    /// Outgoing webhooks.
    pub hooks: Hooks,
    /// What members are told of.
    pub notifications: Notifications,
    /// For how long data are kept.
    pub retention: Retention,
    /// What an organization says of itself.
    pub settings: Settings,
    /// The end of an organization.
    pub closings: Closings,
    /// What members choose for themselves.
    pub profiles: Profiles,
    /// Invitations into organizations.
    pub invitations: Invitations,
    /// Long work.
    pub jobs: Jobs,
    /// People taken over from files.
    pub imports: Imports,
    /// Telling people that their data is kept.
    pub informings: Informings,
    /// The rules by which leads are scored.
    pub scores: Scores,
    /// Leads that are kept and not used.
    pub restrictions: Restrictions,
    /// Legal holds.
    pub holds: Holds,
    /// What people may ask by right.
    pub rights: Rights,
    /// What an organization subscribed to.
    pub billing: Billing,
    /// The processing agreement.
    pub agreements: Agreements,
    /// Breaches of personal data.
    pub breaches: Breaches,
    /// Access for support.
    pub support: Support,
    /// The audit trail.
    pub audit: Audit,
    /// A member's own second factors.
    pub second_factors: SecondFactors,
    /// Copies of what is kept of somebody.
    pub person_copy: PersonCopies,
    storage: Arc<dyn Storage>,
}

impl App {
    /// Puts the use cases in front of the world.
    pub fn new(ports: &Ports) -> Self {
        let access = Access::new(ports);
        Self {
            accounts: Accounts::new(ports),
            sessions: Sessions::new(ports),
            forms: Forms::new(ports, access.clone()),
            submissions: Submissions::new(ports),
            leads: Leads::new(ports),
            consents: Consents::new(ports),
            tasks: Tasks::new(ports),
            pipelines: Pipelines::new(ports),
            properties: Properties::new(ports),
            policies: Policies::new(ports.storage.clone(), ports.clock.clone()),
            records: Records::new(ports),
            reports: Reports::new(ports),
            views: Views::new(ports),
            members: Members::new(ports),
            member_requests: MemberRequests::new(ports),
            api_keys: ApiKeys::new(ports),
            hooks: Hooks::new(ports),
            notifications: Notifications::new(ports),
            retention: Retention::new(ports.storage.clone(), ports.files.clone(), ports.clock.clone()),
            settings: Settings::new(ports),
            closings: Closings::new(ports, access.clone()),
            profiles: Profiles::new(ports),
            invitations: Invitations::new(ports),
            imports: Imports::new(ports, Jobs::new(ports)),
            informings: Informings::new(ports),
            jobs: Jobs::new(ports),
            scores: Scores::new(ports),
            restrictions: Restrictions::new(ports),
            holds: Holds::new(ports),
            rights: Rights::new(ports),
            billing: Billing::new(ports),
            agreements: Agreements::new(ports),
            breaches: Breaches::new(ports),
            support: Support::new(ports),
            audit: Audit::new(ports),
            second_factors: SecondFactors::new(ports),
            person_copy: PersonCopies::new(ports),
            access,
            storage: ports.storage.clone(),
        }
    }

    /// Whether requests can be served: the storage answers and has the right schema.
    ///
    /// # Errors
    /// [`Error::Failed`] with the cause.
    pub async fn ready(&self) -> Result<(), Error> {
        Ok(self.storage.ready().await?)
    }
}
