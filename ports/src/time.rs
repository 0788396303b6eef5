//! Time and ids: the two things a pure rule is given rather than takes.

use jiff::Timestamp;
use qualify_domain::id::{
    ActivityId, ApiKeyId, BillingSubjectId, BreachId, ConnectionId, ConsentEventId, ConsentLinkId, DeliveryId,
    EndpointId, EventId, ExportRunId, FarewellId, FormId, HoldId, ImportId, InvitationId, JobId, LeadId, MergeId,
    NotificationId, OneTimeTokenId, OrganizationId, PasskeyId, PipelineId, PropertyId, PublicFormId, ReasonId,
    RefreshId, RightsRequestId, SessionId, StageId, SubmissionId, SupportGrantId, SupportVisitId, TaskId, TeamId,
    UserId, ViewId,
};

/// Tells the time.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// A type of id that can be made from 128 bits.
pub trait Id {
    /// The id of these bits, big-endian.
    fn from_bits(bits: u128) -> Self;
}

macro_rules! made_from_bits {
    ($($name:ident),+) => {$(impl Id for $name {
        fn from_bits(bits: u128) -> Self {
            Self(uuid::Uuid::from_u128(bits))
        }
    })+};
}

made_from_bits!(
    ActivityId,
    ApiKeyId,
    BillingSubjectId,
    ConnectionId,
    ConsentEventId,
    ConsentLinkId,
    DeliveryId,
    EndpointId,
    EventId,
    FarewellId,
    TeamId,
    FormId,
    HoldId,
    BreachId,
    ExportRunId,
    SupportGrantId,
    SupportVisitId,
    ViewId,
    ImportId,
    InvitationId,
    RightsRequestId,
    JobId,
    LeadId,
    MergeId,
    NotificationId,
    OneTimeTokenId,
    OrganizationId,
    PasskeyId,
    PipelineId,
    PropertyId,
    PublicFormId,
    ReasonId,
    RefreshId,
    SessionId,
    StageId,
    SubmissionId,
    TaskId,
    UserId
);

/// Makes ids that never repeat and that sort by the time they were made.
pub trait Ids: Send + Sync {
    /// The bits of the next id: a UUID of version 7.
    fn next_bits(&self) -> u128;
}

impl dyn Ids {
    /// The next id of the type that is asked for.
    pub fn next<I: Id>(&self) -> I {
        I::from_bits(self.next_bits())
    }
}
