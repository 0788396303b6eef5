//! What happened, for those who react to it. Ids only: an event holds nothing personal.

use serde::{Deserialize, Serialize};

use crate::id::{FormId, LeadId, StageId, SubmissionId, UserId};

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
    /// A lead moved.
    StageChanged {
        /// Which lead.
        lead: LeadId,
        /// Where it stood.
        from: StageId,
        /// Where it stands.
        to: StageId,
    },
    /// A member wants to know of a captured lead.
    LeadMailDue {
        /// Who.
        member: UserId,
        /// Of which lead.
        lead: LeadId,
        /// Whether it is a new one.
        first: bool,
    },
    /// Somebody signed up with the address of a user who exists.
    SignUpRepeated {
        /// The user who is told.
        user: UserId,
    },
}

impl Event {
    /// The stable name, for logs and lists.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SubmissionReceived { .. } => "submission_received",
            Self::LeadCaptured { .. } => "lead_captured",
            Self::StageChanged { .. } => "stage_changed",
            Self::LeadMailDue { .. } => "lead_mail_due",
            Self::SignUpRepeated { .. } => "sign_up_repeated",
        }
    }
}
