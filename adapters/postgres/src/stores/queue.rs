use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    event::Event,
    id::{EventId, OrganizationId, RightsRequestId},
};
use qualify_ports::storage::{Claimed, OutboxQueue, Parked, StorageError};
use sqlx::types::Json;

use crate::{
    error::{corrupt, failed},
    tx::PlatformWork,
    values::{instant, timestamp},
};

#[async_trait]
impl OutboxQueue for PlatformWork {
    async fn claim(&mut self, now: Timestamp, lease: Timestamp, limit: u16) -> Result<Vec<Claimed>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT id AS "id!", organization_id AS "organization_id!", event AS "event!: Json<Event>",
                attempts AS "attempts!"
            FROM claim_events($1, $2, $3)"#,
            instant(now),
            instant(lease),
            i32::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                Ok(Claimed {
                    id: EventId(row.id),
                    organization: OrganizationId(row.organization_id),
                    event: row.event.0,
                    attempts: attempts(row.attempts)?,
                    lease,
                })
            })
            .collect()
    }

    async fn postpone(&mut self, claimed: &Claimed, due: Timestamp) -> Result<bool, StorageError> {
        sqlx::query_scalar!(
            r#"SELECT postpone_event($1, $2, $3) AS "found!""#,
            claimed.id.0,
            instant(claimed.lease),
            instant(due),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)
    }

    async fn defer(&mut self, claimed: &Claimed, due: Timestamp) -> Result<bool, StorageError> {
        sqlx::query_scalar!(
            r#"SELECT defer_event($1, $2, $3) AS "found!""#,
            claimed.id.0,
            instant(claimed.lease),
            instant(due),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)
    }

    async fn park(&mut self, claimed: &Claimed, now: Timestamp, reason: &str) -> Result<bool, StorageError> {
        sqlx::query_scalar!(
            r#"SELECT park_event($1, $2, $3, $4) AS "found!""#,
            claimed.id.0,
            instant(claimed.lease),
            instant(now),
            reason,
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)
    }

    async fn parked(&mut self, limit: u16) -> Result<Vec<Parked>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT id AS "id!", organization_id AS "organization_id!", event AS "event!: Json<Event>",
                attempts AS "attempts!", parked_at AS "parked_at!", parked_reason AS "reason!"
            FROM parked_events($1)"#,
            i32::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                Ok(Parked {
                    id: EventId(row.id),
                    organization: OrganizationId(row.organization_id),
                    event: row.event.0,
                    attempts: attempts(row.attempts)?,
                    parked_at: timestamp(row.parked_at)?,
                    reason: row.reason,
                })
            })
            .collect()
    }

    async fn replay(&mut self, id: EventId, now: Timestamp) -> Result<bool, StorageError> {
        sqlx::query_scalar!(r#"SELECT replay_event($1, $2) AS "found!""#, id.0, instant(now))
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)
    }

    async fn to_score(&mut self, now: Timestamp, limit: u16) -> Result<Vec<OrganizationId>, StorageError> {
        let waiting = sqlx::query_scalar!(r#"SELECT to_score($1, $2) AS "waiting!""#, instant(now), i32::from(limit))
            .fetch_all(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(waiting.into_iter().map(OrganizationId).collect())
    }

    async fn rights_due(
        &mut self,
        now: Timestamp,
        limit: u16,
    ) -> Result<Vec<(OrganizationId, RightsRequestId)>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT organization_id AS "organization!", request_id AS "request!" FROM rights_to_watch($1, $2)"#,
            instant(now),
            i32::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(rows.into_iter().map(|row| (OrganizationId(row.organization), RightsRequestId(row.request))).collect())
    }

    async fn pass_over_rights(&mut self, request: RightsRequestId, until: Timestamp) -> Result<(), StorageError> {
        sqlx::query!("SELECT pass_over_rights($1, $2) AS passed", request.0, instant(until))
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn informings_due(&mut self, now: Timestamp, limit: u16) -> Result<Vec<OrganizationId>, StorageError> {
        let due =
            sqlx::query_scalar!(r#"SELECT informings_to_watch($1, $2) AS "due!""#, instant(now), i32::from(limit))
                .fetch_all(&mut *self.sql)
                .await
                .map_err(failed)?;
        Ok(due.into_iter().map(OrganizationId).collect())
    }

    async fn with_sealed(
        &mut self,
        after: Option<OrganizationId>,
        limit: u16,
    ) -> Result<Vec<OrganizationId>, StorageError> {
        let after = after.map(|after| after.0);
        let homes = sqlx::query_scalar!(r#"SELECT sealed_homes($1, $2) AS "home!""#, after, i32::from(limit))
            .fetch_all(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(homes.into_iter().map(OrganizationId).collect())
    }

    async fn waiting(&mut self) -> Result<i64, StorageError> {
        sqlx::query_scalar!(r#"SELECT waiting_events() AS "waiting!""#).fetch_one(&mut *self.sql).await.map_err(failed)
    }
}

fn attempts(stored: i32) -> Result<u32, StorageError> {
    u32::try_from(stored).map_err(|_| corrupt("number of attempts"))
}
