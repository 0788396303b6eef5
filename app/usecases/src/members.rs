//! Members and their wishes.

mod notify;

use std::sync::Arc;

use qualify_ports::storage::Storage;

use crate::Ports;

/// Members and their wishes.
#[derive(Clone)]
pub struct Members {
    storage: Arc<dyn Storage>,
}

impl Members {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone() }
    }
}
