//! What an organization itself wants to know of its leads.

mod arrange;
mod change;
mod list;
mod make;

use std::sync::Arc;

use qualify_ports::{
    storage::Storage,
    time::{Clock, Ids},
};

pub use self::{change::ChangeProperty, make::MakeProperty};
use crate::Ports;

/// Custom properties.
#[derive(Clone)]
pub struct Properties {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Properties {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone(), ids: ports.ids.clone() }
    }
}
