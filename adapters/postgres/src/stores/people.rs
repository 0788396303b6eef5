use async_trait::async_trait;
use qualify_domain::{
    connection,
    id::{LeadId, UserId},
    submission,
    text::Email,
};
use qualify_ports::storage::{HeldAccounts, HeldRow, Meaning, PersonStore, StorageError};
use uuid::Uuid;

use crate::{
    error::failed,
    tx::{PlatformWork, Work},
    values::instant,
};

fn ids(leads: &[LeadId]) -> Vec<Uuid> {
    leads.iter().map(|lead| lead.0).collect()
}

impl Work {
    /// The leads on which an address stands, and whether they are surely of whoever has it.
    async fn bearing(&mut self, address: &Email) -> Result<Vec<(LeadId, bool)>, StorageError> {
        let rows = sqlx::query!(
            r#"WITH bearing AS (
                SELECT id FROM leads WHERE organization_id = $1 AND email_norm = $2
                UNION SELECT lead_id FROM lead_aliases WHERE organization_id = $1 AND kind = 'email' AND norm = $2
                UNION SELECT lead_id FROM submissions
                    WHERE organization_id = $1 AND lead_id IS NOT NULL AND email_norm = $2
            ), known AS (
                SELECT l.id, l.phone_e164, l.created_at,
                    l.form_id IS NOT NULL AND l.source_key_id IS NULL AND l.source_import_id IS NULL AS from_form,
                    ARRAY(SELECT norm FROM lead_aliases WHERE organization_id = $1 AND lead_id = l.id AND kind = 'email')
                        || l.email_norm AS addresses
                FROM leads AS l WHERE l.organization_id = $1 AND l.id IN (SELECT id FROM bearing)
            ), sent AS (
                SELECT s.lead_id, s.id, s.received_at, s.phone_e164, s.email_norm AS norm
                FROM submissions AS s WHERE s.organization_id = $1 AND s.lead_id IN (SELECT id FROM bearing)
            )
            SELECT k.id, coalesce($2 COLLATE "C" = ANY (k.addresses)
                AND NOT EXISTS (SELECT FROM sent AS s WHERE s.lead_id = k.id AND s.norm COLLATE "C" <> ALL (k.addresses))
                AND CASE WHEN k.from_form
                    THEN (SELECT s.norm COLLATE "C" = ANY (k.addresses) FROM sent AS s WHERE s.lead_id = k.id
                        ORDER BY s.received_at, s.id LIMIT 1)
                    ELSE NOT EXISTS (SELECT FROM sent AS s
                        WHERE s.lead_id = k.id AND s.norm COLLATE "C" = ANY (k.addresses) AND s.phone_e164 = k.phone_e164)
                    END, false) AS "is_sure!"
            FROM known AS k ORDER BY k.created_at, k.id"#,
            self.organization,
            address.normalized(),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(rows.into_iter().map(|row| (LeadId(row.id), row.is_sure)).collect())
    }
}

#[async_trait]
impl PersonStore for Work {
    async fn leads_of(&mut self, address: &Email) -> Result<Vec<LeadId>, StorageError> {
        Ok(self.bearing(address).await?.into_iter().filter(|(_, is_sure)| *is_sure).map(|(lead, _)| lead).collect())
    }

    async fn unsure_of(&mut self, address: &Email) -> Result<Vec<LeadId>, StorageError> {
        Ok(self.bearing(address).await?.into_iter().filter(|(_, is_sure)| !is_sure).map(|(lead, _)| lead).collect())
    }

    async fn of_leads(&mut self, leads: &[LeadId], address: Option<&Email>) -> Result<Vec<HeldRow>, StorageError> {
        // A network address whose time is over is not handed out, whether or not it is swept by now (RET-1).
        let leads = ids(leads);
        let ips_until = self.now().saturating_sub(submission::IP_KEPT).unwrap_or(jiff::Timestamp::MIN);
        sqlx::query_as!(
            HeldRow,
            r#"SELECT "table" AS "table!", row::text AS "row!" FROM (
                SELECT 'leads' AS "table", created_at AS at, to_jsonb(t) AS row
                FROM leads AS t WHERE organization_id = $1 AND id = ANY ($2)
                UNION ALL SELECT 'submissions', received_at,
                    to_jsonb(t) || CASE WHEN received_at <= $4 THEN '{"ip": null}' ELSE '{}' END::jsonb
                FROM submissions AS t WHERE organization_id = $1 AND lead_id = ANY ($2)
                UNION ALL SELECT 'submissions', received_at,
                    to_jsonb(t) || CASE WHEN received_at <= $4 THEN '{"ip": null}' ELSE '{}' END::jsonb
                FROM submissions AS t
                WHERE organization_id = $1 AND email_norm = $3
                    AND (lead_id IS NULL OR lead_id <> ALL ($2))
                UNION ALL SELECT 'activities', at, to_jsonb(t)
                FROM activities AS t WHERE organization_id = $1 AND lead_id = ANY ($2)
                UNION ALL SELECT 'tasks', made_at, to_jsonb(t)
                FROM tasks AS t WHERE organization_id = $1 AND lead_id = ANY ($2)
                UNION ALL SELECT 'lead_scores', scored_at, to_jsonb(t)
                FROM lead_scores AS t WHERE organization_id = $1 AND lead_id = ANY ($2)
                UNION ALL SELECT 'lead_aliases', NULL, to_jsonb(t)
                FROM lead_aliases AS t WHERE organization_id = $1 AND lead_id = ANY ($2)
                UNION ALL SELECT 'merges', at, to_jsonb(t)
                FROM merges AS t WHERE organization_id = $1 AND lead_id = ANY ($2)
                UNION ALL SELECT 'import_changes', changed_at, to_jsonb(t)
                FROM import_changes AS t WHERE organization_id = $1 AND lead_id = ANY ($2)
                UNION ALL SELECT 'restrictions', since, to_jsonb(t)
                FROM restrictions AS t WHERE organization_id = $1 AND lead_id = ANY ($2)
                UNION ALL SELECT 'hook_disclosures', first_at, to_jsonb(t)
                FROM hook_disclosures AS t WHERE organization_id = $1 AND lead_id = ANY ($2)
                UNION ALL SELECT 'consent_events', at, to_jsonb(t)
                FROM consent_events AS t WHERE organization_id = $1 AND (lead_id = ANY ($2) OR submission_id IN (
                    SELECT id FROM submissions WHERE organization_id = $1 AND (lead_id = ANY ($2)
                        OR email_norm = $3)
                ))
                UNION ALL SELECT 'rights_requests', received_at, to_jsonb(t)
                FROM rights_requests AS t WHERE organization_id = $1 AND (email_norm = $3 OR email_norm IN (
                    SELECT email_norm FROM leads WHERE organization_id = $1 AND id = ANY ($2)
                ))
            ) AS held ORDER BY "table", at, row::text"#,
            self.organization,
            &leads,
            address.map(Email::normalized),
            instant(ips_until),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)
    }

    async fn meanings(&mut self, leads: &[LeadId]) -> Result<Vec<Meaning>, StorageError> {
        let leads = ids(leads);
        sqlx::query_as!(
            Meaning,
            r#"SELECT kind AS "kind!", id AS "id!", says::text AS "says!" FROM (
                SELECT 'organization' AS kind, organization_id::text AS id, jsonb_build_object('name', name) AS says
                FROM organizations WHERE organization_id = $1
                UNION ALL SELECT 'stage', s.id::text,
                    jsonb_build_object('name', s.name, 'kind', s.kind, 'pipeline', p.name)
                FROM stages AS s JOIN pipelines AS p ON p.organization_id = s.organization_id AND p.id = s.pipeline_id
                WHERE s.organization_id = $1
                UNION ALL SELECT 'reason', id::text, jsonb_build_object('name', name)
                FROM reasons WHERE organization_id = $1
                UNION ALL SELECT 'property', id::text,
                    jsonb_build_object('name', name, 'key', key, 'purpose', purpose, 'kind', kind)
                FROM properties WHERE organization_id = $1
                UNION ALL SELECT 'form', id::text, jsonb_build_object('name', name)
                FROM forms WHERE organization_id = $1
                UNION ALL SELECT 'import', id::text,
                    jsonb_build_object('name', file, 'source', settings -> 'source', 'at', created_at)
                FROM imports WHERE organization_id = $1 AND id IN (
                    SELECT source_import_id FROM leads WHERE organization_id = $1 AND id = ANY ($2)
                )
                UNION ALL SELECT 'score_rules', version::text, book
                FROM score_editions WHERE organization_id = $1 AND version IN (
                    SELECT version FROM lead_scores WHERE organization_id = $1 AND lead_id = ANY ($2)
                )
                UNION ALL SELECT 'member', user_id::text,
                    jsonb_build_object('roles', roles, 'first', first_name, 'last', last_name, 'email', email)
                FROM members_with_profile()
            ) AS meant ORDER BY kind, id"#,
            self.organization,
            &leads,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)
    }

    async fn of_member(&mut self, user: UserId) -> Result<Vec<HeldRow>, StorageError> {
        sqlx::query_as!(
            HeldRow,
            r#"SELECT "table" AS "table!", row::text AS "row!" FROM (
                SELECT 'organizations' AS "table", created_at AS at, to_jsonb(t) AS row
                FROM organizations AS t WHERE organization_id = $1
                UNION ALL SELECT 'memberships', joined_at, to_jsonb(t)
                FROM memberships AS t WHERE organization_id = $1 AND user_id = $2
                UNION ALL SELECT 'team_members', NULL, to_jsonb(t)
                FROM team_members AS t WHERE organization_id = $1 AND user_id = $2
                UNION ALL SELECT 'invitations', invited_at, to_jsonb(t)
                FROM invitations AS t WHERE organization_id = $1 AND email_norm = (
                    SELECT lower(email COLLATE "und-x-icu") COLLATE "C" FROM members_with_profile() WHERE user_id = $2
                )
                UNION ALL SELECT 'notification_choices', NULL, to_jsonb(t)
                FROM notification_choices AS t WHERE organization_id = $1 AND user_id = $2
                UNION ALL SELECT 'api_keys', created_at, to_jsonb(t) - 'digest'
                FROM api_keys AS t WHERE organization_id = $1 AND made_by = $2
                UNION ALL SELECT 'notifications', created_at, to_jsonb(t)
                FROM notifications AS t WHERE organization_id = $1 AND user_id = $2
                UNION ALL SELECT 'jobs', asked_at, to_jsonb(t)
                FROM jobs AS t WHERE organization_id = $1 AND user_id = $2
                UNION ALL SELECT 'audit_entries', at, to_jsonb(t)
                FROM audit_entries AS t WHERE organization_id = $1 AND actor_kind = 'member' AND actor_id = $2
            ) AS held ORDER BY "table", at, row::text"#,
            self.organization,
            user.0,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)
    }
}

#[async_trait]
impl HeldAccounts for PlatformWork {
    async fn of_user(&mut self, user: UserId) -> Result<Vec<HeldRow>, StorageError> {
        let shown_after = connection::shown_after(self.now());
        sqlx::query_as!(
            HeldRow,
            r#"SELECT "table" AS "table!", row::text AS "row!" FROM (
                SELECT 'users' AS "table", created_at AS at, to_jsonb(t) AS row FROM users AS t WHERE id = $1
                UNION ALL SELECT 'totp_secrets', created_at, to_jsonb(t) - 'sealed'
                FROM totp_secrets AS t WHERE user_id = $1
                UNION ALL SELECT 'recovery_codes', used_at, to_jsonb(t) - 'digest'
                FROM recovery_codes AS t WHERE user_id = $1
                UNION ALL SELECT 'passkeys', added_at, to_jsonb(t) - '{credential_id,public_key,state}'::text[]
                FROM passkeys AS t WHERE user_id = $1
                UNION ALL SELECT 'sessions', created_at, to_jsonb(t) FROM sessions AS t WHERE user_id = $1
                UNION ALL SELECT 'connection_events', occurred_at, to_jsonb(t)
                FROM connection_events AS t WHERE user_id = $1 AND occurred_at > $2
                UNION ALL SELECT 'one_time_tokens', issued_at, to_jsonb(t) - 'digest'
                FROM one_time_tokens AS t
                WHERE user_id = $1 OR email_norm = (SELECT email_norm FROM users WHERE id = $1)
                UNION ALL SELECT 'member_requests', o.received_at, to_jsonb(t)
                FROM member_requests AS t JOIN operator_requests AS o ON o.id = t.request_id WHERE t.user_id = $1
                UNION ALL SELECT 'pending_sign_ups', o.issued_at, to_jsonb(t)
                FROM pending_sign_ups AS t JOIN one_time_tokens AS o ON o.id = t.token_id
                WHERE o.email_norm = (SELECT email_norm FROM users WHERE id = $1)
            ) AS held ORDER BY "table", at, row::text"#,
            user.0,
            instant(shown_after),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)
    }
}
