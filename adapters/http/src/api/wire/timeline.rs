//! The timeline of a lead, in the words of the API.

use jiff::{Timestamp, civil::Date};
use qualify_domain::{
    activity::{Activity, Assignment, Author, What},
    id::MergeId,
    merge::Merge,
    task::Todo,
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
    /// It was given to another member, or put back into the queue: see `assigned`.
    Assigned,
    /// Somebody made a task: `text` is its title, see `task`.
    TaskMade,
    /// Somebody changed a task: `text` is its title from then on, see `task`, and `fields` for what was otherwise.
    TaskChanged,
    /// Somebody did what was to be done: `text` is the title of the task.
    TaskDone,
    /// A task that was done is to be done again: `text` is its title.
    TaskReopened,
    /// Somebody took a task away: `text` is its title.
    TaskRemoved,
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
            What::Assigned(_) => Self::Assigned,
            What::Planned(_) => Self::TaskMade,
            What::Replanned(..) => Self::TaskChanged,
            What::Finished(_) => Self::TaskDone,
            What::Reopened(_) => Self::TaskReopened,
            What::Dropped(_) => Self::TaskRemoved,
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

/// From whom to whom a lead went.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssignedBody {
    /// The member whose it was; null is the queue. One who left since is none of `GET /api/v1/members`.
    from: Option<Uuid>,
    /// The member whose it is; null is the queue.
    to: Option<Uuid>,
}

impl From<Assignment> for AssignedBody {
    fn from(given: Assignment) -> Self {
        Self { from: given.from.map(|from| from.0), to: given.to.map(|to| to.0) }
    }
}

/// What was to be done, as it was then.
#[derive(Debug, Serialize, ToSchema)]
pub struct TodoBody {
    /// The member who was to do it.
    owner: Uuid,
    /// By which day.
    #[schema(value_type = Option<String>, format = Date, example = "2026-12-01")]
    due_on: Option<Date>,
}

impl From<&Todo> for TodoBody {
    fn from(todo: &Todo) -> Self {
        Self { owner: todo.owner.0, due_on: todo.due_on }
    }
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
    /// When the merge was undone; null if it was not.
    #[schema(value_type = Option<String>, format = DateTime)]
    undone_at: Option<Timestamp>,
    /// Until when the merge can be undone, a later one into the same lead first; null if it was undone or it is too late.
    #[schema(value_type = Option<String>, format = DateTime)]
    undoable_until: Option<Timestamp>,
}

impl OfMergeBody {
    fn of(id: MergeId, merges: &[Merge], now: Timestamp) -> Self {
        let merge = merges.iter().find(|merge| merge.id == id);
        Self {
            id: id.0,
            other: merge.map(|merge| merge.merged.0),
            undone_at: merge.and_then(|merge| merge.undone_at),
            undoable_until: merge.and_then(|merge| merge.still_undoable_until(now)),
        }
    }
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
    /// The words that somebody wrote, or the title of the task.
    #[schema(example = "Wants an offer by Friday.")]
    text: Option<String>,
    /// What the person sent.
    submission: Option<SentBody>,
    /// Which fields changed: `name`, `email`, `phone`, `company`, `tags`, or `property:` with the id of one of the
    /// organization's own; of a task `title`, `due_on`, `reminder` or `owner`.
    #[schema(example = json!(["phone"]))]
    fields: Option<Vec<String>>,
    /// From whom to whom it went.
    assigned: Option<AssignedBody>,
    /// The task as it was then.
    task: Option<TodoBody>,
    /// From where to where it moved.
    moved: Option<MovedBody>,
    /// From which grade to which it went.
    grades: Option<GradesBody>,
    /// The merge.
    merge: Option<OfMergeBody>,
}

impl EntryBody {
    fn of(entry: &Activity, timeline: &Timeline, now: Timestamp) -> Self {
        let what = &entry.what;
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
            text: what.task().map(ToString::to_string).or(what.words().map(ToString::to_string)),
            submission: match what {
                What::Submitted(id) => timeline.submissions.iter().find(|sent| sent.id == *id).map(Into::into),
                _ => None,
            },
            fields: match what {
                What::Changed(fields) => Some(fields.iter().map(ToString::to_string).collect()),
                What::Replanned(_, fields) => Some(fields.iter().map(|field| field.code().to_owned()).collect()),
                _ => None,
            },
            assigned: match what {
                What::Assigned(given) => Some((*given).into()),
                _ => None,
            },
            task: match what {
                What::Planned(todo) | What::Replanned(todo, _) => Some(todo.into()),
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
                What::Merged(id) | What::Separated(id) => Some(OfMergeBody::of(*id, &timeline.merges, now)),
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

impl TimelinePart {
    /// A part of a timeline at `now`.
    pub fn of(timeline: &Timeline, now: Timestamp) -> Self {
        Self {
            items: timeline.entries.items.iter().map(|entry| EntryBody::of(entry, timeline, now)).collect(),
            next: timeline.entries.next.map(cursor::written_entry),
        }
    }
}
