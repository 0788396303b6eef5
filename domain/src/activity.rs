//! The timeline of a lead.

use jiff::Timestamp;

use crate::{
    id::{ActivityId, LeadId, StageId, SubmissionId, UserId},
    text::Message,
};

/// One entry of a lead's timeline.
#[derive(Clone, Debug)]
pub struct Activity {
    /// Its id.
    pub id: ActivityId,
    /// The lead it is about.
    pub lead: LeadId,
    /// When it happened.
    pub at: Timestamp,
    /// The member who did it; none if it came from the person or from us.
    pub author: Option<UserId>,
    /// What happened.
    pub what: What,
}

/// What happened to a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The person sent a form.
    Submitted(SubmissionId),
    /// A member wrote a note.
    Noted(Message),
    /// The lead moved.
    Moved {
        /// Where it stood.
        from: StageId,
        /// Where it stands.
        to: StageId,
    },
}
