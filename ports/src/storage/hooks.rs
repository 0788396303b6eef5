use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    hook::{Delivery, Endpoint, EndpointState, HookKind},
    id::{DeliveryId, EndpointId, EventId, LeadId, OrganizationId},
};

use super::{Slice, StorageError};
use crate::{hooks::HookBody, vault::Sealed};

/// A place in the list of what an endpoint was told, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeliveryCursor {
    /// When what the delivery at that place tells of happened.
    pub at: Timestamp,
    /// Its id.
    pub id: DeliveryId,
}

/// An endpoint with its secrets.
#[derive(Clone, Debug)]
pub struct KeptEndpoint {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Its newest secret.
    pub secret: Sealed,
    /// The one before, while it is kept.
    pub old_secret: Option<Sealed>,
}

/// Who was told of a lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// Which endpoint.
    pub endpoint: EndpointId,
    /// On which machine it is.
    pub host: String,
    /// By which id it knows the lead: another one, if leads were merged since.
    pub told: LeadId,
    /// When it was told first.
    pub first_at: Timestamp,
    /// When it was told last.
    pub last_at: Timestamp,
}

/// A delivery whose turn has come. This process alone deals with it until the lease ends.
#[derive(Clone, Debug)]
pub struct DueDelivery {
    /// Whose.
    pub organization: OrganizationId,
    /// Which.
    pub id: DeliveryId,
    /// To which endpoint.
    pub endpoint: EndpointId,
    /// How often it was tried before.
    pub attempts: u8,
}

/// The organization's endpoints, and what they were told.
#[async_trait]
pub trait HookStore: Send {
    /// All endpoints, newest first; those that were removed are left out.
    async fn list(&mut self) -> Result<Vec<Endpoint>, StorageError>;

    /// The endpoint of that id, unless it was removed.
    async fn find(&mut self, id: EndpointId) -> Result<Option<KeptEndpoint>, StorageError>;

    /// Keeps a new endpoint.
    async fn insert(&mut self, kept: &KeptEndpoint) -> Result<(), StorageError>;

    /// Keeps what a member changed of an endpoint: where it is, of what and how much it is told, its state and its secrets.
    async fn update(&mut self, kept: &KeptEndpoint) -> Result<(), StorageError>;

    /// Removes an endpoint with all that waits for it. Who was told of leads stays known. False if there is none.
    async fn remove(&mut self, id: EndpointId, now: Timestamp) -> Result<bool, StorageError>;

    /// A part of what an endpoint was told, newest first, after `after`.
    async fn deliveries(
        &mut self,
        endpoint: EndpointId,
        after: Option<DeliveryCursor>,
        limit: u16,
    ) -> Result<Slice<Delivery, DeliveryCursor>, StorageError>;

    /// Keeps something to be told, unless the endpoint was told of that event already.
    async fn tell(&mut self, delivery: &Delivery, event: EventId, body: &HookBody) -> Result<(), StorageError>;

    /// Puts a delivery back as if never tried; false if there is none of that id, or if what it told is kept no more.
    async fn replay(&mut self, endpoint: EndpointId, id: DeliveryId, now: Timestamp) -> Result<bool, StorageError>;

    /// A delivery and what it tells, held against others; none if it may not be told: it is gone, its lead is restricted, or
    /// its endpoint is told nothing.
    async fn hold(&mut self, id: DeliveryId) -> Result<Option<(Delivery, HookBody)>, StorageError>;

    /// Keeps what an attempt met.
    async fn attempted(&mut self, delivery: &Delivery) -> Result<(), StorageError>;

    /// Keeps that an endpoint took something, or failed at `now`. Tells since when it fails.
    async fn met(&mut self, id: EndpointId, is_taken: bool, now: Timestamp) -> Result<(), StorageError>;

    /// Disables an endpoint and gives up what waits for it; false if it was not on.
    async fn disable(&mut self, id: EndpointId, state: EndpointState, now: Timestamp) -> Result<bool, StorageError>;

    /// Keeps that an endpoint was told of a lead.
    async fn disclosed(&mut self, lead: LeadId, endpoint: EndpointId, now: Timestamp) -> Result<(), StorageError>;

    /// Who was told of a lead, in the order in which they were first told.
    async fn recipients(&mut self, lead: LeadId) -> Result<Vec<Recipient>, StorageError>;

    /// Forgets who was told of a lead.
    async fn forget_recipients(&mut self, lead: LeadId) -> Result<(), StorageError>;

    /// Takes back what waits to be told of a lead, short of what its recipients have to know.
    async fn withdraw(&mut self, lead: LeadId) -> Result<(), StorageError>;
}

/// What endpoints of all organizations are told, for the worker.
#[async_trait]
pub trait HookQueue: Send {
    /// Claims deliveries that are due at `now`, until `lease`: up to `limit`, and up to `each` of one endpoint. Skips what
    /// another process holds, endpoints that are told nothing, and organizations that are closed.
    async fn claim(
        &mut self,
        now: Timestamp,
        lease: Timestamp,
        limit: u16,
    ) -> Result<Vec<DueDelivery>, StorageError>;
}
