//! The timeline of a lead, in the words of the API.

use jiff::Timestamp;
use qualify_domain::{
    activity::{Activity, Author, What},
    id::MergeId,
};
use qualify_usecases::Timeline;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::SentBody;
use crate::api::cursor;

/// What happened to a lead.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKindCode {
    /// The person sent a form: see `submission`.
    Submitted,
    /// Somebody wrote a note: see `text`.
    Note,
    /// Somebody called the person: see `text`.
    Call,
    /// Somebody wrote to the person: see `text`.
    Email,
    /// Somebody met the person: see `text`.
    Meeting,
    /// Somebody did what was to be done: `text` is the title of the task.
    TaskDone,
    /// It was made without a form.
    Created,
    /// What is known of the person changed: see `fields`.
    Changed,
    /// It moved to another stage: see `moved`, and `text` for what was said about it.
    Moved,
    /// Its score changed so far that its grade is another: see `grades`.
    Graded,
    /// Another lead of the same person was merged into it: see `merge`.
    Merged,
    /// A merge into it was undone: see `merge`.
    Separated,
}

impl From<&What> for EntryKindCode {
    fn from(what: &What) -> Self {
        match what {
            What::Submitted(_) => Self::Submitted,
            What::Noted(_) => Self::Note,
            What::Called(_) => Self::Call,
            What::Mailed(_) => Self::Email,
            What::Met(_) => Self::Meeting,
            What::Finished(_) => Self::TaskDone,
            What::Created => Self::Created,
            What::Changed(_) => Self::Changed,
            What::Moved(_) => Self::Moved,
            What::Graded { .. } => Self::Graded,
            What::Merged(_) => Self::Merged,
            What::Separated(_) => Self::Separated,
        }
    }
}

/// A move from one stage to another.
#[derive(Debug, Serialize, ToSchema)]
pub struct MovedBody {
    /// The stage in which it stood; one that was taken out since is none of `GET /api/v1/stages`.
    from: Uuid,
    /// The stage in which it stands.
    to: Uuid,
    /// How long it had stood there, in seconds.
    spent_seconds: Option<u64>,
    /// Why it was given up, if it was.
    reason: Option<Uuid>,
}

/// A change of grade.
#[derive(Debug, Serialize, ToSchema)]
pub struct GradesBody {
    /// What it was.
    #[schema(example = "B3")]
    from: String,
    /// What it is.
    #[schema(example = "A2")]
    to: String,
}

/// A merge, or the undoing of one.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfMergeBody {
    /// The merge's id: with it the merge is undone.
    id: Uuid,
    /// The lead that went, and is there again if the merge was undone.
    other: Option<Uuid>,
}

/// One entry of a lead's timeline. What does not belong to its kind is null.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryBody {
    /// Its id.
    id: Uuid,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What happened.
    kind: EntryKindCode,
    /// The member who did it, if one did.
    member: Option<Uuid>,
    /// The API key that did it, if one did.
    key: Option<Uuid>,
    /// The words that somebody wrote.
    #[schema(example = "Wants an offer by Friday.")]
    text: Option<String>,
    /// What the person sent.
    submission: Option<SentBody>,
    /// Which fields changed: `name`, `email`, `phone`, `company`, `tags`, or `property:` with the id of one of the
    /// organization's own.
    #[schema(example = json!(["phone"]))]
    fields: Option<Vec<String>>,
    /// From where to where it moved.
    moved: Option<MovedBody>,
    /// From which grade to which it went.
    grades: Option<GradesBody>,
    /// The merge.
    merge: Option<OfMergeBody>,
}

impl EntryBody {
    fn of(entry: &Activity, timeline: &Timeline) -> Self {
        let what = &entry.what;
        let other = |id: MergeId| timeline.merges.iter().find(|merge| merge.id == id).map(|merge| merge.merged.0);
        let (member, key) = match entry.author {
            Some(Author::Member(member)) => (Some(member.0), None),
            Some(Author::Program(key)) => (None, Some(key.0)),
            None => (None, None),
        };
        Self {
            id: entry.id.0,
            at: entry.at,
            kind: what.into(),
            member,
            key,
            text: match what {
                What::Finished(title) => Some(title.to_string()),
                what => what.words().map(ToString::to_string),
            },
            submission: match what {
                What::Submitted(id) => timeline.submissions.iter().find(|sent| sent.id == *id).map(Into::into),
                _ => None,
            },
            fields: match what {
                What::Changed(fields) => Some(fields.iter().map(ToString::to_string).collect()),
                _ => None,
            },
            moved: match what {
                What::Moved(moved) => Some(MovedBody {
                    from: moved.from.0,
                    to: moved.to.0,
                    spent_seconds: moved.spent_seconds,
                    reason: moved.reason.map(|reason| reason.0),
                }),
                _ => None,
            },
            grades: match what {
                What::Graded { from, to } => Some(GradesBody { from: from.to_string(), to: to.to_string() }),
                _ => None,
            },
            merge: match what {
                What::Merged(id) | What::Separated(id) => Some(OfMergeBody { id: id.0, other: other(*id) }),
                _ => None,
            },
        }
    }
}

/// A part of a lead's timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelinePart {
    /// The entries, newest first.
    items: Vec<EntryBody>,
    /// What to send as `after` for the next part; null if this is the last.
    next: Option<String>,
}

impl From<&Timeline> for TimelinePart {
    fn from(timeline: &Timeline) -> Self {
        Self {
            items: timeline.entries.items.iter().map(|entry| EntryBody::of(entry, timeline)).collect(),
            next: timeline.entries.next.map(cursor::written_entry),
        }
    }
}
