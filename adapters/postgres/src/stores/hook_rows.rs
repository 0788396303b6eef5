//! Endpoints and deliveries as they are kept, and the queue of all organizations.

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    hook::{Answer, Delivery, DeliveryState, Endpoint, HookKind},
    id::{DeliveryId, EndpointId, LeadId, OrganizationId, UserId},
};
use qualify_ports::{
    storage::{DueDelivery, HookQueue, KeptEndpoint, StorageError},
    vault::Sealed,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::PlatformWork,
    values::{instant, timestamp, value, values},
};

pub(super) struct StoredEndpoint {
    pub(super) id: Uuid,
    pub(super) url: String,
    pub(super) kinds: Vec<String>,
    pub(super) detail: String,
    pub(super) state: String,
    pub(super) secret_key: String,
    pub(super) secret: Vec<u8>,
    pub(super) old_key: Option<String>,
    pub(super) old_secret: Option<Vec<u8>>,
    pub(super) old_until: Option<OffsetDateTime>,
    pub(super) failing_since: Option<OffsetDateTime>,
    pub(super) made_by: Uuid,
    pub(super) created_at: OffsetDateTime,
}

impl TryFrom<StoredEndpoint> for KeptEndpoint {
    type Error = StorageError;

    fn try_from(row: StoredEndpoint) -> Result<Self, StorageError> {
        let endpoint = Endpoint {
            id: EndpointId(row.id),
            url: value(&row.url)?,
            kinds: values(&row.kinds)?,
            detail: value(&row.detail)?,
            state: value(&row.state)?,
            old_secret_until: row.old_until.map(timestamp).transpose()?,
            failing_since: row.failing_since.map(timestamp).transpose()?,
            made_by: UserId(row.made_by),
            created_at: timestamp(row.created_at)?,
        };
        let old_secret = row.old_key.zip(row.old_secret).map(|(key, bytes)| Sealed { key, bytes });
        Ok(Self { endpoint, secret: Sealed { key: row.secret_key, bytes: row.secret }, old_secret })
    }
}

pub(super) fn codes(kinds: &[HookKind]) -> Vec<String> {
    kinds.iter().map(ToString::to_string).collect()
}

pub(super) struct StoredDelivery {
    pub(super) id: Uuid,
    pub(super) endpoint_id: Uuid,
    pub(super) kind: String,
    pub(super) told_id: Option<Uuid>,
    pub(super) at: OffsetDateTime,
    pub(super) attempts: i16,
    pub(super) status: Option<i16>,
    pub(super) obstacle: Option<String>,
    pub(super) state: String,
    pub(super) state_at: OffsetDateTime,
}

impl TryFrom<StoredDelivery> for Delivery {
    type Error = StorageError;

    fn try_from(row: StoredDelivery) -> Result<Self, StorageError> {
        let state_at = timestamp(row.state_at)?;
        let last = match (row.status, row.obstacle) {
            (Some(status), _) => Some(Answer::Status(u16::try_from(status).map_err(|_| corrupt("status"))?)),
            (None, Some(obstacle)) => Some(Answer::None(value(&obstacle)?)),
            (None, None) => None,
        };
        Ok(Self {
            id: DeliveryId(row.id),
            endpoint: EndpointId(row.endpoint_id),
            kind: value(&row.kind)?,
            lead: row.told_id.map(LeadId),
            at: timestamp(row.at)?,
            attempts: u8::try_from(row.attempts).map_err(|_| corrupt("attempts"))?,
            last,
            state: match row.state.as_str() {
                "waiting" => DeliveryState::Waiting(state_at),
                "taken" => DeliveryState::Taken(state_at),
                _ => DeliveryState::GivenUp(state_at),
            },
        })
    }
}

/// What became of a delivery, as it is kept.
pub(super) fn came_to(state: DeliveryState) -> (&'static str, OffsetDateTime) {
    (state.code(), instant(state.at()))
}

/// What an attempt met, as it is kept.
pub(super) fn met_by(answer: Option<Answer>) -> (Option<i16>, Option<&'static str>) {
    match answer {
        None => (None, None),
        Some(Answer::Status(status)) => (i16::try_from(status).ok(), None),
        Some(Answer::None(obstacle)) => (None, Some(obstacle.code())),
    }
}

#[async_trait]
impl HookQueue for PlatformWork {
    async fn claim(
        &mut self,
        now: Timestamp,
        lease: Timestamp,
        limit: u16,
        each: u16,
    ) -> Result<Vec<DueDelivery>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT home AS "home!", delivery AS "delivery!", endpoint AS "endpoint!" FROM claim_deliveries($1, $2, $3, $4)"#,
            instant(now),
            instant(lease),
            i32::from(limit),
            i32::from(each),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let due = |organization, id, endpoint| DueDelivery {
            organization: OrganizationId(organization),
            id: DeliveryId(id),
            endpoint: EndpointId(endpoint),
        };
        Ok(rows.into_iter().map(|row| due(row.home, row.delivery, row.endpoint)).collect())
    }

    async fn orphaned(&mut self, limit: u16) -> Result<Vec<OrganizationId>, StorageError> {
        let homes =
            sqlx::query_scalar!(r#"SELECT home AS "home!" FROM orphaned_disclosures($1) AS home"#, i32::from(limit))
                .fetch_all(&mut *self.sql)
                .await
                .map_err(failed)?;
        Ok(homes.into_iter().map(OrganizationId).collect())
    }
}
