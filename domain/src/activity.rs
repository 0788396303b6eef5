//! The timeline of a lead.

use jiff::Timestamp;

use crate::{
    id::{ActivityId, ApiKeyId, LeadId, MergeId, ReasonId, StageId, SubmissionId, UserId},
    lead_field::LeadField,
    score::Grade,
    task::{TaskField, Todo},
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
    /// It was given to another member, or put back into the queue. Whose it was from its beginning is told by no entry.
    Assigned(Assignment),
    /// Somebody planned what is to be done.
    Planned(Todo),
    /// Somebody changed what is to be done: as it is from then on, and which of it was otherwise.
    Replanned(Todo, Vec<TaskField>),
    /// Somebody did what was to be done.
    Finished(Line),
    /// What was done is to be done again.
    Reopened(Line),
    /// What was to be done was taken away.
    Dropped(Line),
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
            | Self::Assigned(_)
            | Self::Planned(_)
            | Self::Replanned(..)
            | Self::Finished(_)
            | Self::Reopened(_)
            | Self::Dropped(_)
            | Self::Created
            | Self::Changed(_)
            | Self::Graded { .. }
            | Self::Merged(_)
            | Self::Separated(_) => None,
        }
    }

    /// The title of the task it is about, if it is about one.
    pub const fn task(&self) -> Option<&Line> {
        match self {
            Self::Planned(todo) | Self::Replanned(todo, _) => Some(&todo.title),
            Self::Finished(title) | Self::Reopened(title) | Self::Dropped(title) => Some(title),
            Self::Submitted(_)
            | Self::Noted(_)
            | Self::Called(_)
            | Self::Mailed(_)
            | Self::Met(_)
            | Self::Assigned(_)
            | Self::Created
            | Self::Changed(_)
            | Self::Moved(_)
            | Self::Graded { .. }
            | Self::Merged(_)
            | Self::Separated(_) => None,
        }
    }

    /// Whether something happened to the lead by it, so that the lead is not stale. Who is to work on it, what is planned
    /// and how it is graded is told, but nothing has happened yet: a lead that goes from hand to hand still becomes stale.
    pub const fn is_activity(&self) -> bool {
        match self {
            Self::Submitted(_)
            | Self::Noted(_)
            | Self::Called(_)
            | Self::Mailed(_)
            | Self::Met(_)
            | Self::Finished(_)
            | Self::Created
            | Self::Changed(_)
            | Self::Moved(_)
            | Self::Merged(_)
            | Self::Separated(_) => true,
            Self::Assigned(_)
            | Self::Planned(_)
            | Self::Replanned(..)
            | Self::Reopened(_)
            | Self::Dropped(_)
            | Self::Graded { .. } => false,
        }
    }
}

/// A lead goes from one member to another; nobody is the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// Whose it was.
    pub from: Option<UserId>,
    /// Whose it is.
    pub to: Option<UserId>,
}

impl Assignment {
    /// From one to the other; nothing if they are the same.
    pub fn between(from: Option<UserId>, to: Option<UserId>) -> Option<Self> {
        (from != to).then_some(Self { from, to })
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
