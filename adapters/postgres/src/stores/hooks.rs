use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::Target,
    hook::{Delivery, Endpoint, EndpointState, HookKind},
    id::{DeliveryId, EndpointId, EventId, LeadId},
};
use qualify_ports::{
    hooks::HookBody,
    storage::{DeliveryCursor, HookStore, KeptEndpoint, Slice, StorageError, ToSend},
};
use uuid::Uuid;

use super::hook_rows::{StoredDelivery, StoredEndpoint, came_to, codes, met_by};
use crate::{error::failed, tx::Work, values::instant};

#[async_trait]
impl HookStore for Work {
    async fn list(&mut self) -> Result<Vec<Endpoint>, StorageError> {
        let rows = sqlx::query_as!(
            StoredEndpoint,
            "SELECT id, url, kinds, detail, state, secret_key, secret, old_key, old_secret, old_until, failing_since, made_by,
                created_at
            FROM hook_endpoints WHERE organization_id = $1 ORDER BY created_at DESC, id DESC",
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(|row| Ok(KeptEndpoint::try_from(row)?.endpoint)).collect()
    }

    async fn find(&mut self, id: EndpointId) -> Result<Option<KeptEndpoint>, StorageError> {
        let row = sqlx::query_as!(
            StoredEndpoint,
            "SELECT id, url, kinds, detail, state, secret_key, secret, old_key, old_secret, old_until, failing_since, made_by,
                created_at
            FROM hook_endpoints WHERE organization_id = $1 AND id = $2",
            self.organization,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(KeptEndpoint::try_from).transpose()
    }

    async fn hold(&mut self, id: EndpointId) -> Result<(), StorageError> {
        sqlx::query!(
            "SELECT id FROM hook_endpoints WHERE organization_id = $1 AND id = $2 FOR NO KEY UPDATE",
            self.organization,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn insert(&mut self, kept: &KeptEndpoint) -> Result<(), StorageError> {
        let endpoint = &kept.endpoint;
        sqlx::query!(
            "INSERT INTO hook_endpoints (organization_id, id, url, kinds, detail, state, secret_key, secret, made_by, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            self.organization,
            endpoint.id.0,
            &*endpoint.url,
            &codes(&endpoint.kinds),
            endpoint.detail.code(),
            endpoint.state.code(),
            kept.secret.key,
            kept.secret.bytes,
            endpoint.made_by.0,
            instant(endpoint.created_at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Endpoint(endpoint.id), &["new"]);
        Ok(())
    }

    async fn update(&mut self, kept: &KeptEndpoint, fields: &[&'static str]) -> Result<(), StorageError> {
        let endpoint = &kept.endpoint;
        sqlx::query!(
            "UPDATE hook_endpoints SET url = $3, kinds = $4, detail = $5, state = $6, secret_key = $7, secret = $8, old_key = $9,
                old_secret = $10, old_until = $11, failing_since = $12
            WHERE organization_id = $1 AND id = $2",
            self.organization,
            endpoint.id.0,
            &*endpoint.url,
            &codes(&endpoint.kinds),
            endpoint.detail.code(),
            endpoint.state.code(),
            kept.secret.key,
            kept.secret.bytes,
            kept.old_secret.as_ref().map(|old| old.key.clone()),
            kept.old_secret.as_ref().map(|old| old.bytes.clone()),
            endpoint.old_secret_until.map(instant),
            endpoint.failing_since.map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Endpoint(endpoint.id), fields);
        Ok(())
    }

    async fn remove(&mut self, id: EndpointId) -> Result<bool, StorageError> {
        let gone =
            sqlx::query!("DELETE FROM hook_endpoints WHERE organization_id = $1 AND id = $2", self.organization, id.0)
                .execute(&mut *self.sql)
                .await
                .map_err(failed)?;
        let is_gone = gone.rows_affected() == 1;
        if is_gone {
            self.touched(Target::Endpoint(id), &["removed"]);
        }
        Ok(is_gone)
    }

    async fn deliveries(
        &mut self,
        endpoint: EndpointId,
        after: Option<DeliveryCursor>,
        limit: u16,
    ) -> Result<Slice<Delivery, DeliveryCursor>, StorageError> {
        let rows = sqlx::query_as!(
            StoredDelivery,
            "SELECT id, endpoint_id, kind, told_id, at, attempts, status, obstacle, state, state_at
            FROM hook_deliveries
            WHERE organization_id = $1 AND endpoint_id = $2 AND ($3::timestamptz IS NULL OR (at, id) < ($3, $4::uuid))
            ORDER BY at DESC, id DESC LIMIT $5",
            self.organization,
            endpoint.0,
            after.map(|after| instant(after.at)),
            after.map(|after| after.id.0),
            i64::from(limit) + 1,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let more = rows.len() > usize::from(limit);
        let rows = rows.into_iter().take(limit.into());
        let items: Vec<Delivery> = rows.map(Delivery::try_from).collect::<Result<_, _>>()?;
        let next = items.last().filter(|_| more).map(|last| DeliveryCursor { at: last.at, id: last.id });
        Ok(Slice { items, next })
    }

    async fn tell(
        &mut self,
        delivery: &Delivery,
        lead: Option<LeadId>,
        event: EventId,
        body: &HookBody,
    ) -> Result<(), StorageError> {
        let (state, state_at) = came_to(delivery.state);
        sqlx::query!(
            "INSERT INTO hook_deliveries (organization_id, id, endpoint_id, event_id, kind, lead_id, told_id, at, body, attempts,
                state, state_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11)
            ON CONFLICT (organization_id, endpoint_id, event_id, kind) DO NOTHING",
            self.organization,
            delivery.id.0,
            delivery.endpoint.0,
            event.0,
            delivery.kind.code(),
            lead.map(|lead| lead.0),
            delivery.lead.map(|lead| lead.0),
            instant(delivery.at),
            body.0,
            state,
            state_at,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if delivery.kind == HookKind::Test {
            self.touched(Target::Endpoint(delivery.endpoint), &["tested"]);
        }
        Ok(())
    }

    async fn replay(&mut self, endpoint: EndpointId, id: DeliveryId, now: Timestamp) -> Result<bool, StorageError> {
        let replayed = sqlx::query!(
            "UPDATE hook_deliveries SET state = 'waiting', state_at = $4, attempts = 0, status = NULL, obstacle = NULL,
                held_until = NULL
            WHERE organization_id = $1 AND endpoint_id = $2 AND id = $3",
            self.organization,
            endpoint.0,
            id.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        let is_replayed = replayed.rows_affected() == 1;
        if is_replayed {
            self.touched(Target::Endpoint(endpoint), &["replayed"]);
        }
        Ok(is_replayed)
    }

    async fn to_send(&mut self, id: DeliveryId) -> Result<Option<ToSend>, StorageError> {
        let row = sqlx::query!(
            r#"SELECT d.endpoint_id, d.kind, d.told_id, d.at, d.attempts, d.status, d.obstacle, d.state, d.state_at, d.body,
                coalesce(l.restricted, false) AS "is_restricted!"
            FROM hook_deliveries AS d
            JOIN organizations AS o ON o.organization_id = d.organization_id AND o.closed_at IS NULL
            LEFT JOIN leads AS l ON l.organization_id = d.organization_id AND l.id = d.lead_id
            WHERE d.organization_id = $1 AND d.id = $2 AND d.state = 'waiting'"#,
            self.organization,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let stored = StoredDelivery {
            id: id.0,
            endpoint_id: row.endpoint_id,
            kind: row.kind,
            told_id: row.told_id,
            at: row.at,
            attempts: row.attempts,
            status: row.status,
            obstacle: row.obstacle,
            state: row.state,
            state_at: row.state_at,
        };
        Ok(Some(ToSend { delivery: stored.try_into()?, body: HookBody(row.body), is_restricted: row.is_restricted }))
    }

    async fn attempted(&mut self, delivery: &Delivery) -> Result<(), StorageError> {
        let (state, state_at) = came_to(delivery.state);
        let (status, obstacle) = met_by(delivery.last);
        sqlx::query!(
            "UPDATE hook_deliveries SET attempts = $3, status = $4, obstacle = $5, state = $6, state_at = $7, held_until = NULL
            WHERE organization_id = $1 AND id = $2",
            self.organization,
            delivery.id.0,
            i16::from(delivery.attempts),
            status,
            obstacle,
            state,
            state_at,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn met(&mut self, id: EndpointId, is_taken: bool, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE hook_endpoints SET failing_since = CASE WHEN $3 THEN NULL ELSE coalesce(failing_since, $4) END
            WHERE organization_id = $1 AND id = $2 AND (failing_since IS NULL) <> $3",
            self.organization,
            id.0,
            is_taken,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn disable(&mut self, id: EndpointId, state: EndpointState, now: Timestamp) -> Result<bool, StorageError> {
        let disabled = sqlx::query!(
            "UPDATE hook_endpoints SET state = $3 WHERE organization_id = $1 AND id = $2 AND state = 'on'",
            self.organization,
            id.0,
            state.code(),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        sqlx::query!(
            "UPDATE hook_deliveries SET state = 'given_up', state_at = $3, held_until = NULL
            WHERE organization_id = $1 AND endpoint_id = $2 AND state = 'waiting'",
            self.organization,
            id.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(disabled.rows_affected() == 1)
    }

    async fn disclose(
        &mut self,
        told: LeadId,
        endpoint: EndpointId,
        host: &str,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        sqlx::query_scalar!(
            r#"INSERT INTO hook_disclosures (organization_id, endpoint_id, told_id, host, lead_id, first_at, last_at)
            VALUES ($1, $2, $3, $4, coalesce(
                (SELECT id FROM leads WHERE organization_id = $1 AND id = $3),
                (SELECT lead_id FROM merges WHERE organization_id = $1 AND merged_id = $3 AND undone_at IS NULL
                    ORDER BY at DESC LIMIT 1)
            ), $5, $5)
            ON CONFLICT (organization_id, endpoint_id, told_id, host) DO UPDATE SET last_at = excluded.last_at
            RETURNING first_at = $5 AS "is_first!""#,
            self.organization,
            endpoint.0,
            told.0,
            host,
            instant(now),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)
    }

    async fn withdraw_disclosure(
        &mut self,
        told: LeadId,
        endpoint: EndpointId,
        host: &str,
        at: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query!(
            "DELETE FROM hook_disclosures WHERE organization_id = $1 AND endpoint_id = $2 AND told_id = $3 AND host = $4
                AND first_at = $5 AND last_at = $5 AND lead_id IS NOT NULL",
            self.organization,
            endpoint.0,
            told.0,
            host,
            instant(at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn recipients(&mut self, lead: LeadId) -> Result<Vec<(EndpointId, LeadId)>, StorageError> {
        let rows = sqlx::query!(
            "SELECT DISTINCT endpoint_id, told_id FROM hook_disclosures AS d
            WHERE organization_id = $1 AND lead_id = $2
                AND EXISTS (SELECT FROM hook_endpoints AS e WHERE e.organization_id = $1 AND e.id = d.endpoint_id)",
            self.organization,
            lead.0,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(rows.into_iter().map(|row| (EndpointId(row.endpoint_id), LeadId(row.told_id))).collect())
    }

    async fn disclosed(&mut self, leads: &[LeadId]) -> Result<Vec<LeadId>, StorageError> {
        let leads: Vec<Uuid> = leads.iter().map(|lead| lead.0).collect();
        let rows = sqlx::query_scalar!(
            r#"SELECT DISTINCT lead_id AS "lead_id!" FROM hook_disclosures
            WHERE organization_id = $1 AND lead_id = ANY ($2)"#,
            self.organization,
            &leads,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(rows.into_iter().map(LeadId).collect())
    }

    async fn take_orphaned(&mut self, limit: u16) -> Result<Vec<(EndpointId, LeadId)>, StorageError> {
        let rows = sqlx::query!(
            r#"WITH gone AS (
                DELETE FROM hook_disclosures WHERE organization_id = $1 AND (endpoint_id, told_id, host) IN (
                    SELECT endpoint_id, told_id, host FROM hook_disclosures
                    WHERE organization_id = $1 AND lead_id IS NULL LIMIT $2 FOR UPDATE SKIP LOCKED
                ) RETURNING endpoint_id, told_id
            )
            SELECT DISTINCT g.endpoint_id, g.told_id, e.id IS NOT NULL AS "is_there!"
            FROM gone AS g LEFT JOIN hook_endpoints AS e ON e.organization_id = $1 AND e.id = g.endpoint_id"#,
            self.organization,
            i64::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let there = rows.into_iter().filter(|row| row.is_there);
        Ok(there.map(|row| (EndpointId(row.endpoint_id), LeadId(row.told_id))).collect())
    }
}
