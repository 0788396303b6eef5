use async_trait::async_trait;
use qualify_domain::{
    activity::{Activity, What},
    audit::Target,
    id::{ActivityId, LeadId, StageId, SubmissionId, UserId},
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
    submission_id: Option<Uuid>,
    note: Option<String>,
    from_stage_id: Option<Uuid>,
    to_stage_id: Option<Uuid>,
}

impl TryFrom<ActivityRow> for Activity {
    type Error = StorageError;

    fn try_from(row: ActivityRow) -> Result<Self, StorageError> {
        let what = match (row.submission_id, row.note, row.from_stage_id.zip(row.to_stage_id)) {
            (Some(submission), None, None) => What::Submitted(SubmissionId(submission)),
            (None, Some(note), None) => What::Noted(value(&note)?),
            (None, None, Some((from, to))) => What::Moved { from: StageId(from), to: StageId(to) },
            _ => return Err(corrupt("activity")),
        };
        Ok(Self {
            id: ActivityId(row.id),
            lead: LeadId(row.lead_id),
            at: timestamp(row.at)?,
            author: row.author_id.map(UserId),
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
            What::Moved { from, to } => ("moved", None, None, Some((from.0, to.0))),
        };
        sqlx::query!(
            "INSERT INTO activities (organization_id, id, lead_id, at, author_id, kind, submission_id, note,
                from_stage_id, to_stage_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            self.organization,
            activity.id.0,
            activity.lead.0,
            instant(activity.at),
            activity.author.map(|author| author.0),
            kind,
            submission,
            note,
            moved.map(|(from, _)| from),
            moved.map(|(_, to)| to),
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
            "SELECT id, lead_id, at, author_id, submission_id, note, from_stage_id, to_stage_id
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
