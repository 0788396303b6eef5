use uuid::Uuid;

use crate::id::{
    ApiKeyId, BreachId, EndpointId, FormId, HoldId, ImportId, InvitationId, JobId, LeadId, OrganizationId, PipelineId,
    PropertyId, RightsRequestId, SessionId, SubmissionId, SupportGrantId, TeamId, UserId, ViewId,
};

macro_rules! targets {
    ($($(#[$doc:meta])* $name:ident($id:ident) = $kind:literal),+ $(,)?) => {
        /// What something was done to.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Target {
            $($(#[$doc])* $name($id)),+
        }

        impl Target {
            /// The stable name of every kind there is.
            pub const KINDS: &[&str] = &[$($kind),+];

            /// The stable name of its kind.
            pub const fn kind(self) -> &'static str {
                match self { $(Self::$name(_) => $kind),+ }
            }

            /// Its id.
            pub const fn id(self) -> Uuid {
                match self { $(Self::$name($id(id)) => id),+ }
            }

            /// What the trail kept, as it was; none for a kind that is no more.
            pub fn restore(kind: &str, id: Uuid) -> Option<Self> {
                match kind {
                    $($kind => Some(Self::$name($id(id))),)+
                    _ => None,
                }
            }
        }
    };
}

targets! {
    /// The organization itself.
    Organization(OrganizationId) = "organization",
    /// A member, or a user as such.
    Member(UserId) = "member",
    /// A team.
    Team(TeamId) = "team",
    /// An invitation.
    Invitation(InvitationId) = "invitation",
    /// A session.
    Session(SessionId) = "session",
    /// A lead.
    Lead(LeadId) = "lead",
    /// A form.
    Form(FormId) = "form",
    /// What was sent through a form.
    Submission(SubmissionId) = "submission",
    /// A pipeline.
    Pipeline(PipelineId) = "pipeline",
    /// What the organization itself wants to know of its leads.
    Property(PropertyId) = "property",
    /// A view of the list.
    View(ViewId) = "view",
    /// An API key.
    ApiKey(ApiKeyId) = "api_key",
    /// A webhook: where the organization wants to be told of its leads.
    Endpoint(EndpointId) = "endpoint",
    /// A job.
    Job(JobId) = "job",
    /// People taken over from a file.
    Import(ImportId) = "import",
    /// A legal hold.
    Hold(HoldId) = "hold",
    /// What somebody asked about their own data.
    RightsRequest(RightsRequestId) = "rights_request",
    /// A breach of personal data.
    Breach(BreachId) = "breach",
    /// What an owner opened for support.
    SupportGrant(SupportGrantId) = "support_grant",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_comes_back_as_it_was_kept() {
        for kind in Target::KINDS {
            let target = Target::restore(kind, Uuid::from_u128(7)).unwrap();
            assert_eq!((target.kind(), target.id()), (*kind, Uuid::from_u128(7)));
        }
        assert_eq!(Target::restore("nothing", Uuid::nil()), None);
    }
}
