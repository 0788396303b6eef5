//! API keys: made, shown and revoked by members, never by a key.

mod list;
mod make;
mod revoke;

use std::sync::Arc;

use qualify_ports::{
    storage::Storage,
    time::{Clock, Ids},
    tokens::Tokens,
};

pub use self::{list::KeyList, make::NewKey};
use crate::Ports;

/// API keys.
#[derive(Clone)]
pub struct ApiKeys {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    tokens: Arc<dyn Tokens>,
}

impl ApiKeys {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            tokens: ports.tokens.clone(),
        }
    }
}
