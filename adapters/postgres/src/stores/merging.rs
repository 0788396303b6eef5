//! What is done with the rows of two leads when they become one, and two again.

use qualify_domain::{id::LeadId, lead::Lead, merge::Merge};
use qualify_ports::storage::{LeadStore, StorageError};
use sqlx::types::Json;

use crate::{error::failed, stores::activities::parts, tx::Work, values::instant};

impl Work {
    /// Both leads as they are, whole.
    pub(super) async fn keep_images(&mut self, merge: &Merge) -> Result<(), StorageError> {
        let (author, program) = parts(merge.author);
        let kept = sqlx::query!(
            "INSERT INTO merges (organization_id, id, lead_id, survivor_id, merged_id, at, author_id, author_key_id,
                survivor_before, merged_before)
            SELECT $1, $2, s.id, s.id, m.id, $5, $6, $7, to_jsonb(s), to_jsonb(m)
            FROM leads AS s, leads AS m
            WHERE s.organization_id = $1 AND s.id = $3 AND m.organization_id = $1 AND m.id = $4
                AND ($8::uuid[] IS NULL OR s.owner_id = ANY ($8) OR s.owner_id IS NULL)
                AND ($8::uuid[] IS NULL OR m.owner_id = ANY ($8) OR m.owner_id IS NULL)",
            self.organization,
            merge.id.0,
            merge.survivor.0,
            merge.merged.0,
            instant(merge.at),
            author,
            program,
            self.owners.as_deref() as _,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if kept.rows_affected() == 1 { Ok(()) } else { Err(StorageError::Stale) }
    }

    /// A change of a lead that reaches back to its beginning.
    pub(super) async fn become_lead(&mut self, lead: &Lead) -> Result<(), StorageError> {
        LeadStore::update(self, lead).await?;
        sqlx::query!(
            "UPDATE leads SET created_at = $3, first_touch = $4, form_id = $5, source = $6, source_key_id = $7,
                source_import_id = $8
            WHERE organization_id = $1 AND id = $2",
            self.organization,
            lead.id.0,
            instant(lead.created_at),
            Json(&lead.first_touch) as _,
            lead.form.map(|form| form.0),
            lead.source.code(),
            lead.source.key().map(|key| key.0),
            lead.source.import().map(|import| import.0),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    /// Gives the survivor all that hangs on the lead that goes, and remembers what that was. What an import did to the lead
    /// that goes can be undone in no other; it waits for the lead to come back.
    pub(super) async fn move_along(&mut self, merge: &Merge) -> Result<(), StorageError> {
        sqlx::query!(
            "WITH sent AS (
                UPDATE submissions SET lead_id = $3 WHERE organization_id = $1 AND lead_id = $4 RETURNING id
            ), happened AS (
                UPDATE activities SET lead_id = $3 WHERE organization_id = $1 AND lead_id = $4 RETURNING id
            ), planned AS (
                UPDATE tasks SET lead_id = $3 WHERE organization_id = $1 AND lead_id = $4 RETURNING id
            ), earlier AS (
                UPDATE merges SET lead_id = $3 WHERE organization_id = $1 AND lead_id = $4 RETURNING id
            ), known AS (
                UPDATE lead_aliases SET lead_id = $3 WHERE organization_id = $1 AND lead_id = $4
            ), told AS (
                UPDATE hook_deliveries SET lead_id = $3 WHERE organization_id = $1 AND lead_id = $4
            ), disclosed AS (
                UPDATE hook_disclosures SET lead_id = $3 WHERE organization_id = $1 AND lead_id = $4
            )
            UPDATE merges SET submissions = ARRAY(SELECT id FROM sent), activities = ARRAY(SELECT id FROM happened),
                tasks = ARRAY(SELECT id FROM planned), merges = ARRAY(SELECT id FROM earlier)
            WHERE organization_id = $1 AND id = $2",
            self.organization,
            merge.id.0,
            merge.survivor.0,
            merge.merged.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.repeat_consents(merge.merged, merge.survivor).await?;
        sqlx::query!(
            "UPDATE merges SET notifications = give_notifications($4, $3, NULL), imports = coalesce((
                SELECT jsonb_agg(to_jsonb(c)) FROM import_changes AS c WHERE c.organization_id = $1 AND c.lead_id = $4
            ), '[]')
            WHERE organization_id = $1 AND id = $2",
            self.organization,
            merge.id.0,
            merge.survivor.0,
            merge.merged.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    /// The lead of somebody who is known by an address or a number of a lead that was merged into it.
    pub(super) async fn find_alias(
        &mut self,
        email: Option<&str>,
        e164: Option<&str>,
    ) -> Result<Option<Lead>, StorageError> {
        let lead = sqlx::query_scalar!(
            r#"SELECT lead_id FROM lead_aliases
            WHERE organization_id = $1 AND (
                kind = 'email' AND norm = lower($2 COLLATE "und-x-icu") COLLATE "C" OR kind = 'phone' AND norm = $3
            )
            ORDER BY lead_id LIMIT 1"#,
            self.organization,
            email,
            e164,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        match lead {
            Some(lead) => LeadStore::find(self, LeadId(lead)).await,
            None => Ok(None),
        }
    }

    /// By what else the person is known from now on: what one of the two leads had, and the survivor has no more.
    pub(super) async fn keep_aliases(&mut self, merge: &Merge) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO lead_aliases (organization_id, merge_id, kind, norm, lead_id)
            SELECT DISTINCT $1::uuid, $2::uuid, alias.kind, alias.norm, m.survivor_id
            FROM merges AS m, unnest(ARRAY[m.survivor_before, m.merged_before]) AS was (image),
                LATERAL (VALUES
                    ('email', image ->> 'email_norm', m.survivor_after ->> 'email_norm'),
                    ('phone', image ->> 'phone_e164', m.survivor_after ->> 'phone_e164')
                ) AS alias (kind, norm, kept)
            WHERE m.organization_id = $1 AND m.id = $2
                AND alias.norm IS NOT NULL AND alias.norm IS DISTINCT FROM alias.kept",
            self.organization,
            merge.id.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    /// The lead that went, where it can stand now; it is a change of it.
    pub(super) async fn bring_back(&mut self, merge: &Merge, lead: &Lead) -> Result<(), StorageError> {
        sqlx::query!(
            "SELECT restore_lead(merged_before || jsonb_build_object('version', $3::integer, 'owner_id', $4::uuid,
                'stage_id', $5::uuid, 'stage_entered_at', $6::timestamptz, 'reason_id', $7::uuid, 'rank', $8::text))
            FROM merges WHERE organization_id = $1 AND id = $2",
            self.organization,
            merge.id.0,
            lead.version + 1,
            lead.owner.map(|owner| owner.0),
            lead.stage.0,
            instant(lead.stage_entered_at),
            lead.reason.map(|reason| reason.0),
            lead.rank.as_str(),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    /// Forgets what the two were: the rows that are there again tell it, and are erased on their own.
    pub(super) async fn forget_images(&mut self, merge: &Merge) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE merges SET survivor_before = NULL, survivor_after = NULL, merged_before = NULL, submissions = '{}',
                activities = '{}', tasks = '{}', notifications = '{}', merges = '{}', imports = '[]'
            WHERE organization_id = $1 AND id = $2",
            self.organization,
            merge.id.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    /// Gives the lead that came back what hung on it, as far as it still is there; what came after the merge stays.
    pub(super) async fn give_back(&mut self, merge: &Merge) -> Result<(), StorageError> {
        sqlx::query!(
            "WITH m AS (
                SELECT * FROM merges WHERE organization_id = $1 AND id = $2
            ), sent AS (
                UPDATE submissions AS s SET lead_id = $4 FROM m
                WHERE s.organization_id = $1 AND s.lead_id = $3 AND s.id = ANY (m.submissions)
            ), happened AS (
                UPDATE activities AS a SET lead_id = $4 FROM m
                WHERE a.organization_id = $1 AND a.lead_id = $3 AND a.id = ANY (m.activities)
            ), planned AS (
                UPDATE tasks AS t SET lead_id = $4 FROM m
                WHERE t.organization_id = $1 AND t.lead_id = $3 AND t.id = ANY (m.tasks)
            ), earlier AS (
                UPDATE merges AS e SET lead_id = $4 FROM m
                WHERE e.organization_id = $1 AND e.lead_id = $3 AND e.id = ANY (m.merges)
            ), known AS (
                UPDATE lead_aliases AS k SET lead_id = $4 FROM m
                WHERE k.organization_id = $1 AND k.lead_id = $3 AND k.merge_id = ANY (m.merges)
            ), told AS (
                UPDATE hook_deliveries AS h SET lead_id = $4 FROM m
                WHERE h.organization_id = $1 AND h.lead_id = $3 AND (h.told_id = $4 OR h.told_id IN (
                    SELECT e.merged_id FROM merges AS e WHERE e.organization_id = $1 AND e.id = ANY (m.merges)))
            ), disclosed AS (
                UPDATE hook_disclosures AS h SET lead_id = $4 FROM m
                WHERE h.organization_id = $1 AND h.lead_id = $3 AND (h.told_id = $4 OR h.told_id IN (
                    SELECT e.merged_id FROM merges AS e WHERE e.organization_id = $1 AND e.id = ANY (m.merges)))
            ), forgotten AS (
                DELETE FROM lead_aliases WHERE organization_id = $1 AND merge_id = $2
            )
            SELECT give_notifications($3, $4, notifications) FROM m",
            self.organization,
            merge.id.0,
            merge.survivor.0,
            merge.merged.0,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.repeat_consents(merge.survivor, merge.merged).await?;
        // The lead came back with the next version: to an import it is what it was.
        sqlx::query!(
            "INSERT INTO import_changes
            SELECT c.* FROM merges AS m, jsonb_array_elements(m.imports) AS kept (image), LATERAL jsonb_populate_record(
                NULL::import_changes, image || jsonb_build_object('version', (image ->> 'version')::integer + CASE
                    WHEN image ->> 'version' = m.merged_before ->> 'version' THEN 1 ELSE 0 END)
            ) AS c
            WHERE m.organization_id = $1 AND m.id = $2",
            self.organization,
            merge.id.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}
