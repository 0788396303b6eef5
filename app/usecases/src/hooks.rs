//! Outgoing webhooks: where an organization is told of its leads, set up by members, never by a key, and watched by both.

mod deliveries;
mod list;
mod make;
mod post;
mod switch;

use std::sync::Arc;

use jiff::Timestamp;
use qualify_domain::{
    event::Event,
    hook::Message,
    id::{EndpointId, LeadId},
};
use qualify_ports::{
    hooks::HookBody,
    storage::{KeptEndpoint, Storage, StorageError, TenantTx},
    time::{Clock, Ids},
    vault::Vault,
};

pub(crate) use self::post::Postman;
pub use self::{deliveries::DeliveryList, list::EndpointList, make::NewEndpoint};
use crate::{Error, Ports, billing::Room};

/// Outgoing webhooks.
#[derive(Clone)]
pub struct Hooks {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    vault: Arc<dyn Vault>,
    room: Room,
}

impl Hooks {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            vault: ports.vault.clone(),
            room: Room::new(ports),
        }
    }
}

/// For whom an endpoint's secrets are sealed.
pub(crate) fn owner_of(id: EndpointId) -> String {
    format!("webhook {id}")
}

/// The endpoint of that id.
async fn found(tx: &mut dyn TenantTx, id: EndpointId) -> Result<KeptEndpoint, Error> {
    tx.hooks().find(id).await?.ok_or(Error::NotFound("webhook"))
}

/// What is told, as it goes.
pub(crate) fn body(message: &Message) -> Result<HookBody, StorageError> {
    serde_json::to_string(message).map(HookBody).map_err(|error| StorageError::Failed(error.into()))
}

/// Lets those be told that what is known of leads was corrected who were told of them before (DSR-12).
pub(crate) async fn rectified(tx: &mut dyn TenantTx, leads: &[LeadId], now: Timestamp) -> Result<(), StorageError> {
    for lead in tx.hooks().disclosed(leads).await? {
        tx.outbox().append(&Event::LeadRectified { lead }, now).await?;
    }
    Ok(())
}
