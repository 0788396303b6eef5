//! Outgoing webhooks, in the words of the API. Never a secret.

use jiff::Timestamp;
use qualify_domain::hook::{Answer, Delivery, DeliveryState, Detail, Endpoint, EndpointState, HookKind, Obstacle};
use qualify_ports::storage::{DeliveryCursor, Slice};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::cursor;

codes! {
    /// How much a webhook is told.
    DetailCode of Detail {
        /// Ids only.
        Thin,
        /// What is known of the lead too.
        Full,
    }

    /// Whether a webhook is told anything.
    EndpointStateCode of EndpointState {
        /// It is told.
        On,
        /// It was paused: what happens meanwhile waits.
        Paused,
        /// It said that it is gone (410), and is told nothing until it is turned on again.
        Gone,
        /// It took nothing for five days, and is told nothing until it is turned on again.
        Failing,
    }

    /// Why there was no answer.
    ObstacleCode of Obstacle {
        /// Its name has no address.
        NoAddress,
        /// Its name leads where nothing is sent: into a private network, for one.
        Blocked,
        /// Nobody took the connection.
        Unreachable,
        /// Its certificate is not one to be trusted for that name.
        Insecure,
        /// It took too long.
        Late,
        /// What it said is no answer.
        Broken,
    }
}

/// Of what a webhook is told.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub enum HookKindCode {
    /// There is a new lead.
    #[serde(rename = "lead.created")]
    Created,
    /// More came of the person of a lead.
    #[serde(rename = "lead.changed")]
    Changed,
    /// A lead moved to another stage.
    #[serde(rename = "lead.moved")]
    Moved,
    /// A lead was given to a member.
    #[serde(rename = "lead.assigned")]
    Assigned,
    /// What is known of a lead was corrected. Told to whoever was told of the lead before.
    #[serde(rename = "lead.rectified")]
    Rectified,
    /// A lead was erased. Told to whoever was told of the lead before.
    #[serde(rename = "lead.erased")]
    Erased,
    /// A lead is kept and not used from now on. Told to whoever was told of the lead before.
    #[serde(rename = "lead.restricted")]
    Restricted,
    /// Nothing happened: somebody tries the endpoint.
    #[serde(rename = "webhook.test")]
    Test,
}

impl From<HookKind> for HookKindCode {
    fn from(kind: HookKind) -> Self {
        match kind {
            HookKind::Created => Self::Created,
            HookKind::Changed => Self::Changed,
            HookKind::Moved => Self::Moved,
            HookKind::Assigned => Self::Assigned,
            HookKind::Rectified => Self::Rectified,
            HookKind::Erased => Self::Erased,
            HookKind::Restricted => Self::Restricted,
            HookKind::Test => Self::Test,
        }
    }
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStateCode {
    /// It is tried, or tried again.
    Waiting,
    /// It was taken.
    Taken,
    /// It was given up.
    GivenUp,
}

/// A webhook: where the organization is told of its leads.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookBody {
    /// Its id.
    id: Uuid,
    /// Where it is.
    #[schema(example = "https://example.com/hooks")]
    url: String,
    /// Of what it is told. Beside that it is told when a lead of which it heard is corrected, restricted or erased.
    kinds: Vec<HookKindCode>,
    /// How much it is told.
    detail: DetailCode,
    /// Whether it is told anything.
    state: EndpointStateCode,
    /// Since when it has taken nothing, if the last attempt failed.
    #[schema(value_type = Option<String>, format = DateTime)]
    failing_since: Option<Timestamp>,
    /// Until when the secret before the newest signs too, if there was one.
    #[schema(value_type = Option<String>, format = DateTime)]
    old_secret_until: Option<Timestamp>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<&Endpoint> for WebhookBody {
    fn from(endpoint: &Endpoint) -> Self {
        Self {
            id: endpoint.id.0,
            url: endpoint.url.to_string(),
            kinds: endpoint.kinds.iter().copied().map(Into::into).collect(),
            detail: endpoint.detail.into(),
            state: endpoint.state.into(),
            failing_since: endpoint.failing_since,
            old_secret_until: endpoint.old_secret_until,
            created_at: endpoint.created_at,
        }
    }
}

/// The webhooks.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookList {
    /// The webhooks, the newest first.
    items: Vec<WebhookBody>,
}

impl From<&[Endpoint]> for WebhookList {
    fn from(endpoints: &[Endpoint]) -> Self {
        Self { items: endpoints.iter().map(Into::into).collect() }
    }
}

/// One thing that one webhook is told.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryBody {
    /// Its id: the `webhook-id` of every attempt.
    id: Uuid,
    /// Of what it is told.
    kind: HookKindCode,
    /// Of which lead; null for a test.
    lead: Option<Uuid>,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What became of it.
    state: DeliveryStateCode,
    /// How often it was tried.
    attempts: u8,
    /// When it is tried next, while it waits.
    #[schema(value_type = Option<String>, format = DateTime)]
    next_attempt_at: Option<Timestamp>,
    /// When it was taken or given up.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    /// The status of the last answer, if there was one.
    #[schema(example = 204)]
    status: Option<u16>,
    /// Why there was no answer to the last attempt.
    obstacle: Option<ObstacleCode>,
}

impl From<&Delivery> for DeliveryBody {
    fn from(delivery: &Delivery) -> Self {
        let (state, next_attempt_at, ended_at) = match delivery.state {
            DeliveryState::Waiting(at) => (DeliveryStateCode::Waiting, Some(at), None),
            DeliveryState::Taken(at) => (DeliveryStateCode::Taken, None, Some(at)),
            DeliveryState::GivenUp(at) => (DeliveryStateCode::GivenUp, None, Some(at)),
        };
        let (status, obstacle) = match delivery.last {
            Some(Answer::Status(status)) => (Some(status), None),
            Some(Answer::None(obstacle)) => (None, Some(obstacle.into())),
            None => (None, None),
        };
        Self {
            id: delivery.id.0,
            kind: delivery.kind.into(),
            lead: delivery.lead.map(|lead| lead.0),
            at: delivery.at,
            state,
            attempts: delivery.attempts,
            next_attempt_at,
            ended_at,
            status,
            obstacle,
        }
    }
}

/// A part of what a webhook was told.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeliveryPage {
    /// What it was told, the newest first.
    items: Vec<DeliveryBody>,
    /// What to send as `after` for the next part; null if this is the last.
    next: Option<String>,
}

impl From<&Slice<Delivery, DeliveryCursor>> for DeliveryPage {
    fn from(part: &Slice<Delivery, DeliveryCursor>) -> Self {
        Self { items: part.items.iter().map(Into::into).collect(), next: part.next.map(cursor::written_delivery) }
    }
}
