//! Typed ids: a lead's id can never be taken for a form's.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(raw: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(raw).map(Self)
            }
        }
    )+};
}

ids! {
    /// The tenant.
    OrganizationId,
    /// A person with a login.
    UserId,
    /// One sign-in on one device, from its password to its sign-out.
    SessionId,
    /// One refresh token of a session.
    RefreshId,
    /// A group of members.
    TeamId,
    /// One entry of the connection log.
    ConnectionId,
    /// A form, for the organization's members.
    FormId,
    /// A form, for the world: it can only create submissions, and can be rotated.
    PublicFormId,
    /// One filled form.
    SubmissionId,
    /// The working record about one person.
    LeadId,
    /// An ordered list of stages.
    PipelineId,
    /// A place in a pipeline where a lead stands.
    StageId,
    /// Something an organization itself wants to know of its leads.
    PropertyId,
    /// Why a lead is given up.
    ReasonId,
    /// Something to do about a lead.
    TaskId,
    /// A key with which a program acts in an organization.
    ApiKeyId,
    /// One entry of a lead's timeline.
    ActivityId,
    /// Something a member is told of.
    NotificationId,
    /// A passkey of a user.
    PasskeyId,
    /// A token that a mail carries, and that works once.
    OneTimeTokenId,
    /// An invitation into an organization.
    InvitationId,
    /// By what the billing ledger knows an organization: what links the two goes with the organization.
    BillingSubjectId,
    /// The last mail to somebody whose account is gone.
    FarewellId,
    /// A job: long work that somebody asked for.
    JobId,
    /// Two leads that became one.
    MergeId,
    /// What somebody asked about their own data.
    RightsRequestId,
    /// A legal hold.
    HoldId,
    /// A breach of personal data.
    BreachId,
    /// An export that is under way.
    ExportRunId,
    /// What an owner opened for support.
    SupportGrantId,
    /// One time that support came in, or may.
    SupportVisitId,
    /// An entry in the ledger of consent.
    ConsentEventId,
    /// A link of a mail about a consent.
    ConsentLinkId,
    /// A way to look at the list of leads.
    ViewId,
    /// People taken over from a file.
    ImportId,
    /// Where an organization wants to be told of its leads.
    EndpointId,
    /// One thing that one endpoint is told.
    DeliveryId,
    /// An event in the outbox.
    EventId,
}
