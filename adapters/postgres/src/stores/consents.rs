use async_trait::async_trait;
use qualify_domain::{
    audit::Target,
    consent::{About, ConsentEvent, ConsentLink, LinkUse, Matter},
    id::{ConsentEventId, ConsentLinkId, LeadId, SubmissionId},
};
use qualify_ports::storage::{ConsentStore, StorageError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{digest, instant, timestamp, value},
};

struct EventRow {
    id: Uuid,
    submission_id: Option<Uuid>,
    lead_id: Option<Uuid>,
    matter: String,
    kind: String,
    awaits_confirmation: bool,
    wording: Option<Vec<u8>>,
    notice: Option<Vec<u8>>,
    method: String,
    at: OffsetDateTime,
}

impl TryFrom<EventRow> for ConsentEvent {
    type Error = StorageError;

    fn try_from(row: EventRow) -> Result<Self, StorageError> {
        let about = match (row.submission_id, row.lead_id) {
            (Some(submission), _) => About::Submission(SubmissionId(submission)),
            (None, Some(lead)) => About::Lead(LeadId(lead)),
            (None, None) => return Err(corrupt("entry about nothing")),
        };
        Ok(Self {
            id: ConsentEventId(row.id),
            about,
            matter: value(&row.matter)?,
            kind: value(&row.kind)?,
            awaits_confirmation: row.awaits_confirmation,
            wording: row.wording.as_deref().map(digest).transpose()?,
            notice: row.notice.as_deref().map(digest).transpose()?,
            method: value(&row.method)?,
            at: timestamp(row.at)?,
        })
    }
}

struct LinkRow {
    id: Uuid,
    submission_id: Uuid,
    matter: String,
    link_use: String,
    expires_at: Option<OffsetDateTime>,
    is_used: bool,
}

impl TryFrom<LinkRow> for ConsentLink {
    type Error = StorageError;

    fn try_from(row: LinkRow) -> Result<Self, StorageError> {
        Ok(Self {
            id: ConsentLinkId(row.id),
            submission: SubmissionId(row.submission_id),
            matter: value(&row.matter)?,
            link_use: value(&row.link_use)?,
            expires_at: row.expires_at.map(timestamp).transpose()?,
            is_used: row.is_used,
        })
    }
}

#[async_trait]
impl ConsentStore for Work {
    async fn of_lead(&mut self, lead: LeadId) -> Result<Vec<ConsentEvent>, StorageError> {
        let rows = sqlx::query_as!(
            EventRow,
            r#"SELECT id AS "id!", submission_id, lead_id, matter AS "matter!", kind AS "kind!",
                awaits_confirmation AS "awaits_confirmation!", wording, notice, method AS "method!", at AS "at!"
            FROM (
                SELECT e.* FROM submissions AS s
                JOIN consent_events AS e ON e.organization_id = s.organization_id AND e.submission_id = s.id
                WHERE s.organization_id = $1 AND s.lead_id = $2
                UNION ALL
                SELECT e.* FROM consent_events AS e WHERE e.organization_id = $1 AND e.lead_id = $2
            ) AS entries
            WHERE $3::uuid[] IS NULL OR EXISTS (SELECT FROM leads AS l WHERE l.organization_id = $1 AND l.id = $2
                AND (l.owner_id = ANY ($3) OR l.owner_id IS NULL))
            ORDER BY at, id"#,
            self.organization,
            lead.0,
            self.owners.as_deref() as _,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(ConsentEvent::try_from).collect()
    }

    async fn of_submission(&mut self, submission: SubmissionId) -> Result<Vec<ConsentEvent>, StorageError> {
        let rows = sqlx::query_as!(
            EventRow,
            "SELECT id, submission_id, lead_id, matter, kind, awaits_confirmation, wording, notice, method, at
            FROM consent_events WHERE organization_id = $1 AND submission_id = $2 ORDER BY at, id",
            self.organization,
            submission.0,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(ConsentEvent::try_from).collect()
    }

    async fn append(&mut self, event: &ConsentEvent) -> Result<(), StorageError> {
        let (submission, lead) = match event.about {
            About::Submission(submission) => (Some(submission), None),
            About::Lead(lead) => (None, Some(lead)),
        };
        sqlx::query!(
            "INSERT INTO consent_events (organization_id, id, submission_id, lead_id, matter, kind,
                awaits_confirmation, wording, notice, method, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            self.organization,
            event.id.0,
            submission.map(|submission| submission.0),
            lead.map(|lead| lead.0),
            event.matter.code(),
            event.kind.code(),
            event.awaits_confirmation,
            event.wording.as_ref().map(<[u8; 32]>::as_slice),
            event.notice.as_ref().map(<[u8; 32]>::as_slice),
            event.method.code(),
            instant(event.at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        let target = match event.about {
            About::Submission(submission) => Target::Submission(submission),
            About::Lead(lead) => Target::Lead(lead),
        };
        self.touched(target, &["consent"]);
        Ok(())
    }

    async fn link(
        &mut self,
        submission: SubmissionId,
        matter: Matter,
        link_use: LinkUse,
    ) -> Result<Option<(ConsentLink, [u8; 32])>, StorageError> {
        let row = sqlx::query!(
            "SELECT id, submission_id, matter, link_use, expires_at, is_used, digest FROM consent_links
            WHERE organization_id = $1 AND submission_id = $2 AND matter = $3 AND link_use = $4",
            self.organization,
            submission.0,
            matter.code(),
            link_use.code(),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let kept = digest(&row.digest)?;
        let link = LinkRow {
            id: row.id,
            submission_id: row.submission_id,
            matter: row.matter,
            link_use: row.link_use,
            expires_at: row.expires_at,
            is_used: row.is_used,
        };
        Ok(Some((link.try_into()?, kept)))
    }

    async fn insert_link(&mut self, link: &ConsentLink, digest: &[u8; 32]) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO consent_links (organization_id, id, submission_id, matter, link_use, digest, expires_at, is_used)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            self.organization,
            link.id.0,
            link.submission.0,
            link.matter.code(),
            link.link_use.code(),
            &digest[..],
            link.expires_at.map(instant),
            link.is_used,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn find_link(&mut self, digest: &[u8; 32]) -> Result<Option<ConsentLink>, StorageError> {
        let row = sqlx::query_as!(
            LinkRow,
            "SELECT id, submission_id, matter, link_use, expires_at, is_used FROM consent_links
            WHERE organization_id = $1 AND digest = $2",
            self.organization,
            &digest[..],
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(ConsentLink::try_from).transpose()
    }

    async fn use_link(&mut self, link: &ConsentLink) -> Result<bool, StorageError> {
        let used = sqlx::query!(
            "UPDATE consent_links SET is_used = true WHERE organization_id = $1 AND id = $2 AND NOT is_used",
            self.organization,
            link.id.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(used.rows_affected() == 1)
    }
}

impl Work {
    /// Says of one lead what was said of another that hangs on no submission. When two leads become one, or two again, what was
    /// refused is refused to both.
    pub(super) async fn repeat_consents(&mut self, from: LeadId, to: LeadId) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO consent_events (organization_id, id, lead_id, matter, kind, awaits_confirmation, wording, notice,
                method, at)
            SELECT organization_id, gen_random_uuid(), $3, matter, kind, awaits_confirmation, wording, notice, method, at
            FROM consent_events WHERE organization_id = $1 AND lead_id = $2",
            self.organization,
            from.0,
            to.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}
