//! What happened, for those who react to it. Ids only: an event holds nothing personal.

mod news;

use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};

pub use self::news::{BillingNews, RightsNews, SecondFactorChange};
use crate::{
    closing::ClosingNotice,
    form::Purpose,
    id::{
        BreachId, ConnectionId, EndpointId, FarewellId, FormId, JobId, LeadId, OneTimeTokenId, RightsRequestId,
        StageId, SubmissionId, TaskId, UserId,
    },
};

/// Something that happened in an organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// A visitor sent a form, or a member released it from quarantine.
    SubmissionReceived {
        /// What was sent.
        submission: SubmissionId,
        /// Which form.
        form: FormId,
    },
    /// A submission was given to its lead.
    LeadCaptured {
        /// Which lead.
        lead: LeadId,
        /// Which submission.
        submission: SubmissionId,
        /// Whether it opened the lead.
        first: bool,
    },
    /// A member or a program made a lead, or gave more to the lead of somebody who was known.
    LeadMade {
        /// Which lead.
        lead: LeadId,
        /// Whether it is a new one.
        first: bool,
        /// By which member, if it was one: they know already.
        #[serde(default)]
        by: Option<UserId>,
    },
    /// A lead moved.
    StageChanged {
        /// Which lead.
        lead: LeadId,
        /// Where it stood.
        from: StageId,
        /// Where it stands.
        to: StageId,
    },
    /// A lead was given to a member.
    LeadAssigned {
        /// Which lead.
        lead: LeadId,
        /// To whom.
        to: UserId,
        /// By which member, if it was one.
        by: Option<UserId>,
    },
    /// A lead is kept and not used from now on.
    LeadRestricted {
        /// Which lead.
        lead: LeadId,
    },
    /// A lead is to be used again once its person has been told.
    LiftAnnounced {
        /// Which lead.
        lead: LeadId,
    },
    /// A task has a day: its owner may want to be reminded.
    TaskPlanned {
        /// Which task.
        task: TaskId,
        /// Its version; of a later one another plan tells.
        version: i32,
    },
    /// A task was given to a member by somebody else.
    TaskGiven {
        /// Which task.
        task: TaskId,
        /// To whom.
        to: UserId,
        /// By which member, if it was one.
        by: Option<UserId>,
    },
    /// A member was named in a note.
    MemberMentioned {
        /// On which lead.
        lead: LeadId,
        /// Who.
        member: UserId,
        /// By which member, if it was one.
        by: Option<UserId>,
    },
    /// What waits for a member is to be mailed to them.
    LeadMailDue {
        /// Who.
        member: UserId,
    },
    /// What waits for a member is to be mailed to them, as it is once a day.
    DigestDue {
        /// Who.
        member: UserId,
    },
    /// What is known of a lead was corrected.
    LeadRectified {
        /// Which lead.
        lead: LeadId,
    },
    /// Members are to be told that an endpoint was disabled.
    EndpointDisabled {
        /// Which endpoint.
        endpoint: EndpointId,
    },
    /// One of them is to be told of it by mail.
    EndpointMailDue {
        /// Which endpoint.
        endpoint: EndpointId,
        /// Who.
        member: UserId,
    },
    /// A lead was erased.
    LeadErased {
        /// Which lead.
        lead: LeadId,
    },
    /// The next piece of a job is to be done.
    JobDue {
        /// Which job.
        job: JobId,
    },
    /// A box was ticked that has to be confirmed by mail.
    ConsentAsked {
        /// With which submission.
        submission: SubmissionId,
        /// For what.
        purpose: Purpose,
    },
    /// Leads go soon, because their time is over.
    LeadsEnding {
        /// The owner who is told.
        member: UserId,
        /// How many.
        leads: u32,
        /// By when they are gone.
        by: Timestamp,
    },
    /// Somebody asked what is theirs by right.
    RightsRequestReceived {
        /// Which request.
        request: RightsRequestId,
    },
    /// The operator received a request that is the organization's to answer, and passed it on (DSR-2).
    RequestPassedOn {
        /// Which request.
        request: RightsRequestId,
    },
    /// A member asked something of the operator, about their own account.
    OperatorAsked {
        /// Which request.
        request: RightsRequestId,
        /// Who asked.
        user: UserId,
    },
    /// A member who asked something of the operator is to be told that it came, and by when it is answered.
    MemberReceiptDue {
        /// Which request.
        request: RightsRequestId,
        /// Who asked.
        user: UserId,
    },
    /// A request about somebody's rights took a step.
    RightsRequestMoved {
        /// Which request.
        request: RightsRequestId,
        /// Which of its steps, counted from nought.
        step: u32,
    },
    /// Whoever asked is to be forgotten, once the answer went out to them.
    AskerToForget {
        /// Which request.
        request: RightsRequestId,
    },
    /// A member is to hear of a request about somebody's rights.
    RightsNews {
        /// Which request.
        request: RightsRequestId,
        /// Who is told.
        member: UserId,
        /// Of what.
        news: RightsNews,
    },
    /// People who did not give their data themselves are to be told that it is kept.
    InformingDue {
        /// The member who is reminded of it.
        member: UserId,
        /// On which day the first of them came in, in Paris.
        day: Date,
        /// Whether it is too late already to tell them in time.
        is_late: bool,
    },
    /// A breach of the service concerns the organization.
    BreachConcerns {
        /// Which breach.
        breach: BreachId,
        /// Whether they were told of it before, and more is known by now.
        #[serde(default)]
        is_revised: bool,
    },
    /// One of those who answer for the organization is to be told of it.
    BreachMailDue {
        /// Which breach.
        breach: BreachId,
        /// Who.
        member: UserId,
        /// Whether they were told of it before, and more is known by now.
        #[serde(default)]
        is_revised: bool,
    },
    /// Somebody's second factors changed, or one of their recovery codes was used.
    SecondFactorChanged {
        /// The user who is told.
        user: UserId,
        /// What changed.
        change: SecondFactorChange,
    },
    /// A one-time token waits for the mail that carries it.
    TokenIssued {
        /// Which token.
        token: OneTimeTokenId,
    },
    /// Somebody gave their account another password.
    PasswordChanged {
        /// The user who is told.
        user: UserId,
    },
    /// Somebody asked for another address for their account; the present one is warned.
    EmailChangeAsked {
        /// The user who is told.
        user: UserId,
    },
    /// Somebody chose a new password by the link of a mail.
    PasswordReset {
        /// The user who is told.
        user: UserId,
    },
    /// An account was signed in to from a device and a network it was never used from.
    SignedInAnew {
        /// The user who is told.
        user: UserId,
        /// The entry of the connection log.
        connection: ConnectionId,
    },
    /// A refresh token came a second time, as if it had been copied; its session has ended.
    RefreshReused {
        /// The user who is told.
        user: UserId,
        /// The entry of the connection log.
        connection: ConnectionId,
    },
    /// Somebody deleted their account; a last mail tells them.
    AccountDeleted {
        /// Where it goes.
        farewell: FarewellId,
    },
    /// Somebody's account left an organization: their address goes out of the notices that people were shown there.
    AccountLeft {
        /// What keeps it until then.
        farewell: FarewellId,
    },
    /// Nothing is kept any more of somebody who asked for their rights; a last mail tells them.
    PersonForgotten {
        /// Where it goes.
        farewell: FarewellId,
    },
    /// The owners are to be told that the organization ends.
    ClosingNoticeDue {
        /// Which time.
        notice: ClosingNotice,
    },
    /// One of them is to be told that the organization ends.
    ClosingMailDue {
        /// Who.
        owner: UserId,
        /// Which time.
        notice: ClosingNotice,
    },
    /// Those who pay are to hear of their subscription or trial.
    BillingNewsDue {
        /// Of what.
        news: BillingNews,
    },
    /// One of them is to hear of it by mail.
    BillingMailDue {
        /// Who.
        member: UserId,
        /// Of what.
        news: BillingNews,
    },
    /// An owner is to be told of subprocessors to come.
    SubprocessorsAnnounced {
        /// Who.
        owner: UserId,
        /// By which announcement.
        announcement: u32,
    },
}

impl Event {
    /// The stable name, for logs and lists.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SubmissionReceived { .. } => "submission_received",
            Self::LeadCaptured { .. } => "lead_captured",
            Self::LeadMade { .. } => "lead_made",
            Self::StageChanged { .. } => "stage_changed",
            Self::LeadAssigned { .. } => "lead_assigned",
            Self::LeadRestricted { .. } => "lead_restricted",
            Self::LiftAnnounced { .. } => "lift_announced",
            Self::TaskPlanned { .. } => "task_planned",
            Self::TaskGiven { .. } => "task_given",
            Self::MemberMentioned { .. } => "member_mentioned",
            Self::LeadMailDue { .. } => "lead_mail_due",
            Self::DigestDue { .. } => "digest_due",
            Self::LeadRectified { .. } => "lead_rectified",
            Self::EndpointDisabled { .. } => "endpoint_disabled",
            Self::EndpointMailDue { .. } => "endpoint_mail_due",
            Self::LeadErased { .. } => "lead_erased",
            Self::JobDue { .. } => "job_due",
            Self::ConsentAsked { .. } => "consent_asked",
            Self::LeadsEnding { .. } => "leads_ending",
            Self::RightsRequestReceived { .. } => "rights_request_received",
            Self::RequestPassedOn { .. } => "request_passed_on",
            Self::OperatorAsked { .. } => "operator_asked",
            Self::MemberReceiptDue { .. } => "member_receipt_due",
            Self::RightsRequestMoved { .. } => "rights_request_moved",
            Self::AskerToForget { .. } => "asker_to_forget",
            Self::RightsNews { .. } => "rights_news",
            Self::InformingDue { .. } => "informing_due",
            Self::BreachConcerns { .. } => "breach_concerns",
            Self::BreachMailDue { .. } => "breach_mail_due",
            Self::SecondFactorChanged { .. } => "second_factor_changed",
            Self::TokenIssued { .. } => "token_issued",
            Self::PasswordChanged { .. } => "password_changed",
            Self::EmailChangeAsked { .. } => "email_change_asked",
            Self::PasswordReset { .. } => "password_reset",
            Self::SignedInAnew { .. } => "signed_in_anew",
            Self::RefreshReused { .. } => "refresh_reused",
            Self::AccountDeleted { .. } => "account_deleted",
            Self::AccountLeft { .. } => "account_left",
            Self::PersonForgotten { .. } => "person_forgotten",
            Self::ClosingNoticeDue { .. } => "closing_notice_due",
            Self::ClosingMailDue { .. } => "closing_mail_due",
            Self::BillingNewsDue { .. } => "billing_news_due",
            Self::BillingMailDue { .. } => "billing_mail_due",
            Self::SubprocessorsAnnounced { .. } => "subprocessors_announced",
        }
    }
}
