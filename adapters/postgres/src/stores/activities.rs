use async_trait::async_trait;
use qualify_domain::{
    activity::{Activity, Author, What},
    audit::Target,
    id::{ActivityId, ApiKeyId, LeadId, StageId, SubmissionId, UserId},
};
use qualify_ports::storage::{ActivityStore, StorageError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{instant, timestamp, value},
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
    from_grade: Option<String>,
    to_grade: Option<String>,
}

impl TryFrom<ActivityRow> for Activity {
    type Error = StorageError;

    fn try_from(row: ActivityRow) -> Result<Self, StorageError> {
        let moved = row.from_stage_id.zip(row.to_stage_id);
        let what = match (&*row.kind, row.submission_id, row.note, moved) {
            ("submitted", Some(submission), None, None) => What::Submitted(SubmissionId(submission)),
            ("noted", None, Some(note), None) => What::Noted(value(&note)?),
            ("moved", None, None, Some((from, to))) => What::Moved { from: StageId(from), to: StageId(to) },
            ("created", None, None, None) => What::Created,
            ("changed", None, None, None) => What::Changed,
            ("graded", None, None, None) => match (row.from_grade.as_deref(), row.to_grade.as_deref()) {
                (Some(from), Some(to)) => What::Graded { from: value(from)?, to: value(to)? },
                _ => return Err(corrupt("activity")),
            },
            _ => return Err(corrupt("activity")),
        };
        let program = row.author_key_id.map(|key| Author::Program(ApiKeyId(key)));
        Ok(Self {
            id: ActivityId(row.id),
            lead: LeadId(row.lead_id),
            at: timestamp(row.at)?,
            author: row.author_id.map(|user| Author::Member(UserId(user))).or(program),
            what,
        })
    }
}

#[async_trait]
impl ActivityStore for Work {
    async fn insert(&mut self, activity: &Activity) -> Result<(), StorageError> {
        let (kind, submission, note, moved) = match &activity.what {
            What::Submitted(submission) => ("submitted", Some(submission.0), None, None),
            What::Noted(note) => ("noted", None, Some(&**note), None),
            What::Created => ("created", None, None, None),
            What::Changed => ("changed", None, None, None),
            What::Moved { from, to } => ("moved", None, None, Some((from.0, to.0))),
            What::Graded { .. } => ("graded", None, None, None),
        };
        let grades = match activity.what {
            What::Graded { from, to } => Some((from.to_string(), to.to_string())),
            _ => None,
        };
        let (author, program) = match activity.author {
            Some(Author::Member(user)) => (Some(user.0), None),
            Some(Author::Program(key)) => (None, Some(key.0)),
            None => (None, None),
        };
        sqlx::query!(
            "INSERT INTO activities (organization_id, id, lead_id, at, author_id, kind, submission_id, note,
                from_stage_id, to_stage_id, author_key_id, from_grade, to_grade)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            self.organization,
            activity.id.0,
            activity.lead.0,
            instant(activity.at),
            author,
            kind,
            submission,
            note,
            moved.map(|(from, _)| from),
            moved.map(|(_, to)| to),
            program,
            grades.as_ref().map(|(from, _)| from),
            grades.as_ref().map(|(_, to)| to),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        // A move is told by the lead's own change; what was sent is evidence itself.
        if let What::Noted(_) = activity.what {
            self.touched(Target::Lead(activity.lead), &["note"]);
        }
        Ok(())
    }

    async fn of_lead(&mut self, lead: LeadId, limit: u16) -> Result<Vec<Activity>, StorageError> {
        let rows = sqlx::query_as!(
            ActivityRow,
            "SELECT id, lead_id, at, author_id, author_key_id, kind, submission_id, note, from_stage_id, to_stage_id,
                from_grade, to_grade
            FROM activities AS a
            WHERE organization_id = $1 AND lead_id = $2 AND ($4::uuid[] IS NULL OR EXISTS (
                SELECT FROM leads AS l WHERE l.organization_id = $1 AND l.id = a.lead_id
                    AND (l.owner_id = ANY ($4) OR l.owner_id IS NULL)
            ))
            ORDER BY at DESC, id DESC LIMIT $3",
            self.organization,
            lead.0,
            i64::from(limit),
            self.owners.as_deref() as _,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Activity::try_from).collect()
    }
}
