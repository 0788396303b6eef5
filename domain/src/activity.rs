//! The timeline of a lead.

use jiff::Timestamp;

use crate::{
    id::{ActivityId, ApiKeyId, LeadId, MergeId, ReasonId, StageId, SubmissionId, UserId},
    lead_field::LeadField,
    score::Grade,
    text::{Line, Message},
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
    /// Somebody called the person, and what came of it.
    Called(Message),
    /// Somebody wrote to the person, and what.
    Mailed(Message),
    /// Somebody met the person, and what came of it.
    Met(Message),
    /// Somebody did what was to be done.
    Finished(Line),
    /// It was made without a form.
    Created,
    /// What is known of the person changed.
    Changed(Vec<LeadField>),
    /// The lead moved.
    Moved(Move),
    /// Its score changed so far that its grade is another.
    Graded {
        /// What it was.
        from: Grade,
        /// What it is.
        to: Grade,
    },
    /// Another lead of the same person was merged into it.
    Merged(MergeId),
    /// A merge into it was undone.
    Separated(MergeId),
}

impl What {
    /// The words somebody wrote about it, if they did.
    pub const fn words(&self) -> Option<&Message> {
        match self {
            Self::Noted(words) | Self::Called(words) | Self::Mailed(words) | Self::Met(words) => Some(words),
            Self::Moved(moved) => moved.note.as_ref(),
            Self::Submitted(_)
            | Self::Finished(_)
            | Self::Created
            | Self::Changed(_)
            | Self::Graded { .. }
            | Self::Merged(_)
            | Self::Separated(_) => None,
        }
    }
}

/// A move of a lead from one stage to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// Where it stood.
    pub from: StageId,
    /// Where it stands.
    pub to: StageId,
    /// How long it stood there before, in seconds; unknown of moves that were made before this was kept.
    pub spent_seconds: Option<u64>,
    /// Why it was given up, if it was.
    pub reason: Option<ReasonId>,
    /// What was said about it.
    pub note: Option<Message>,
}
