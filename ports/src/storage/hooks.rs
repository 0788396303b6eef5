use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    hook::{Delivery, Endpoint, EndpointState},
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
    /// The one before, if there was one.
    pub old_secret: Option<Sealed>,
}

/// A delivery that is to be sent.
#[derive(Clone, Debug)]
pub struct ToSend {
    /// The delivery.
    pub delivery: Delivery,
    /// What it tells.
    pub body: HookBody,
    /// Whether the lead it is of is restricted.
    pub is_restricted: bool,
}

/// A delivery whose turn has come. This process alone deals with it until its lease ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DueDelivery {
    /// Whose.
    pub organization: OrganizationId,
    /// Which.
    pub id: DeliveryId,
    /// To which endpoint.
    pub endpoint: EndpointId,
}

/// The organization's endpoints, what they were told, and of which leads.
#[async_trait]
pub trait HookStore: Send {
    /// All endpoints, newest first.
    async fn list(&mut self) -> Result<Vec<Endpoint>, StorageError>;

    /// The endpoint of that id.
    async fn find(&mut self, id: EndpointId) -> Result<Option<KeptEndpoint>, StorageError>;

    /// Keeps others from changing an endpoint, and from ending an attempt at it, until this work is done.
    async fn hold(&mut self, id: EndpointId) -> Result<(), StorageError>;

    /// Keeps a new endpoint.
    async fn insert(&mut self, kept: &KeptEndpoint) -> Result<(), StorageError>;

    /// Keeps what a member changed of an endpoint; `fields` are what that was.
    async fn update(&mut self, kept: &KeptEndpoint, fields: &[&'static str]) -> Result<(), StorageError>;

    /// Removes an endpoint with what it was told and is to be told. Who was told of leads stays known. False if there is none.
    async fn remove(&mut self, id: EndpointId) -> Result<bool, StorageError>;

    /// A part of what an endpoint was told, newest first, after `after`.
    async fn deliveries(
        &mut self,
        endpoint: EndpointId,
        after: Option<DeliveryCursor>,
        limit: u16,
    ) -> Result<Slice<Delivery, DeliveryCursor>, StorageError>;

    /// Keeps something to be told, of that lead if it is there, unless the endpoint was told of that event already.
    async fn tell(
        &mut self,
        delivery: &Delivery,
        lead: Option<LeadId>,
        event: EventId,
        body: &HookBody,
    ) -> Result<(), StorageError>;

    /// Puts a delivery back as if never tried; false if there is none of that id.
    async fn replay(&mut self, endpoint: EndpointId, id: DeliveryId, now: Timestamp) -> Result<bool, StorageError>;

    /// A delivery that waits; none in an organization that is closed.
    async fn to_send(&mut self, id: DeliveryId) -> Result<Option<ToSend>, StorageError>;

    /// Keeps what became of a delivery, and lets go of it.
    async fn attempted(&mut self, delivery: &Delivery) -> Result<(), StorageError>;

    /// Keeps that an endpoint took something, or that it fails at `now`.
    async fn met(&mut self, id: EndpointId, is_taken: bool, now: Timestamp) -> Result<(), StorageError>;

    /// Disables an endpoint and gives up what waits for it; false if it was not on.
    async fn disable(&mut self, id: EndpointId, state: EndpointState, now: Timestamp) -> Result<bool, StorageError>;

    /// Keeps that an endpoint, on that machine, is told of a lead, by an id that may be of one that was merged into another by now,
    /// or is gone; true if it is told for the first time.
    async fn disclose(
        &mut self,
        told: LeadId,
        endpoint: EndpointId,
        host: &str,
        now: Timestamp,
    ) -> Result<bool, StorageError>;

    /// Takes that back, of what was told for the first time at that moment and did not arrive.
    async fn withdraw_disclosure(
        &mut self,
        told: LeadId,
        endpoint: EndpointId,
        host: &str,
        at: Timestamp,
    ) -> Result<(), StorageError>;

    /// Who was told of a lead, and by which ids: others than its own, if leads were merged into it.
    async fn recipients(&mut self, lead: LeadId) -> Result<Vec<(EndpointId, LeadId)>, StorageError>;

    /// Those of these leads of which anybody was told.
    async fn disclosed(&mut self, leads: &[LeadId]) -> Result<Vec<LeadId>, StorageError>;

    /// Who is to be told that a lead they knew is gone, and by which id they knew it: up to so many. They are forgotten.
    async fn take_orphaned(&mut self, limit: u16) -> Result<Vec<(EndpointId, LeadId)>, StorageError>;
}

/// What endpoints of all organizations are told, for the worker.
#[async_trait]
pub trait HookQueue: Send {
    /// Claims deliveries that are due at `now`, until `lease`: up to `limit`, and of one endpoint no more than makes it `each` that
    /// are held at a time. Skips what another process holds, endpoints that are told nothing, and organizations that are closed.
    async fn claim(
        &mut self,
        now: Timestamp,
        lease: Timestamp,
        limit: u16,
        each: u16,
    ) -> Result<Vec<DueDelivery>, StorageError>;

    /// Organizations in which somebody is to be told that a lead is gone.
    async fn orphaned(&mut self, limit: u16) -> Result<Vec<OrganizationId>, StorageError>;
}
