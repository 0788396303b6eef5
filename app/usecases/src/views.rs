//! Views of the list of leads: kept for oneself, or for everybody.

mod choose;
mod keep;
mod list;
mod remove;

use std::sync::Arc;

use qualify_ports::{
    storage::Storage,
    time::{Clock, Ids},
};

pub use self::{keep::ChangeView, list::ViewList};
use crate::Ports;

/// Views.
#[derive(Clone)]
pub struct Views {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Views {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone(), ids: ports.ids.clone() }
    }
}
