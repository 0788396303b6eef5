//! What members choose for themselves: how they are called, and how they read.

mod change;
mod reach;

use std::sync::Arc;

use qualify_ports::storage::Storage;

use crate::Ports;

/// What members choose for themselves.
#[derive(Clone)]
pub struct Profiles {
    storage: Arc<dyn Storage>,
}

impl Profiles {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone() }
    }
}
