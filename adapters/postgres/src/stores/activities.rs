use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    activity::{Activity, Assignment, Author, Move, What},
    audit::Target,
    id::{ActivityId, ApiKeyId, LeadId, MergeId, ReasonId, StageId, SubmissionId, UserId},
    task::Todo,
    text::Line,
};
use qualify_ports::storage::{ActivityPlace, ActivityStore, Slice, StorageError};
use time::{Date, OffsetDateTime};
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{date, day, instant, optional, timestamp, value, values},
};

struct ActivityRow {
    id: Uuid,
    lead_id: Uuid,
    at: OffsetDateTime,
    author_id: Option<Uuid>,
    author_key_id: Option<Uuid>,
    kind: String,
    submission_id: Option<Uuid>,
    note: Option<String>,
    from_stage_id: Option<Uuid>,
    to_stage_id: Option<Uuid>,
    spent_seconds: Option<i64>,
    reason_id: Option<Uuid>,
    fields: Vec<String>,
    from_grade: Option<String>,
    to_grade: Option<String>,
    merge_id: Option<Uuid>,
    from_owner_id: Option<Uuid>,
    to_owner_id: Option<Uuid>,
    due_on: Option<Date>,
}

impl ActivityRow {
    fn what(&self) -> Result<What, StorageError> {
        let words = optional(self.note.as_deref())?;
        let missing = || corrupt("activity");
        Ok(match &*self.kind {
            "submitted" => What::Submitted(SubmissionId(self.submission_id.ok_or_else(missing)?)),
            "noted" => What::Noted(words.ok_or_else(missing)?),
            "called" => What::Called(words.ok_or_else(missing)?),
            "mailed" => What::Mailed(words.ok_or_else(missing)?),
            "met" => What::Met(words.ok_or_else(missing)?),
            "assigned" => {
                What::Assigned(Assignment { from: self.from_owner_id.map(UserId), to: self.to_owner_id.map(UserId) })
            }
            "task_made" => What::Planned(self.todo()?),
            "task_changed" => What::Replanned(self.todo()?, values(&self.fields)?),
            "task_done" => What::Finished(self.title()?),
            "task_reopened" => What::Reopened(self.title()?),
            "task_removed" => What::Dropped(self.title()?),
            "created" => What::Created,
            "merged" => What::Merged(self.merge_id.map(MergeId).ok_or_else(missing)?),
            "separated" => What::Separated(self.merge_id.map(MergeId).ok_or_else(missing)?),
            "changed" => What::Changed(values(&self.fields)?),
            "moved" => What::Moved(Move {
                from: self.from_stage_id.map(StageId).ok_or_else(missing)?,
                to: self.to_stage_id.map(StageId).ok_or_else(missing)?,
                spent_seconds: self.spent_seconds.map(i64::unsigned_abs),
                reason: self.reason_id.map(ReasonId),
                note: words,
            }),
            "graded" => What::Graded {
                from: value(self.from_grade.as_deref().ok_or_else(missing)?)?,
                to: value(self.to_grade.as_deref().ok_or_else(missing)?)?,
            },
            _ => return Err(missing()),
        })
    }

    /// The title of the task.
    fn title(&self) -> Result<Line, StorageError> {
        optional(self.note.as_deref())?.ok_or_else(|| corrupt("activity"))
    }

    fn todo(&self) -> Result<Todo, StorageError> {
        Ok(Todo {
            title: self.title()?,
            due_on: self.due_on.map(day).transpose()?,
            owner: self.to_owner_id.map(UserId).ok_or_else(|| corrupt("activity"))?,
        })
    }
}

impl TryFrom<ActivityRow> for Activity {
    type Error = StorageError;

    fn try_from(row: ActivityRow) -> Result<Self, StorageError> {
        let program = row.author_key_id.map(|key| Author::Program(ApiKeyId(key)));
        Ok(Self {
            id: ActivityId(row.id),
            lead: LeadId(row.lead_id),
            at: timestamp(row.at)?,
            author: row.author_id.map(|user| Author::Member(UserId(user))).or(program),
            what: row.what()?,
        })
    }
}

/// The member and the program, as rows keep them.
pub(super) fn parts(author: Option<Author>) -> (Option<Uuid>, Option<Uuid>) {
    match author {
        Some(Author::Member(user)) => (Some(user.0), None),
        Some(Author::Program(key)) => (None, Some(key.0)),
        None => (None, None),
    }
}

pub(super) const fn kind(what: &What) -> &'static str {
    match what {
        What::Submitted(_) => "submitted",
        What::Noted(_) => "noted",
        What::Called(_) => "called",
        What::Mailed(_) => "mailed",
        What::Met(_) => "met",
        What::Assigned(_) => "assigned",
        What::Planned(_) => "task_made",
        What::Replanned(..) => "task_changed",
        What::Finished(_) => "task_done",
        What::Reopened(_) => "task_reopened",
        What::Dropped(_) => "task_removed",
        What::Created => "created",
        What::Changed(_) => "changed",
        What::Moved(_) => "moved",
        What::Graded { .. } => "graded",
        What::Merged(_) => "merged",
        What::Separated(_) => "separated",
    }
}

pub(super) fn note(what: &What) -> Option<&str> {
    what.task().map(|title| &**title).or(what.words().map(|words| &**words))
}

/// What changed, by the words of the fields.
pub(super) fn fields(what: &What) -> Vec<String> {
    match what {
        What::Changed(fields) => fields.iter().map(ToString::to_string).collect(),
        What::Replanned(_, fields) => fields.iter().map(|field| field.code().to_owned()).collect(),
        _ => Vec::new(),
    }
}

/// What else an entry's row keeps, as its kind has it.
#[derive(Default)]
pub(super) struct Details {
    pub submission: Option<Uuid>,
    pub from_stage: Option<Uuid>,
    pub to_stage: Option<Uuid>,
    pub spent_seconds: Option<i64>,
    pub reason: Option<Uuid>,
    pub from_grade: Option<String>,
    pub to_grade: Option<String>,
    pub merge: Option<Uuid>,
    pub from_owner: Option<Uuid>,
    pub to_owner: Option<Uuid>,
    pub due_on: Option<Date>,
}

impl Details {
    pub(super) fn of(what: &What) -> Self {
        let none = Self::default();
        match what {
            What::Submitted(submission) => Self { submission: Some(submission.0), ..none },
            What::Moved(moved) => Self {
                from_stage: Some(moved.from.0),
                to_stage: Some(moved.to.0),
                spent_seconds: moved.spent_seconds.and_then(|seconds| i64::try_from(seconds).ok()),
                reason: moved.reason.map(|reason| reason.0),
                ..none
            },
            What::Graded { from, to } => {
                Self { from_grade: Some(from.to_string()), to_grade: Some(to.to_string()), ..none }
            }
            What::Merged(merge) | What::Separated(merge) => Self { merge: Some(merge.0), ..none },
            What::Assigned(Assignment { from, to }) => {
                Self { from_owner: from.map(|from| from.0), to_owner: to.map(|to| to.0), ..none }
            }
            What::Planned(todo) | What::Replanned(todo, _) => {
                Self { to_owner: Some(todo.owner.0), due_on: todo.due_on.map(date), ..none }
            }
            What::Noted(_)
            | What::Called(_)
            | What::Mailed(_)
            | What::Met(_)
            | What::Finished(_)
            | What::Reopened(_)
            | What::Dropped(_)
            | What::Created
            | What::Changed(_) => none,
        }
    }
}

#[async_trait]
impl ActivityStore for Work {
    async fn insert(&mut self, activity: &Activity) -> Result<(), StorageError> {
        let what = &activity.what;
        let (fields, details) = (fields(what), Details::of(what));
        let (author, program) = parts(activity.author);
        // The lead remembers its latest activity; its version tells of changes only.
        sqlx::query!(
            "WITH kept AS (
                INSERT INTO activities (organization_id, id, lead_id, at, author_id, kind, submission_id, note,
                    from_stage_id, to_stage_id, author_key_id, spent_seconds, reason_id, fields,
                    from_grade, to_grade, merge_id, from_owner_id, to_owner_id, due_on)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)
            )
            UPDATE leads SET last_activity_at = $4
            WHERE $21 AND organization_id = $1 AND id = $3 AND last_activity_at < $4",
            self.organization,
            activity.id.0,
            activity.lead.0,
            instant(activity.at),
            author,
            kind(what),
            details.submission,
            note(what),
            details.from_stage,
            details.to_stage,
            program,
            details.spent_seconds,
            details.reason,
            &fields,
            details.from_grade.as_deref(),
            details.to_grade.as_deref(),
            details.merge,
            details.from_owner,
            details.to_owner,
            details.due_on,
            what.is_activity(),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        // A move, a change, a merge or another owner is told by the lead's own, a plan by the task's; what was sent is
        // evidence itself.
        match what {
            What::Noted(_) => self.touched(Target::Lead(activity.lead), &["note"]),
            What::Called(_) | What::Mailed(_) | What::Met(_) => self.touched(Target::Lead(activity.lead), &["contact"]),
            What::Submitted(_)
            | What::Assigned(_)
            | What::Planned(_)
            | What::Replanned(..)
            | What::Finished(_)
            | What::Reopened(_)
            | What::Dropped(_)
            | What::Created
            | What::Changed(_)
            | What::Moved(_)
            | What::Graded { .. }
            | What::Merged(_)
            | What::Separated(_) => {}
        }
        Ok(())
    }

    async fn page(
        &mut self,
        lead: LeadId,
        after: Option<ActivityPlace>,
        limit: u16,
    ) -> Result<Slice<Activity, ActivityPlace>, StorageError> {
        // The end of time stands before all entries: so the index finds the place, whichever it is.
        let (before, id) = after.map_or((Timestamp::MAX, Uuid::max()), |place| (place.at, place.id.0));
        let rows = sqlx::query_as!(
            ActivityRow,
            "SELECT id, lead_id, at, author_id, author_key_id, kind, submission_id, note, from_stage_id, to_stage_id,
                spent_seconds, reason_id, fields, from_grade, to_grade, merge_id, from_owner_id, to_owner_id, due_on
            FROM activities AS a
            WHERE organization_id = $1 AND lead_id = $2 AND (at, id) < ($5, $6) AND ($4::uuid[] IS NULL OR EXISTS (
                SELECT FROM leads AS l WHERE l.organization_id = $1 AND l.id = a.lead_id
                    AND (l.owner_id = ANY ($4) OR l.owner_id IS NULL)
            ))
            ORDER BY at DESC, id DESC LIMIT $3",
            self.organization,
            lead.0,
            i64::from(limit) + 1,
            self.owners.as_deref() as _,
            instant(before),
            id,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let more = rows.len() > usize::from(limit);
        let rows = rows.into_iter().take(limit.into());
        let items = rows.map(Activity::try_from).collect::<Result<Vec<_>, _>>()?;
        let next = items.last().filter(|_| more).map(|last| ActivityPlace { at: last.at, id: last.id });
        Ok(Slice { items, next })
    }
}
