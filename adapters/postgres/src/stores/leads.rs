use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    activity::Author,
    audit::{FieldChange, Target},
    id::{ApiKeyId, FormId, ImportId, LeadId, ReasonId, StageId, UserId},
    lead::{Lead, Source},
    lead_filter::Found,
    lead_order::LeadPlace,
    property::Properties,
    rank::Rank,
    submission::Attribution,
    text::{Email, Phone},
};
use qualify_ports::storage::{
    Beside, BoardQuery, Card, CardPlace, Gap, LeadQuery, LeadRow, LeadStore, Slice, StorageError,
};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::failed,
    lead_list::{self, board},
    stores::activities::parts,
    tx::Work,
    values::{instant, optional, phone, standing, timestamp, value, values},
};

pub(super) struct StoredLead {
    pub(super) id: Uuid,
    pub(super) version: i32,
    pub(super) name: Option<String>,
    pub(super) email: Option<String>,
    pub(super) phone: Option<String>,
    pub(super) phone_e164: Option<String>,
    pub(super) company: Option<String>,
    pub(super) properties: Json<Properties>,
    pub(super) tags: Vec<String>,
    pub(super) stage_id: Uuid,
    pub(super) stage_entered_at: OffsetDateTime,
    pub(super) reason_id: Option<Uuid>,
    pub(super) rank: String,
    pub(super) owner_id: Option<Uuid>,
    pub(super) form_id: Option<Uuid>,
    pub(super) source_key_id: Option<Uuid>,
    pub(super) source_import_id: Option<Uuid>,
    pub(super) legal_basis: String,
    pub(super) first_touch: Json<Attribution>,
    pub(super) last_touch: Json<Attribution>,
    pub(super) fit: i16,
    pub(super) engagement: i16,
    pub(super) created_at: OffsetDateTime,
    pub(super) last_submission_at: OffsetDateTime,
    pub(super) last_activity_at: OffsetDateTime,
}

impl TryFrom<StoredLead> for Lead {
    type Error = StorageError;

    fn try_from(row: StoredLead) -> Result<Self, StorageError> {
        Ok(Self {
            id: LeadId(row.id),
            name: optional(row.name.as_deref())?,
            email: optional(row.email.as_deref())?,
            phone: phone(row.phone, row.phone_e164),
            company: optional(row.company.as_deref())?,
            properties: row.properties.0,
            tags: values(&row.tags)?,
            stage: StageId(row.stage_id),
            stage_entered_at: timestamp(row.stage_entered_at)?,
            reason: row.reason_id.map(ReasonId),
            rank: value(&row.rank)?,
            owner: row.owner_id.map(UserId),
            form: row.form_id.map(FormId),
            source: source(row.source_key_id, row.source_import_id, row.form_id),
            legal_basis: value(&row.legal_basis)?,
            first_touch: row.first_touch.0,
            last_touch: row.last_touch.0,
            score: standing(row.fit, row.engagement)?,
            created_at: timestamp(row.created_at)?,
            last_submission_at: timestamp(row.last_submission_at)?,
            last_activity_at: timestamp(row.last_activity_at)?,
            version: row.version,
        })
    }
}

pub(super) fn tags(lead: &Lead) -> Vec<String> {
    lead.tags.iter().map(ToString::to_string).collect()
}

/// What brought a lead: a key, an import, a form, else a member.
pub(super) fn source(key: Option<Uuid>, import: Option<Uuid>, form: Option<Uuid>) -> Source {
    let import = import.map(|import| Source::Import(ImportId(import)));
    key.map(|key| Source::Api(ApiKeyId(key))).or(import).unwrap_or(if form.is_some() {
        Source::Form
    } else {
        Source::Member
    })
}

#[async_trait]
impl LeadStore for Work {
    async fn find(&mut self, id: LeadId) -> Result<Option<Lead>, StorageError> {
        let row = sqlx::query_as!(
            StoredLead,
            r#"SELECT id, version, name, email, phone, phone_e164, stage_id, owner_id, form_id, source_key_id,
                source_import_id, legal_basis, first_touch AS "first_touch: _", last_touch AS "last_touch: _", fit,
                engagement, created_at, last_submission_at,
                company, properties AS "properties: _", tags, stage_entered_at, reason_id, rank, last_activity_at
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
                source_import_id, legal_basis, first_touch AS "first_touch: _", last_touch AS "last_touch: _", fit,
                engagement, created_at, last_submission_at,
                company, properties AS "properties: _", tags, stage_entered_at, reason_id, rank, last_activity_at
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
                source_import_id, legal_basis, first_touch AS "first_touch: _", last_touch AS "last_touch: _", fit,
                engagement, created_at, last_submission_at,
                company, properties AS "properties: _", tags, stage_entered_at, reason_id, rank, last_activity_at
            FROM leads
            WHERE organization_id = $1 AND ($4::uuid[] IS NULL OR owner_id = ANY ($4) OR owner_id IS NULL)
                AND (email_norm = lower($2 COLLATE "und-x-icu") COLLATE "C" OR phone_e164 = $3)
            ORDER BY (email_norm = lower($2 COLLATE "und-x-icu") COLLATE "C") IS NOT TRUE, EXISTS (
                SELECT FROM stages AS s WHERE s.organization_id = $1 AND s.id = stage_id AND s.kind IN ('won', 'disqualified')
            ), created_at, id LIMIT 1"#,
            self.organization,
            email,
            e164,
            self.owners.as_deref() as _,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        match row {
            Some(row) => Ok(Some(row.try_into()?)),
            None => self.find_alias(email, e164).await,
        }
    }

    async fn page(&mut self, query: &LeadQuery<'_>) -> Result<Slice<LeadRow, LeadPlace>, StorageError> {
        lead_list::page(self, query).await
    }

    async fn count(&mut self, query: &LeadQuery<'_>, most: u32) -> Result<u32, StorageError> {
        lead_list::count(self, query, most).await
    }

    async fn cards(&mut self, query: &BoardQuery<'_>) -> Result<Vec<Slice<Card, CardPlace>>, StorageError> {
        board::cards(self, query).await
    }

    async fn count_cards(&mut self, query: &BoardQuery<'_>, most: u32) -> Result<Vec<u32>, StorageError> {
        board::count(self, query, most).await
    }

    async fn gap(&mut self, stage: StageId, beside: Beside) -> Result<Option<Gap>, StorageError> {
        board::gap(self, stage, beside).await
    }

    async fn spread(&mut self, stage: StageId, around: &Rank, most: u16) -> Result<(), StorageError> {
        board::spread(self, stage, around, most).await
    }

    async fn find_words(&mut self, words: &str, most: u16) -> Result<Found, StorageError> {
        lead_list::find_words(self, words, most).await
    }

    async fn insert(&mut self, lead: &Lead) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO leads (organization_id, id, version, name, email, phone, phone_e164, stage_id, owner_id,
                form_id, legal_basis, first_touch, last_touch, created_at, last_submission_at, source, source_key_id,
                company, properties, tags, stage_entered_at, reason_id, rank, last_activity_at, source_import_id,
                fit, engagement, grade)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                $23, $24, $25, $26, $27, $28)",
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
            lead.company.as_deref(),
            Json(&lead.properties) as _,
            &tags(lead),
            instant(lead.stage_entered_at),
            lead.reason.map(|reason| reason.0),
            lead.rank.as_str(),
            instant(lead.last_activity_at),
            lead.source.import().map(|import| import.0),
            i16::from(lead.score.fit),
            i16::from(lead.score.engagement),
            lead.score.grade().to_string(),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Lead(lead.id), &["new"]);
        Ok(())
    }

    async fn hand_over(
        &mut self,
        from: UserId,
        to: Option<UserId>,
        author: Option<Author>,
        now: Timestamp,
    ) -> Result<u64, StorageError> {
        let given = self.hand_leads_over(from, to, author, now).await?;
        // What is still to be done goes to whoever takes over; nobody's tasks would be found by nobody.
        if let Some(to) = to {
            self.hand_tasks_over(from, to, author, now).await?;
        }
        let change = FieldChange::between("leads", from.to_string(), to.map(|to| to.to_string()).unwrap_or_default());
        self.changed(Target::Member(from), vec![change]);
        Ok(given)
    }

    async fn move_all(
        &mut self,
        from: StageId,
        to: StageId,
        author: Option<Author>,
        now: Timestamp,
    ) -> Result<u64, StorageError> {
        let (member, program) = parts(author);
        let moved = sqlx::query_scalar!(
            r#"WITH standing AS (
                SELECT id, stage_entered_at FROM leads
                WHERE organization_id = $1 AND stage_id = $2
                    AND ($7::uuid[] IS NULL OR owner_id = ANY ($7) OR owner_id IS NULL)
                FOR UPDATE
            ), moved AS (
                UPDATE leads AS l SET stage_id = $3, stage_entered_at = $6, last_activity_at = greatest(last_activity_at, $6),
                    reason_id = CASE WHEN heir.kind = 'disqualified' THEN reason_id END, version = version + 1
                FROM standing, stages AS heir
                WHERE l.organization_id = $1 AND l.id = standing.id AND heir.organization_id = $1 AND heir.id = $3
            ), told AS (
                INSERT INTO activities (organization_id, id, lead_id, at, author_id, author_key_id, kind, from_stage_id,
                    to_stage_id, spent_seconds)
                SELECT $1, gen_random_uuid(), id, $6, $4, $5, 'moved', $2, $3,
                    greatest(0, extract(epoch FROM $6 - stage_entered_at)::bigint)
                FROM standing
            )
            SELECT count(*) AS "moved!" FROM standing"#,
            self.organization,
            from.0,
            to.0,
            member,
            program,
            instant(now),
            self.owners.as_deref() as _,
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(moved.unsigned_abs())
    }

    async fn update(&mut self, lead: &Lead) -> Result<(), StorageError> {
        let changed = sqlx::query_scalar!(
            r#"UPDATE leads AS l SET version = l.version + 1, name = $4, email = $5, phone = $6, phone_e164 = $7,
                stage_id = $8, owner_id = $9, legal_basis = $10, last_touch = $11, last_submission_at = $12,
                company = $14, properties = $15, tags = $16, stage_entered_at = $17, reason_id = $18, rank = $19,
                last_activity_at = greatest(l.last_activity_at, $20)
            FROM leads AS old
            WHERE l.organization_id = $1 AND l.id = $2 AND l.version = $3
                AND ($13::uuid[] IS NULL OR l.owner_id = ANY ($13) OR l.owner_id IS NULL)
                AND old.organization_id = $1 AND old.id = $2 AND old.version = $3
            RETURNING array_remove(ARRAY[
                CASE WHEN old.name IS DISTINCT FROM l.name THEN 'name' END,
                CASE WHEN old.email IS DISTINCT FROM l.email THEN 'email' END,
                CASE WHEN old.phone IS DISTINCT FROM l.phone THEN 'phone' END,
                CASE WHEN old.company IS DISTINCT FROM l.company THEN 'company' END,
                CASE WHEN old.properties <> l.properties THEN 'properties' END,
                CASE WHEN old.tags <> l.tags THEN 'tags' END,
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
            lead.company.as_deref(),
            Json(&lead.properties) as _,
            &tags(lead),
            instant(lead.stage_entered_at),
            lead.reason.map(|reason| reason.0),
            lead.rank.as_str(),
            instant(lead.last_activity_at),
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
