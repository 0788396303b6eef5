use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    activity::Author,
    audit::{FieldChange, Target},
    id::{ApiKeyId, FormId, LeadId, MergeId, ReasonId, StageId, UserId},
    lead::Lead,
    merge::{Hanging, Images, Merge, Separation},
    person::Person,
    property::Properties,
    submission::Attribution,
    text::Phone,
};
use qualify_ports::storage::{MergeStore, StorageError};
use serde::Deserialize;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    stores::leads::{StoredLead, source},
    tx::Work,
    values::{instant, optional, phone, standing, timestamp, value, values},
};

/// A lead's row as it was, with whatever else stood in it.
#[derive(Deserialize)]
struct Image {
    id: Uuid,
    version: i32,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    phone_e164: Option<String>,
    company: Option<String>,
    properties: Properties,
    tags: Vec<String>,
    stage_id: Uuid,
    stage_entered_at: Timestamp,
    reason_id: Option<Uuid>,
    rank: String,
    owner_id: Option<Uuid>,
    form_id: Option<Uuid>,
    source_key_id: Option<Uuid>,
    source_import_id: Option<Uuid>,
    legal_basis: String,
    first_touch: Attribution,
    last_touch: Attribution,
    fit: i16,
    engagement: i16,
    created_at: Timestamp,
    last_submission_at: Timestamp,
    last_activity_at: Timestamp,
}

impl TryFrom<Image> for Lead {
    type Error = StorageError;

    fn try_from(row: Image) -> Result<Self, StorageError> {
        Ok(Self {
            id: LeadId(row.id),
            name: optional(row.name.as_deref())?,
            email: optional(row.email.as_deref())?,
            phone: phone(row.phone, row.phone_e164),
            company: optional(row.company.as_deref())?,
            properties: row.properties,
            tags: values(&row.tags)?,
            stage: StageId(row.stage_id),
            stage_entered_at: row.stage_entered_at,
            reason: row.reason_id.map(ReasonId),
            rank: value(&row.rank)?,
            owner: row.owner_id.map(UserId),
            form: row.form_id.map(FormId),
            source: source(row.source_key_id, row.source_import_id, row.form_id),
            legal_basis: value(&row.legal_basis)?,
            first_touch: row.first_touch,
            last_touch: row.last_touch,
            score: standing(row.fit, row.engagement)?,
            created_at: row.created_at,
            last_submission_at: row.last_submission_at,
            last_activity_at: row.last_activity_at,
            version: row.version,
        })
    }
}

struct MergeRow {
    id: Uuid,
    lead_id: Uuid,
    survivor_id: Uuid,
    merged_id: Uuid,
    at: OffsetDateTime,
    author_id: Option<Uuid>,
    author_key_id: Option<Uuid>,
    undone_at: Option<OffsetDateTime>,
    survivor_before: Option<Json<Image>>,
    survivor_after: Option<Json<Image>>,
    merged_before: Option<Json<Image>>,
}

impl TryFrom<MergeRow> for Merge {
    type Error = StorageError;

    fn try_from(row: MergeRow) -> Result<Self, StorageError> {
        let images = match (row.survivor_before, row.survivor_after, row.merged_before) {
            (Some(before), Some(after), Some(merged)) => Some(Box::new(Images {
                before: before.0.try_into()?,
                after: after.0.try_into()?,
                merged: merged.0.try_into()?,
            })),
            _ => None,
        };
        let program = row.author_key_id.map(|key| Author::Program(ApiKeyId(key)));
        Ok(Self {
            id: MergeId(row.id),
            holder: LeadId(row.lead_id),
            survivor: LeadId(row.survivor_id),
            merged: LeadId(row.merged_id),
            at: timestamp(row.at)?,
            author: row.author_id.map(|user| Author::Member(UserId(user))).or(program),
            undone_at: row.undone_at.map(timestamp).transpose()?,
            images,
        })
    }
}

fn count(stored: i64) -> Result<u32, StorageError> {
    u32::try_from(stored).map_err(|_| corrupt("count"))
}

#[async_trait]
impl MergeStore for Work {
    async fn alike(&mut self, person: &Person, without: Option<LeadId>, limit: u16) -> Result<Vec<Lead>, StorageError> {
        // The oldest of each mark are enough: a number may be that of a whole company.
        let rows = sqlx::query_as!(
            StoredLead,
            r#"SELECT id, version, name, email, phone, phone_e164, stage_id, owner_id, form_id, source_key_id,
                source_import_id, legal_basis, first_touch AS "first_touch: _", last_touch AS "last_touch: _", fit,
                engagement, created_at, last_submission_at, company, properties AS "properties: _", tags,
                stage_entered_at, reason_id, rank, last_activity_at
            FROM leads
            WHERE organization_id = $1 AND id IN (
                (SELECT id FROM leads
                    WHERE organization_id = $1 AND ($6::uuid[] IS NULL OR owner_id = ANY ($6) OR owner_id IS NULL)
                        AND ($5::uuid IS NULL OR id <> $5) AND email_norm = lower($2 COLLATE "und-x-icu") COLLATE "C"
                    ORDER BY created_at, id LIMIT $7)
                UNION ALL
                (SELECT id FROM leads
                    WHERE organization_id = $1 AND ($6::uuid[] IS NULL OR owner_id = ANY ($6) OR owner_id IS NULL)
                        AND ($5::uuid IS NULL OR id <> $5) AND phone_e164 = $3
                    ORDER BY created_at, id LIMIT $7)
                UNION ALL
                (SELECT id FROM leads
                    WHERE organization_id = $1 AND ($6::uuid[] IS NULL OR owner_id = ANY ($6) OR owner_id IS NULL)
                        AND ($5::uuid IS NULL OR id <> $5) AND name_at_domain = (
                            lower($4 COLLATE "und-x-icu") || substring(lower($2 COLLATE "und-x-icu") FROM '@[^@]*$')
                        ) COLLATE "C"
                    ORDER BY created_at, id LIMIT $7)
            )
            ORDER BY (email_norm = lower($2 COLLATE "und-x-icu") COLLATE "C" OR phone_e164 = $3) IS NOT TRUE, created_at, id LIMIT $7"#,
            self.organization,
            person.email.as_deref(),
            person.phone.as_ref().and_then(Phone::e164),
            person.name.as_deref(),
            without.map(|lead| lead.0),
            self.owners.as_deref() as _,
            i64::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Lead::try_from).collect()
    }

    async fn hold(&mut self, leads: &[LeadId]) -> Result<(), StorageError> {
        let ids: Vec<Uuid> = leads.iter().map(|lead| lead.0).collect();
        sqlx::query!(
            "SELECT id FROM leads WHERE organization_id = $1 AND id = ANY ($2) ORDER BY id FOR UPDATE",
            self.organization,
            &ids,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn hanging(&mut self, lead: LeadId) -> Result<Hanging, StorageError> {
        let row = sqlx::query!(
            r#"SELECT
                (SELECT count(*) FROM submissions WHERE organization_id = $1 AND lead_id = $2) AS "submissions!",
                (SELECT count(*) FROM activities WHERE organization_id = $1 AND lead_id = $2) AS "activities!",
                (SELECT count(*) FROM tasks WHERE organization_id = $1 AND lead_id = $2) AS "tasks!""#,
            self.organization,
            lead.0,
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(Hanging {
            submissions: count(row.submissions)?,
            activities: count(row.activities)?,
            tasks: count(row.tasks)?,
        })
    }

    async fn keep(&mut self, merge: &Merge, after: &Lead) -> Result<(), StorageError> {
        self.keep_images(merge).await?;
        self.become_lead(after).await?;
        let (id, survivor, merged) = (merge.id.0, merge.survivor.0, merge.merged.0);
        sqlx::query!(
            "UPDATE merges SET survivor_after = (
                SELECT to_jsonb(l) FROM leads AS l WHERE l.organization_id = $1 AND l.id = $3
            ) WHERE organization_id = $1 AND id = $2",
            self.organization,
            id,
            survivor,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.move_along(merge).await?;
        self.keep_aliases(merge).await?;
        let gone = sqlx::query!("DELETE FROM leads WHERE organization_id = $1 AND id = $2", self.organization, merged)
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        if gone.rows_affected() != 1 {
            return Err(StorageError::Stale);
        }
        self.changed(Target::Lead(merge.survivor), vec![FieldChange::between("merged", "", merged)]);
        self.changed(Target::Lead(merge.merged), vec![FieldChange::between("merged_into", "", survivor)]);
        Ok(())
    }

    async fn find(&mut self, id: MergeId) -> Result<Option<Merge>, StorageError> {
        let row = sqlx::query_as!(
            MergeRow,
            r#"SELECT id, lead_id, survivor_id, merged_id, at, author_id, author_key_id, undone_at,
                survivor_before AS "survivor_before: _", survivor_after AS "survivor_after: _",
                merged_before AS "merged_before: _"
            FROM merges WHERE organization_id = $1 AND id = $2"#,
            self.organization,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(Merge::try_from).transpose()
    }

    async fn of_lead(&mut self, lead: LeadId) -> Result<Vec<Merge>, StorageError> {
        let rows = sqlx::query_as!(
            MergeRow,
            r#"SELECT id, lead_id, survivor_id, merged_id, at, author_id, author_key_id, undone_at,
                survivor_before AS "survivor_before: _", survivor_after AS "survivor_after: _",
                merged_before AS "merged_before: _"
            FROM merges WHERE organization_id = $1 AND lead_id = $2 ORDER BY at DESC, id DESC LIMIT 100"#,
            self.organization,
            lead.0,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Merge::try_from).collect()
    }

    async fn holder_of(&mut self, merged: LeadId) -> Result<Option<LeadId>, StorageError> {
        let holder = sqlx::query_scalar!(
            "SELECT lead_id FROM merges WHERE organization_id = $1 AND merged_id = $2 AND undone_at IS NULL",
            self.organization,
            merged.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(holder.map(LeadId))
    }

    async fn undo(&mut self, merge: &Merge, back: &Separation, now: Timestamp) -> Result<(), StorageError> {
        let undone = sqlx::query!(
            "UPDATE merges SET undone_at = $3 WHERE organization_id = $1 AND id = $2 AND undone_at IS NULL",
            self.organization,
            merge.id.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if undone.rows_affected() != 1 {
            return Err(StorageError::Stale);
        }
        self.bring_back(merge, &back.merged).await?;
        self.become_lead(&back.survivor).await?;
        self.give_back(merge).await?;
        self.forget_images(merge).await?;
        let (survivor, merged) = (merge.survivor, merge.merged);
        self.changed(Target::Lead(survivor), vec![FieldChange::between("merged", merged, "")]);
        self.changed(Target::Lead(merged), vec![FieldChange::between("merged_into", survivor, "")]);
        Ok(())
    }
}
