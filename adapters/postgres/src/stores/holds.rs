use async_trait::async_trait;
use qualify_domain::{
    audit::{FieldChange, Target},
    hold::{Held, Hold},
    id::{HoldId, LeadId, SubmissionId, UserId},
    precedence::Claim,
};
use qualify_ports::storage::{HoldStore, StorageError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{date, day, instant, timestamp, value},
};

struct StoredHold {
    id: Uuid,
    reason: String,
    author_id: Uuid,
    placed_at: OffsetDateTime,
    review_on: time::Date,
    kinds: Vec<String>,
    records: Vec<Uuid>,
}

impl TryFrom<StoredHold> for Hold {
    type Error = StorageError;

    fn try_from(row: StoredHold) -> Result<Self, StorageError> {
        let records = row.kinds.iter().zip(row.records).map(|(kind, id)| held(kind, id));
        Ok(Self {
            id: HoldId(row.id),
            records: records.collect::<Result<_, _>>()?,
            reason: value(&row.reason)?,
            author: UserId(row.author_id),
            placed_at: timestamp(row.placed_at)?,
            review_on: day(row.review_on)?,
        })
    }
}

fn held(kind: &str, id: Uuid) -> Result<Held, StorageError> {
    match kind {
        "lead" => Ok(Held::Lead(LeadId(id))),
        "submission" => Ok(Held::Submission(SubmissionId(id))),
        "account" => Ok(Held::Account(UserId(id))),
        _ => Err(corrupt("kind of a record")),
    }
}

/// The kinds and ids of records, as the database keeps them.
fn parts<'r>(records: impl IntoIterator<Item = &'r Held>) -> (Vec<String>, Vec<Uuid>) {
    let parts = records.into_iter().map(|record| match record {
        Held::Lead(id) => ("lead", id.0),
        Held::Submission(id) => ("submission", id.0),
        Held::Account(id) => ("account", id.0),
    });
    parts.map(|(kind, id)| (kind.to_owned(), id)).unzip()
}

impl Work {
    /// Waits for whoever is giving these records a lead or erasing them, and lets nobody begin with it: leads first and then
    /// what was sent, in the order in which all others hold them.
    async fn keep_still(&mut self, records: &[Uuid]) -> Result<(), StorageError> {
        for lock in [
            sqlx::query!(
                "SELECT FROM leads WHERE organization_id = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE",
                self.organization,
                records,
            ),
            sqlx::query!(
                "SELECT FROM submissions WHERE organization_id = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE",
                self.organization,
                records,
            ),
            sqlx::query!(
                "SELECT FROM memberships WHERE organization_id = $1 AND user_id = ANY ($2) ORDER BY user_id FOR UPDATE",
                self.organization,
                records,
            ),
        ] {
            lock.execute(&mut *self.sql).await.map_err(failed)?;
        }
        Ok(())
    }
}

#[async_trait]
impl HoldStore for Work {
    async fn list(&mut self) -> Result<Vec<Hold>, StorageError> {
        let rows = sqlx::query_as!(
            StoredHold,
            r#"SELECT h.id, h.reason, h.author_id, h.placed_at, h.review_on,
                array_agg(r.kind ORDER BY r.kind, r.record_id) AS "kinds!",
                array_agg(r.record_id ORDER BY r.kind, r.record_id) AS "records!"
            FROM holds AS h JOIN held_records AS r ON r.organization_id = h.organization_id AND r.hold_id = h.id
            WHERE h.organization_id = $1
            GROUP BY h.organization_id, h.id ORDER BY h.review_on, h.id"#,
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Hold::try_from).collect()
    }

    async fn hold(&mut self, id: HoldId) -> Result<Option<Hold>, StorageError> {
        let row = sqlx::query_as!(
            StoredHold,
            r#"SELECT id, reason, author_id, placed_at, review_on,
                ARRAY(SELECT kind FROM held_records AS r WHERE r.organization_id = $1 AND r.hold_id = $2
                    ORDER BY kind, record_id) AS "kinds!",
                ARRAY(SELECT record_id FROM held_records AS r WHERE r.organization_id = $1 AND r.hold_id = $2
                    ORDER BY kind, record_id) AS "records!"
            FROM holds WHERE organization_id = $1 AND id = $2 FOR UPDATE"#,
            self.organization,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(Hold::try_from).transpose()
    }

    async fn known(&mut self, records: &[Held]) -> Result<Vec<Held>, StorageError> {
        let (kinds, ids) = parts(records);
        self.keep_still(&ids).await?;
        let rows = sqlx::query!(
            r#"SELECT asked.kind AS "kind!", asked.id AS "id!" FROM unnest($2::text[], $3::uuid[]) AS asked (kind, id)
            WHERE asked.kind = 'lead' AND EXISTS (SELECT FROM leads AS l WHERE l.organization_id = $1 AND l.id = asked.id)
                OR asked.kind = 'submission'
                    AND EXISTS (SELECT FROM submissions AS s WHERE s.organization_id = $1 AND s.id = asked.id)
                OR asked.kind = 'account'
                    AND EXISTS (SELECT FROM memberships AS m WHERE m.organization_id = $1 AND m.user_id = asked.id)"#,
            self.organization,
            &kinds,
            &ids,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.iter().map(|row| held(&row.kind, row.id)).collect()
    }

    async fn insert(&mut self, hold: &Hold) -> Result<(), StorageError> {
        let (kinds, ids) = parts(&hold.records);
        sqlx::query!(
            "INSERT INTO holds (organization_id, id, reason, author_id, placed_at, review_on)
            VALUES ($1, $2, $3, $4, $5, $6)",
            self.organization,
            hold.id.0,
            &*hold.reason,
            hold.author.0,
            instant(hold.placed_at),
            date(hold.review_on),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        sqlx::query!(
            "INSERT INTO held_records (organization_id, hold_id, kind, record_id, of_lead)
            SELECT $1, $2, held.kind, held.id, CASE WHEN held.kind = 'submission' THEN (
                SELECT lead_id FROM submissions AS s WHERE s.organization_id = $1 AND s.id = held.id
            ) END
            FROM unnest($3::text[], $4::uuid[]) AS held (kind, id)",
            self.organization,
            hold.id.0,
            &kinds,
            &ids,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Hold(hold.id), &["new"]);
        Ok(())
    }

    async fn update(&mut self, hold: &Hold) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE holds SET review_on = $3 WHERE organization_id = $1 AND id = $2",
            self.organization,
            hold.id.0,
            date(hold.review_on),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        let change = FieldChange::between("review_on", "", hold.review_on.to_string());
        self.changed(Target::Hold(hold.id), vec![change]);
        Ok(())
    }

    async fn remove(&mut self, hold: &Hold) -> Result<(), StorageError> {
        sqlx::query!("DELETE FROM holds WHERE organization_id = $1 AND id = $2", self.organization, hold.id.0)
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        self.touched(Target::Hold(hold.id), &["lifted"]);
        Ok(())
    }

    async fn release(&mut self, record: Held) -> Result<(), StorageError> {
        let (_, ids) = parts(&[record]);
        sqlx::query!(
            "DELETE FROM held_records WHERE organization_id = $1 AND (record_id = ANY ($2) OR of_lead = ANY ($2))",
            self.organization,
            &ids,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        sqlx::query!(
            "DELETE FROM holds AS h WHERE organization_id = $1 AND NOT EXISTS (
                SELECT FROM held_records AS r WHERE r.organization_id = $1 AND r.hold_id = h.id
            )",
            self.organization,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn holds_account(&mut self, user: UserId) -> Result<bool, StorageError> {
        sqlx::query_scalar!(
            r#"SELECT EXISTS (
                SELECT FROM held_records WHERE organization_id = $1 AND kind = 'account' AND record_id = $2
            ) AS "held!""#,
            self.organization,
            user.0,
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)
    }

    async fn claims_on(&mut self, lead: LeadId) -> Result<Vec<Claim>, StorageError> {
        let row = sqlx::query!(
            r#"SELECT EXISTS (
                SELECT FROM held_records AS h
                WHERE h.organization_id = $1 AND (h.kind = 'lead' AND h.record_id = $2 OR h.of_lead = $2)
            ) AS "held!""#,
            self.organization,
            lead.0,
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        let restriction = qualify_ports::storage::RestrictionStore::hold(self, lead).await?;
        let hold = row.held.then_some(Claim::Hold);
        Ok(hold.into_iter().chain(restriction.and_then(|restriction| restriction.claim())).collect())
    }

    async fn keeps_any(&mut self, submissions: &[SubmissionId]) -> Result<bool, StorageError> {
        let submissions: Vec<Uuid> = submissions.iter().map(|submission| submission.0).collect();
        sqlx::query_scalar!(
            r#"SELECT EXISTS (
                SELECT FROM held_records WHERE organization_id = $1 AND kind = 'submission' AND record_id = ANY ($2)
            ) AS "held!""#,
            self.organization,
            &submissions,
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)
    }
}
