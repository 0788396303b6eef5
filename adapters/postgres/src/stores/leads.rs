use async_trait::async_trait;
use qualify_domain::{
    audit::{FieldChange, Target},
    id::{ApiKeyId, FormId, LeadId, StageId, UserId},
    lead::{Lead, Source},
    lead_filter::LeadFilter,
    submission::Attribution,
    text::{Email, Phone},
};
use qualify_ports::storage::{LeadCursor, LeadRow, LeadStore, Slice, StorageError};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::failed,
    lead_list,
    tx::Work,
    values::{instant, optional, phone, standing, timestamp, value, values},
};

struct StoredLead {
    id: Uuid,
    version: i32,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    phone_e164: Option<String>,
    stage_id: Uuid,
    owner_id: Option<Uuid>,
    form_id: Option<Uuid>,
    source_key_id: Option<Uuid>,
    legal_basis: String,
    first_touch: Json<Attribution>,
    last_touch: Json<Attribution>,
    fit: i16,
    engagement: i16,
    created_at: OffsetDateTime,
    last_submission_at: OffsetDateTime,
}

impl TryFrom<StoredLead> for Lead {
    type Error = StorageError;

    fn try_from(row: StoredLead) -> Result<Self, StorageError> {
        Ok(Self {
            id: LeadId(row.id),
            name: optional(row.name.as_deref())?,
            email: optional(row.email.as_deref())?,
            phone: phone(row.phone, row.phone_e164),
            stage: StageId(row.stage_id),
            owner: row.owner_id.map(UserId),
            form: row.form_id.map(FormId),
            source: row.source_key_id.map_or(Source::Form, |key| Source::Api(ApiKeyId(key))),
            legal_basis: value(&row.legal_basis)?,
            first_touch: row.first_touch.0,
            last_touch: row.last_touch.0,
            score: standing(row.fit, row.engagement)?,
            created_at: timestamp(row.created_at)?,
            last_submission_at: timestamp(row.last_submission_at)?,
            version: row.version,
        })
    }
}

#[async_trait]
impl LeadStore for Work {
    async fn find(&mut self, id: LeadId) -> Result<Option<Lead>, StorageError> {
        let row = sqlx::query_as!(
            StoredLead,
            r#"SELECT id, version, name, email, phone, phone_e164, stage_id, owner_id, form_id, source_key_id,
                legal_basis, first_touch AS "first_touch: _", last_touch AS "last_touch: _", fit, engagement,
                created_at, last_submission_at
            FROM leads
            WHERE organization_id = $1 AND id = $2 AND ($3::uuid[] IS NULL OR owner_id = ANY ($3) OR owner_id IS NULL)"#,
            self.organization,
            id.0,
            self.owners.as_deref() as _,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(Lead::try_from).transpose()
    }

    async fn all(&mut self, ids: &[LeadId]) -> Result<Vec<Lead>, StorageError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = sqlx::query_as!(
            StoredLead,
            r#"SELECT id, version, name, email, phone, phone_e164, stage_id, owner_id, form_id, source_key_id,
                legal_basis, first_touch AS "first_touch: _", last_touch AS "last_touch: _", fit, engagement,
                created_at, last_submission_at
            FROM leads
            WHERE organization_id = $1 AND id = ANY ($2)
                AND ($3::uuid[] IS NULL OR owner_id = ANY ($3) OR owner_id IS NULL)"#,
            self.organization,
            &ids,
            self.owners.as_deref() as _,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Lead::try_from).collect()
    }

    async fn find_person(
        &mut self,
        email: Option<&Email>,
        phone: Option<&Phone>,
    ) -> Result<Option<Lead>, StorageError> {
        let (email, e164) = (email.map(|email| &**email), phone.and_then(Phone::e164));
        self.hold_person(email, e164).await?;
        let row = sqlx::query_as!(
            StoredLead,
            r#"SELECT id, version, name, email, phone, phone_e164, stage_id, owner_id, form_id, source_key_id,
                legal_basis, first_touch AS "first_touch: _", last_touch AS "last_touch: _", fit, engagement,
                created_at, last_submission_at
            FROM leads
            WHERE organization_id = $1 AND ($4::uuid[] IS NULL OR owner_id = ANY ($4) OR owner_id IS NULL)
                AND (email_norm = lower($2 COLLATE "und-x-icu") OR phone_e164 = $3)
            ORDER BY created_at, id LIMIT 1"#,
            self.organization,
            email,
            e164,
            self.owners.as_deref() as _,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(Lead::try_from).transpose()
    }

    async fn page(
        &mut self,
        filter: &LeadFilter,
        after: Option<LeadCursor>,
        limit: u16,
    ) -> Result<Slice<LeadRow, LeadCursor>, StorageError> {
        lead_list::page(self, filter, after, limit).await
    }

    async fn insert(&mut self, lead: &Lead) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO leads (organization_id, id, version, name, email, phone, phone_e164, stage_id, owner_id,
                form_id, legal_basis, first_touch, last_touch, created_at, last_submission_at, source, source_key_id)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)",
            self.organization,
            lead.id.0,
            lead.version,
            lead.name.as_deref(),
            lead.email.as_deref(),
            lead.phone.as_ref().map(Phone::written),
            lead.phone.as_ref().and_then(Phone::e164),
            lead.stage.0,
            lead.owner.map(|owner| owner.0),
            lead.form.map(|form| form.0),
            lead.legal_basis.code(),
            Json(&lead.first_touch) as _,
            Json(&lead.last_touch) as _,
            instant(lead.created_at),
            instant(lead.last_submission_at),
            lead.source.code(),
            lead.source.key().map(|key| key.0),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Lead(lead.id), &["new"]);
        Ok(())
    }

    async fn hand_over(&mut self, from: UserId, to: Option<UserId>) -> Result<u64, StorageError> {
        let given = sqlx::query!(
            "UPDATE leads SET owner_id = $3, version = version + 1 WHERE organization_id = $1 AND owner_id = $2
                AND ($4::uuid[] IS NULL OR owner_id = ANY ($4))",
            self.organization,
            from.0,
            to.map(|to| to.0),
            self.owners.as_deref() as _,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        let change = FieldChange::between("leads", from.to_string(), to.map(|to| to.to_string()).unwrap_or_default());
        self.changed(Target::Member(from), vec![change]);
        Ok(given.rows_affected())
    }

    async fn update(&mut self, lead: &Lead) -> Result<(), StorageError> {
        let changed = sqlx::query_scalar!(
            r#"UPDATE leads AS l SET version = l.version + 1, name = $4, email = $5, phone = $6, phone_e164 = $7,
                stage_id = $8, owner_id = $9, legal_basis = $10, last_touch = $11, last_submission_at = $12
            FROM leads AS old
            WHERE l.organization_id = $1 AND l.id = $2 AND l.version = $3
                AND ($13::uuid[] IS NULL OR l.owner_id = ANY ($13) OR l.owner_id IS NULL)
                AND old.organization_id = $1 AND old.id = $2 AND old.version = $3
            RETURNING array_remove(ARRAY[
                CASE WHEN old.name IS DISTINCT FROM l.name THEN 'name' END,
                CASE WHEN old.email IS DISTINCT FROM l.email THEN 'email' END,
                CASE WHEN old.phone IS DISTINCT FROM l.phone THEN 'phone' END,
                CASE WHEN old.stage_id <> l.stage_id THEN 'stage:' || old.stage_id || '>' || l.stage_id END,
                CASE WHEN old.owner_id IS DISTINCT FROM l.owner_id
                    THEN 'owner:' || coalesce(old.owner_id::text, '') || '>' || coalesce(l.owner_id::text, '') END,
                CASE WHEN old.legal_basis <> l.legal_basis
                    THEN 'legal_basis:' || old.legal_basis || '>' || l.legal_basis END
            ], NULL) AS "changed!""#,
            self.organization,
            lead.id.0,
            lead.version,
            lead.name.as_deref(),
            lead.email.as_deref(),
            lead.phone.as_ref().map(Phone::written),
            lead.phone.as_ref().and_then(Phone::e164),
            lead.stage.0,
            lead.owner.map(|owner| owner.0),
            lead.legal_basis.code(),
            Json(&lead.last_touch) as _,
            instant(lead.last_submission_at),
            self.owners.as_deref() as _,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?
        .ok_or(StorageError::Stale)?;
        self.changed(Target::Lead(lead.id), values(&changed)?);
        Ok(())
    }
}

impl Work {
    /// Makes others who look for the same address or number wait, in one order so that they never wait in a circle.
    async fn hold_person(&mut self, email: Option<&str>, e164: Option<&str>) -> Result<(), StorageError> {
        sqlx::query!(
            r#"SELECT pg_advisory_xact_lock(held.key) FROM (
                SELECT DISTINCT hashtextextended($1::text || mark, 0) AS key
                FROM unnest(ARRAY['@' || lower($2 COLLATE "und-x-icu"), '+' || $3]) AS mark
                WHERE mark IS NOT NULL ORDER BY key OFFSET 0
            ) AS held"#,
            self.organization.to_string(),
            email,
            e164,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}
