use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    event::Event,
    id::{EventId, OrganizationId, RightsRequestId},
};

use super::StorageError;

/// What happened in the organization, for the worker.
#[async_trait]
pub trait Outbox: Send {
    /// Appends an event that may be dealt with from `due` on.
    async fn append(&mut self, event: &Event, due: Timestamp) -> Result<(), StorageError>;

    /// Marks an event as dealt with; false if it was already.
    async fn complete(&mut self, id: EventId) -> Result<bool, StorageError>;
}

/// An event that this process alone deals with until the lease ends.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// The event's id: the key by which a reaction happens once.
    pub id: EventId,
    /// Where it happened.
    pub organization: OrganizationId,
    /// What happened.
    pub event: Event,
    /// How often it was tried before.
    pub attempts: u32,
    /// When the lease ends.
    pub lease: Timestamp,
}

/// An event the worker gave up on.
#[derive(Clone, Debug)]
pub struct Parked {
    /// Its id.
    pub id: EventId,
    /// Where it happened.
    pub organization: OrganizationId,
    /// What happened.
    pub event: Event,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was parked.
    pub parked_at: Timestamp,
    /// Why.
    pub reason: String,
}

/// The outbox of all organizations, for the worker and the operator.
#[async_trait]
pub trait OutboxQueue: Send {
    /// Claims up to `limit` events that are due at `now`, until `lease`; skips what another process holds.
    async fn claim(&mut self, now: Timestamp, lease: Timestamp, limit: u16) -> Result<Vec<Claimed>, StorageError>;

    /// Gives an event back, to be tried again at `due`; false if it is claimed by somebody else by now.
    async fn postpone(&mut self, claimed: &Claimed, due: Timestamp) -> Result<bool, StorageError>;

    /// Gives an event back that was not tried because its turn has not come, until `due`; false if it is claimed by
    /// somebody else by now.
    async fn defer(&mut self, claimed: &Claimed, due: Timestamp) -> Result<bool, StorageError>;

    /// Gives up on an event; false if it is claimed by somebody else by now.
    async fn park(&mut self, claimed: &Claimed, now: Timestamp, reason: &str) -> Result<bool, StorageError>;

    /// The parked events, the latest first.
    async fn parked(&mut self, limit: u16) -> Result<Vec<Parked>, StorageError>;

    /// Puts a parked event back as if never tried; false if there is none of that id.
    async fn replay(&mut self, id: EventId, now: Timestamp) -> Result<bool, StorageError>;

    /// Organizations in which leads wait to be scored at `now`, found among the `limit` that wait the longest.
    async fn to_score(&mut self, now: Timestamp, limit: u16) -> Result<Vec<OrganizationId>, StorageError>;

    /// Requests about rights, of all organizations, whose moment has come: the longest waiting first.
    async fn rights_due(
        &mut self,
        now: Timestamp,
        limit: u16,
    ) -> Result<Vec<(OrganizationId, RightsRequestId)>, StorageError>;

    /// Looks at a request no sooner than then: it cannot be looked at.
    async fn pass_over_rights(&mut self, request: RightsRequestId, until: Timestamp) -> Result<(), StorageError>;

    /// Organizations in which the worker looks whether people are to be told that their data is kept: the longest waiting
    /// first.
    async fn informings_due(&mut self, now: Timestamp, limit: u16) -> Result<Vec<OrganizationId>, StorageError>;

    /// Organizations in which submissions wait sealed, in the order of their ids; `after` continues.
    async fn with_sealed(
        &mut self,
        after: Option<OrganizationId>,
        limit: u16,
    ) -> Result<Vec<OrganizationId>, StorageError>;

    /// How many events wait, parked ones not counted.
    async fn waiting(&mut self) -> Result<i64, StorageError>;
}
