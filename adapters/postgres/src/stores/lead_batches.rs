use async_trait::async_trait;
use qualify_domain::{activity::Activity, id::LeadId, lead::Lead, property::Properties, text::Phone};
use qualify_ports::storage::{LeadBatches, LeadStore, StorageError};
use sqlx::types::Json;
use time::Date;
use uuid::Uuid;

use super::{
    activities::{Details, fields, kind, note, parts},
    leads::{StoredLead, tags},
};
use crate::{error::failed, tx::Work, values::instant};

#[async_trait]
impl LeadBatches for Work {
    async fn people(&mut self, emails: &[String], phones: &[String]) -> Result<Vec<Lead>, StorageError> {
        let rows = sqlx::query_as!(
            StoredLead,
            r#"SELECT id, version, name, email, phone, phone_e164, stage_id, owner_id, form_id, source_key_id,
                source_import_id, legal_basis, first_touch AS "first_touch: _", last_touch AS "last_touch: _", fit, engagement,
                created_at, last_submission_at, company, properties AS "properties: _", tags, stage_entered_at, reason_id, rank,
                last_activity_at
            FROM leads
            WHERE organization_id = $1 AND ($4::uuid[] IS NULL OR owner_id = ANY ($4) OR owner_id IS NULL)
                AND (email_norm = ANY ($2) OR phone_e164 = ANY ($3))"#,
            self.organization,
            emails,
            phones,
            self.owners.as_deref() as _,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Lead::try_from).collect()
    }

    async fn known_as(&mut self, emails: &[String], phones: &[String]) -> Result<Vec<(String, Lead)>, StorageError> {
        let rows = sqlx::query!(
            "SELECT norm, lead_id FROM lead_aliases
            WHERE organization_id = $1 AND (kind = 'email' AND norm = ANY ($2) OR kind = 'phone' AND norm = ANY ($3))",
            self.organization,
            emails,
            phones,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let ids: Vec<LeadId> = rows.iter().map(|row| LeadId(row.lead_id)).collect();
        let leads = if ids.is_empty() { Vec::new() } else { LeadStore::all(self, &ids).await? };
        let known = |id: Uuid| leads.iter().find(|lead| lead.id.0 == id).cloned();
        Ok(rows.into_iter().filter_map(|row| Some((row.norm, known(row.lead_id)?))).collect())
    }

    async fn hold_people(&mut self, emails: &[String], phones: &[String]) -> Result<(), StorageError> {
        // The same locks as for one person, in the same order, so that nobody waits in a circle.
        sqlx::query!(
            r#"SELECT count(pg_advisory_xact_lock(held.key)) FROM (
                SELECT DISTINCT hashtextextended($1::text || mark, 0) AS key FROM (
                    SELECT '@' || email FROM unnest($2::text[]) AS email
                    UNION ALL SELECT '+' || phone FROM unnest($3::text[]) AS phone
                ) AS marks (mark)
                ORDER BY key OFFSET 0
            ) AS held"#,
            self.organization.to_string(),
            emails,
            phones,
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn insert_all(&mut self, leads: &[Lead]) -> Result<(), StorageError> {
        let column = Columns::of(leads);
        let created: Vec<_> = leads.iter().map(|lead| instant(lead.created_at)).collect();
        let written: Vec<_> = leads.iter().map(|lead| instant(lead.last_submission_at)).collect();
        let forms: Vec<_> = leads.iter().map(|lead| lead.form.map(|form| form.0)).collect();
        let bases: Vec<_> = leads.iter().map(|lead| lead.legal_basis.code().to_owned()).collect();
        let sources: Vec<_> = leads.iter().map(|lead| lead.source.code().to_owned()).collect();
        let keys: Vec<_> = leads.iter().map(|lead| lead.source.key().map(|key| key.0)).collect();
        let imports: Vec<_> = leads.iter().map(|lead| lead.source.import().map(|import| import.0)).collect();
        let ranks: Vec<_> = leads.iter().map(|lead| lead.rank.as_str().to_owned()).collect();
        let entered: Vec<_> = leads.iter().map(|lead| instant(lead.stage_entered_at)).collect();
        let active: Vec<_> = leads.iter().map(|lead| instant(lead.last_activity_at)).collect();
        let reasons: Vec<_> = leads.iter().map(|lead| lead.reason.map(|reason| reason.0)).collect();
        let touches: Vec<_> = leads.iter().map(|lead| Json(&lead.first_touch)).collect();
        sqlx::query!(
            "INSERT INTO leads (organization_id, id, version, name, email, phone, phone_e164, stage_id, owner_id, form_id,
                legal_basis, first_touch, last_touch, created_at, last_submission_at, source, source_key_id,
                source_import_id, company, properties, tags, rank, stage_entered_at, last_activity_at, reason_id)
            SELECT $1, id, version, name, email, phone, e164, stage, owner, form, basis, touch, touch, created, written,
                source, key, import, company, properties, ARRAY(SELECT jsonb_array_elements_text(tags)), rank, entered,
                active, reason
            FROM unnest($2::uuid[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::uuid[],
                $10::uuid[], $11::text[], $12::jsonb[], $13::timestamptz[], $14::timestamptz[], $15::text[], $16::uuid[],
                $17::uuid[], $18::text[], $19::jsonb[], $20::jsonb[], $21::text[], $22::timestamptz[], $23::timestamptz[],
                $24::uuid[])
                AS lead (id, version, name, email, phone, e164, stage, owner, form, basis, touch, created, written, source,
                    key, import, company, properties, tags, rank, entered, active, reason)",
            self.organization,
            &column.ids,
            &column.versions,
            &column.names as _,
            &column.emails as _,
            &column.phones as _,
            &column.e164 as _,
            &column.stages,
            &column.owners as _,
            &forms as _,
            &bases,
            &touches as _,
            &created,
            &written,
            &sources,
            &keys as _,
            &imports as _,
            &column.companies as _,
            &column.properties as _,
            &column.tags as _,
            &ranks,
            &entered,
            &active,
            &reasons as _,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn update_all(&mut self, leads: &[Lead]) -> Result<Vec<LeadId>, StorageError> {
        let column = Columns::of(leads);
        let kept = sqlx::query_scalar!(
            "UPDATE leads AS l SET version = l.version + 1, name = n.name, email = n.email, phone = n.phone,
                phone_e164 = n.e164, stage_id = n.stage, owner_id = n.owner, company = n.company,
                properties = n.properties, tags = ARRAY(SELECT jsonb_array_elements_text(n.tags))
            FROM unnest($2::uuid[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[], $8::uuid[], $9::uuid[],
                $10::text[], $11::jsonb[], $12::jsonb[])
                AS n (id, version, name, email, phone, e164, stage, owner, company, properties, tags)
            WHERE l.organization_id = $1 AND l.id = n.id AND l.version = n.version
                AND ($13::uuid[] IS NULL OR l.owner_id = ANY ($13) OR l.owner_id IS NULL)
            RETURNING l.id",
            self.organization,
            &column.ids,
            &column.versions,
            &column.names as _,
            &column.emails as _,
            &column.phones as _,
            &column.e164 as _,
            &column.stages,
            &column.owners as _,
            &column.companies as _,
            &column.properties as _,
            &column.tags as _,
            self.owners.as_deref() as _,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(kept.into_iter().map(LeadId).collect())
    }

    async fn remove_all(&mut self, leads: &[LeadId]) -> Result<(), StorageError> {
        let leads: Vec<_> = leads.iter().map(|lead| lead.0).collect();
        sqlx::query!(
            "DELETE FROM leads AS l
            WHERE organization_id = $1 AND id = ANY ($2) AND ($3::uuid[] IS NULL OR owner_id = ANY ($3) OR owner_id IS NULL)
                AND NOT EXISTS (SELECT FROM tasks AS t WHERE t.organization_id = $1 AND t.lead_id = l.id)
                AND NOT EXISTS (SELECT FROM submissions AS s WHERE s.organization_id = $1 AND s.lead_id = l.id)
                AND NOT EXISTS (SELECT FROM held_records AS h
                    WHERE h.organization_id = $1 AND h.kind = 'lead' AND h.record_id = l.id)",
            self.organization,
            &leads,
            self.owners.as_deref() as _,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn tell_all(&mut self, activities: &[Activity]) -> Result<(), StorageError> {
        if activities.is_empty() {
            return Ok(());
        }
        let ids: Vec<_> = activities.iter().map(|activity| activity.id.0).collect();
        let leads: Vec<_> = activities.iter().map(|activity| activity.lead.0).collect();
        let moments: Vec<_> = activities.iter().map(|activity| instant(activity.at)).collect();
        let (members, programs): (Vec<_>, Vec<_>) = activities.iter().map(|activity| parts(activity.author)).unzip();
        let kinds: Vec<_> = activities.iter().map(|activity| kind(&activity.what).to_owned()).collect();
        let notes: Vec<_> = activities.iter().map(|activity| note(&activity.what).map(str::to_owned)).collect();
        let fields: Vec<_> = activities.iter().map(|activity| Json(fields(&activity.what))).collect();
        let are_activity: Vec<_> = activities.iter().map(|activity| activity.what.is_activity()).collect();
        let detail = DetailColumns::of(activities);
        sqlx::query!(
            "WITH told AS (
                SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::timestamptz[], $5::uuid[], $6::uuid[], $7::text[],
                    $8::text[], $9::jsonb[], $10::boolean[], $11::uuid[], $12::uuid[], $13::uuid[], $14::bigint[],
                    $15::uuid[], $16::text[], $17::text[], $18::uuid[], $19::uuid[], $20::uuid[], $21::date[])
                    AS told (id, lead, at, author, program, kind, note, fields, is_activity, submission, from_stage,
                        to_stage, spent, reason, from_grade, to_grade, merging, from_owner, to_owner, due)
            ), kept AS (
                INSERT INTO activities (organization_id, id, lead_id, at, author_id, author_key_id, kind, note, fields,
                    submission_id, from_stage_id, to_stage_id, spent_seconds, reason_id, from_grade, to_grade, merge_id,
                    from_owner_id, to_owner_id, due_on)
                SELECT $1, id, lead, at, author, program, kind, note, ARRAY(SELECT jsonb_array_elements_text(fields)),
                    submission, from_stage, to_stage, spent, reason, from_grade, to_grade, merging, from_owner, to_owner,
                    due
                FROM told
            )
            UPDATE leads AS l SET last_activity_at = latest.at
            FROM (SELECT lead, max(at) AS at FROM told WHERE is_activity GROUP BY lead) AS latest
            WHERE l.organization_id = $1 AND l.id = latest.lead AND l.last_activity_at < latest.at",
            self.organization,
            &ids,
            &leads,
            &moments,
            &members as _,
            &programs as _,
            &kinds,
            &notes as _,
            &fields as _,
            &are_activity,
            &detail.submissions as _,
            &detail.from_stages as _,
            &detail.to_stages as _,
            &detail.spent as _,
            &detail.reasons as _,
            &detail.from_grades as _,
            &detail.to_grades as _,
            &detail.merges as _,
            &detail.from_owners as _,
            &detail.to_owners as _,
            &detail.days as _,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}

/// Leads, column by column.
struct Columns {
    ids: Vec<Uuid>,
    versions: Vec<i32>,
    names: Vec<Option<String>>,
    emails: Vec<Option<String>>,
    phones: Vec<Option<String>>,
    e164: Vec<Option<String>>,
    stages: Vec<Uuid>,
    owners: Vec<Option<Uuid>>,
    companies: Vec<Option<String>>,
    properties: Vec<Json<Properties>>,
    tags: Vec<Json<Vec<String>>>,
}

impl Columns {
    fn of(leads: &[Lead]) -> Self {
        let text = |text: Option<&str>| text.map(str::to_owned);
        let of_phone = |lead: &Lead| lead.phone.as_ref().map(|phone| phone.written().to_owned());
        Self {
            ids: leads.iter().map(|lead| lead.id.0).collect(),
            versions: leads.iter().map(|lead| lead.version).collect(),
            names: leads.iter().map(|lead| text(lead.name.as_deref())).collect(),
            emails: leads.iter().map(|lead| text(lead.email.as_deref())).collect(),
            phones: leads.iter().map(of_phone).collect(),
            e164: leads.iter().map(|lead| text(lead.phone.as_ref().and_then(Phone::e164))).collect(),
            stages: leads.iter().map(|lead| lead.stage.0).collect(),
            owners: leads.iter().map(|lead| lead.owner.map(|owner| owner.0)).collect(),
            companies: leads.iter().map(|lead| text(lead.company.as_deref())).collect(),
            properties: leads.iter().map(|lead| Json(lead.properties.clone())).collect(),
            tags: leads.iter().map(|lead| Json(tags(lead))).collect(),
        }
    }
}

/// What else entries of timelines keep, column by column.
#[derive(Default)]
struct DetailColumns {
    submissions: Vec<Option<Uuid>>,
    from_stages: Vec<Option<Uuid>>,
    to_stages: Vec<Option<Uuid>>,
    spent: Vec<Option<i64>>,
    reasons: Vec<Option<Uuid>>,
    from_grades: Vec<Option<String>>,
    to_grades: Vec<Option<String>>,
    merges: Vec<Option<Uuid>>,
    from_owners: Vec<Option<Uuid>>,
    to_owners: Vec<Option<Uuid>>,
    days: Vec<Option<Date>>,
}

impl DetailColumns {
    fn of(activities: &[Activity]) -> Self {
        let mut columns = Self::default();
        for details in activities.iter().map(|activity| Details::of(&activity.what)) {
            columns.submissions.push(details.submission);
            columns.from_stages.push(details.from_stage);
            columns.to_stages.push(details.to_stage);
            columns.spent.push(details.spent_seconds);
            columns.reasons.push(details.reason);
            columns.from_grades.push(details.from_grade);
            columns.to_grades.push(details.to_grade);
            columns.merges.push(details.merge);
            columns.from_owners.push(details.from_owner);
            columns.to_owners.push(details.to_owner);
            columns.days.push(details.due_on);
        }
        columns
    }
}
