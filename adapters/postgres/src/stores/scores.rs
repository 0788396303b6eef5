use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    activity::Author,
    audit::{FieldChange, Target},
    id::{ApiKeyId, LeadId, OrganizationId, UserId},
    property::Property,
    score::{Breakdown, Draft, Edition, Rulebook},
};
use qualify_ports::storage::{Candidate, KeptScore, ScoreStore, Scored, Scoring, StorageError};
use serde::de::DeserializeOwned;
use sqlx::types::{Json, JsonValue};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    score_batch,
    tx::Work,
    values::{instant, timestamp},
};

struct EditionRow {
    version: i32,
    book: JsonValue,
    made_at: OffsetDateTime,
    author_id: Option<Uuid>,
    author_key_id: Option<Uuid>,
}

impl TryFrom<EditionRow> for Edition {
    type Error = StorageError;

    fn try_from(row: EditionRow) -> Result<Self, StorageError> {
        let program = row.author_key_id.map(|key| Author::Program(ApiKeyId(key)));
        Ok(Self {
            version: row.version,
            book: read::<Rulebook>(row.book, "rules")?,
            made_at: timestamp(row.made_at)?,
            made_by: row.author_id.map(|user| Author::Member(UserId(user))).or(program),
        })
    }
}

/// What was kept as JSON.
fn read<T: DeserializeOwned>(kept: JsonValue, what: &'static str) -> Result<T, StorageError> {
    serde_json::from_value(kept).map_err(|_| corrupt(what))
}

#[async_trait]
impl ScoreStore for Work {
    async fn newest(&mut self) -> Result<Option<Edition>, StorageError> {
        Ok(self.editions(None, 1).await?.into_iter().next())
    }

    async fn edition(&mut self, version: i32) -> Result<Option<Edition>, StorageError> {
        let row = sqlx::query_as!(
            EditionRow,
            "SELECT version, book, made_at, author_id, author_key_id FROM score_editions
            WHERE organization_id = $1 AND version = $2",
            self.organization,
            version,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(Edition::try_from).transpose()
    }

    async fn editions(&mut self, before: Option<i32>, limit: u16) -> Result<Vec<Edition>, StorageError> {
        let rows = sqlx::query_as!(
            EditionRow,
            "SELECT version, book, made_at, author_id, author_key_id FROM score_editions
            WHERE organization_id = $1 AND version < $2 ORDER BY version DESC LIMIT $3",
            self.organization,
            before.unwrap_or(i32::MAX),
            i64::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Edition::try_from).collect()
    }

    async fn put_into_force(&mut self, edition: &Edition) -> Result<(), StorageError> {
        let (author, program) = match edition.made_by {
            Some(Author::Member(user)) => (Some(user.0), None),
            Some(Author::Program(key)) => (None, Some(key.0)),
            None => (None, None),
        };
        sqlx::query!(
            "INSERT INTO score_editions (organization_id, version, book, made_at, author_id, author_key_id)
            VALUES ($1, $2, $3, $4, $5, $6)",
            self.organization,
            edition.version,
            Json(&edition.book) as _,
            instant(edition.made_at),
            author,
            program,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        let change = FieldChange::between("score_rules", edition.version - 1, edition.version);
        self.changed(Target::Organization(OrganizationId(self.organization)), vec![change]);
        Ok(())
    }

    async fn settle(&mut self, version: i32, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE score_editions SET settled_at = $3
            WHERE organization_id = $1 AND version <= $2 AND settled_at IS NULL",
            self.organization,
            version,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn scoring(&mut self, version: i32) -> Result<Scoring, StorageError> {
        let counts = sqlx::query!(
            r#"SELECT count(*) AS "all!", count(*) FILTER (WHERE version IS NULL OR version < $2) AS "waiting!"
            FROM lead_scores WHERE organization_id = $1"#,
            self.organization,
            version,
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        let number = |count: i64| u64::try_from(count).map_err(|_| corrupt("count"));
        Ok(Scoring { all: number(counts.all)?, waiting: number(counts.waiting)? })
    }

    async fn draft(&mut self, of: UserId) -> Result<Option<Draft>, StorageError> {
        let row = sqlx::query!(
            "SELECT base, book FROM score_drafts WHERE organization_id = $1 AND user_id = $2",
            self.organization,
            of.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(|row| Ok(Draft { base: row.base, book: read(row.book, "draft")? })).transpose()
    }

    async fn keep_draft(&mut self, of: UserId, draft: &Draft) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO score_drafts (organization_id, user_id, base, book) VALUES ($1, $2, $3, $4)
            ON CONFLICT (organization_id, user_id) DO UPDATE SET base = EXCLUDED.base, book = EXCLUDED.book",
            self.organization,
            of.0,
            draft.base,
            Json(&draft.book) as _,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn discard_draft(&mut self, of: UserId) -> Result<bool, StorageError> {
        let gone = sqlx::query!(
            "DELETE FROM score_drafts WHERE organization_id = $1 AND user_id = $2",
            self.organization,
            of.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(gone.rows_affected() > 0)
    }

    async fn due(&mut self, now: Timestamp, limit: u16) -> Result<Vec<LeadId>, StorageError> {
        let leads = sqlx::query_scalar!(
            "SELECT lead_id FROM lead_scores
            WHERE organization_id = $1 AND due_at < 'infinity' AND due_at <= $2 ORDER BY due_at LIMIT $3",
            self.organization,
            instant(now),
            i64::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(leads.into_iter().map(LeadId).collect())
    }

    async fn outdated(&mut self, version: i32, limit: u16) -> Result<Vec<LeadId>, StorageError> {
        let leads = sqlx::query_scalar!(
            "SELECT lead_id FROM lead_scores WHERE organization_id = $1 AND version < $2
            ORDER BY version, lead_id LIMIT $3",
            self.organization,
            version,
            i64::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(leads.into_iter().map(LeadId).collect())
    }

    async fn sample(&mut self, limit: u32) -> Result<(u64, Vec<LeadId>), StorageError> {
        score_batch::sample(self, limit).await
    }

    async fn following(&mut self, after: Option<LeadId>, limit: u16) -> Result<Vec<LeadId>, StorageError> {
        score_batch::following(self, after, limit).await
    }

    async fn candidates(&mut self, leads: &[LeadId], own: &[Property]) -> Result<Vec<Candidate>, StorageError> {
        score_batch::candidates(self, leads, own).await
    }

    async fn keep(&mut self, scores: &[Scored], version: i32, now: Timestamp) -> Result<Vec<LeadId>, StorageError> {
        score_batch::keep(self, scores, version, now).await
    }

    async fn of_lead(&mut self, lead: LeadId) -> Result<Option<KeptScore>, StorageError> {
        let row = sqlx::query!(
            r#"SELECT s.version AS "version!", s.scored_at AS "scored_at!", s.breakdown AS "breakdown!"
            FROM lead_scores AS s JOIN leads AS l ON l.organization_id = s.organization_id AND l.id = s.lead_id
            WHERE s.organization_id = $1 AND s.lead_id = $2 AND s.version IS NOT NULL
                AND ($3::uuid[] IS NULL OR l.owner_id = ANY ($3) OR l.owner_id IS NULL)"#,
            self.organization,
            lead.0,
            self.owners.as_deref() as _,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(|row| {
            Ok(KeptScore {
                version: row.version,
                scored_at: timestamp(row.scored_at)?,
                breakdown: read::<Breakdown>(row.breakdown, "breakdown")?,
            })
        })
        .transpose()
    }
}
