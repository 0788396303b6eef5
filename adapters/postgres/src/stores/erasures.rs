use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::{FieldChange, Target},
    erasure::{Certificate, Ground, Marks, Tombstone},
    id::{LeadId, SubmissionId, UserId},
    job::FILE_MEMORY,
};
use qualify_ports::storage::{ErasureStore, StorageError, TombstoneStore};
use sqlx::types::Json;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{instant, timestamp, value},
};

impl Work {
    async fn erase_of(
        &mut self,
        lead: Uuid,
        marks: &Marks,
        now: Timestamp,
    ) -> Result<BTreeMap<String, u64>, StorageError> {
        let (emails, phones): (Vec<_>, Vec<_>) =
            (marks.emails.iter().cloned().collect(), marks.phones.iter().cloned().collect());
        let counts = sqlx::query_scalar!(
            r#"SELECT erase_lead($1, $2, $3, $4, $5, $6) AS "counts!: Json<BTreeMap<String, u64>>""#,
            lead,
            &emails,
            &phones,
            &marks.words(),
            instant(now),
            instant(now.saturating_sub(FILE_MEMORY).map_err(|_| corrupt("instant"))?),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?
        .0;
        Ok(counts)
    }
}

#[async_trait]
impl ErasureStore for Work {
    async fn marks(&mut self, lead: LeadId) -> Result<Marks, StorageError> {
        // A lead that was merged into this one had marks of its own.
        let rows = sqlx::query!(
            r#"WITH images AS (
                SELECT survivor_before AS image FROM merges WHERE organization_id = $1 AND lead_id = $2
                UNION ALL SELECT merged_before FROM merges WHERE organization_id = $1 AND lead_id = $2
                UNION ALL SELECT to_jsonb(l) FROM leads AS l WHERE l.organization_id = $1 AND l.id = $2
            ), known AS (
                SELECT 'email' AS kind, image ->> 'email_norm' AS norm FROM images
                UNION SELECT 'phone', image ->> 'phone_e164' FROM images
                UNION SELECT 'name', image ->> 'name_norm' FROM images
                UNION SELECT kind, norm FROM lead_aliases WHERE organization_id = $1 AND lead_id = $2
                UNION SELECT 'email', email_norm FROM submissions
                    WHERE organization_id = $1 AND lead_id = $2
                UNION SELECT 'phone', phone_e164 FROM submissions WHERE organization_id = $1 AND lead_id = $2
                UNION SELECT 'name', lower(name COLLATE "und-x-icu") FROM submissions
                    WHERE organization_id = $1 AND lead_id = $2
            )
            SELECT kind AS "kind!", norm AS "norm!" FROM known WHERE norm IS NOT NULL"#,
            self.organization,
            lead.0,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let mut marks = Marks::default();
        for row in rows {
            let known = match row.kind.as_str() {
                "email" => &mut marks.emails,
                "phone" => &mut marks.phones,
                _ => &mut marks.names,
            };
            known.insert(row.norm);
        }
        Ok(marks)
    }

    async fn loose_marks(&mut self, submission: SubmissionId) -> Result<Option<Marks>, StorageError> {
        let row = sqlx::query!(
            r#"SELECT email_norm AS email, phone_e164 AS phone FROM submissions
            WHERE organization_id = $1 AND id = $2 AND lead_id IS NULL"#,
            self.organization,
            submission.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(row.map(|row| Marks {
            emails: row.email.into_iter().collect(),
            phones: row.phone.into_iter().collect(),
            ..Marks::default()
        }))
    }

    async fn erase(
        &mut self,
        lead: LeadId,
        marks: &Marks,
        now: Timestamp,
    ) -> Result<BTreeMap<String, u64>, StorageError> {
        let counts = self.erase_of(lead.0, marks, now).await?;
        if counts.get("leads") != Some(&1) {
            return Err(StorageError::Stale);
        }
        Ok(counts)
    }

    async fn erase_loose(&mut self, marks: &Marks, now: Timestamp) -> Result<(), StorageError> {
        // No lead has that id.
        self.erase_of(Uuid::nil(), marks, now).await.map(drop)
    }

    async fn keep(&mut self, certificate: &Certificate) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO erasures (organization_id, id, at, ground, counts, expires_at) VALUES ($1, $2, $3, $4, $5, $6)",
            self.organization,
            certificate.lead.0,
            instant(certificate.at),
            certificate.ground.code(),
            Json(&certificate.counts) as _,
            instant(certificate.kept_until()),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        let ground = FieldChange::between("erased", "", certificate.ground.code());
        self.changed(Target::Lead(certificate.lead), vec![ground]);
        Ok(())
    }

    async fn among(&mut self, leads: &[LeadId]) -> Result<Vec<Certificate>, StorageError> {
        let leads: Vec<Uuid> = leads.iter().map(|lead| lead.0).collect();
        let rows = sqlx::query!(
            r#"SELECT id, at, ground, counts AS "counts: Json<BTreeMap<String, u64>>" FROM erasures
            WHERE organization_id = $1 AND id = ANY ($2) ORDER BY at DESC, id"#,
            self.organization,
            &leads,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let restored = rows.into_iter().map(|row| {
            let (at, ground) = (timestamp(row.at)?, value(&row.ground)?);
            Ok(Certificate { lead: LeadId(row.id), at, ground, counts: row.counts.0 })
        });
        restored.collect()
    }

    async fn find(&mut self, lead: LeadId) -> Result<Option<Certificate>, StorageError> {
        let row = sqlx::query!(
            r#"SELECT at, ground, counts AS "counts: Json<BTreeMap<String, u64>>" FROM erasures
            WHERE organization_id = $1 AND id = $2"#,
            self.organization,
            lead.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        let restored = row.map(|row| {
            let (at, ground) = (timestamp(row.at)?, value(&row.ground)?);
            Ok(Certificate { lead, at, ground, counts: row.counts.0 })
        });
        restored.transpose()
    }
}

#[async_trait]
impl TombstoneStore for Work {
    async fn keep(&mut self, tombstone: Tombstone) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO tombstones (organization_id, id, at, ground) VALUES ($1, $2, $3, $4)",
            self.organization,
            tombstone.lead.0,
            instant(tombstone.at),
            tombstone.ground.code(),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn keep_along(
        &mut self,
        lead: LeadId,
        marks: &Marks,
        at: Timestamp,
        ground: Ground,
    ) -> Result<(), StorageError> {
        let (emails, phones): (Vec<_>, Vec<_>) =
            (marks.emails.iter().cloned().collect(), marks.phones.iter().cloned().collect());
        // What was sent is found as erase_lead() finds it.
        sqlx::query!(
            r#"INSERT INTO tombstones (organization_id, id, what, at, ground)
            SELECT $1::uuid, merged_id, 'lead', $3::timestamptz, $4::text FROM merges
            WHERE organization_id = $1 AND lead_id = $2 AND undone_at IS NULL
            UNION SELECT $1::uuid, id, 'submission', $3::timestamptz, $4::text FROM submissions
            WHERE organization_id = $1 AND lead_id = $2
            UNION SELECT $1::uuid, id, 'submission', $3::timestamptz, $4::text FROM submissions
            WHERE organization_id = $1 AND lead_id IS NULL AND email_norm = ANY ($5::text[]) AND received_at <= $3
            UNION SELECT $1::uuid, id, 'submission', $3::timestamptz, $4::text FROM submissions
            WHERE organization_id = $1 AND lead_id IS NULL AND email IS NULL AND phone_e164 = ANY ($6::text[])
                AND received_at <= $3
            ON CONFLICT DO NOTHING"#,
            self.organization,
            lead.0,
            instant(at),
            ground.code(),
            &emails,
            &phones,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn keep_account(&mut self, user: UserId, at: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO tombstones (organization_id, id, what, at, ground) VALUES ($1, $2, 'account', $3, $4)
            ON CONFLICT DO NOTHING",
            self.organization,
            user.0,
            instant(at),
            Ground::Asked.code(),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn since(&mut self, at: Timestamp) -> Result<Vec<Tombstone>, StorageError> {
        let rows = sqlx::query!(
            "SELECT id, at, ground FROM tombstones WHERE organization_id = $1 AND what = 'lead' AND at >= $2
            ORDER BY at, id",
            self.organization,
            instant(at),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| Ok(Tombstone { lead: LeadId(row.id), at: timestamp(row.at)?, ground: value(&row.ground)? }))
            .collect()
    }
}
