//! The timeline of a lead.

use jiff::Timestamp;

use crate::{
    id::{ActivityId, ApiKeyId, LeadId, StageId, SubmissionId, UserId},
    score::Grade,
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
    /// Who did it; none if it came from the person or from us.
    pub author: Option<Author>,
    /// What happened.
    pub what: What,
}

/// Who did something to a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    /// A member.
    Member(UserId),
    /// A program, with that API key.
    Program(ApiKeyId),
}

/// What happened to a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The person sent a form.
    Submitted(SubmissionId),
    /// Somebody wrote a note.
    Noted(Message),
    /// It was made without a form.
    Created,
    /// What is known of the person changed.
    Changed,
    /// The lead moved.
    Moved {
        /// Where it stood.
        from: StageId,
        /// Where it stands.
        to: StageId,
    },
    /// Its score changed so far that its grade is another.
    Graded {
        /// What it was.
        from: Grade,
        /// What it is.
        to: Grade,
    },
}
