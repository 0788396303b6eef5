//! What members are told of.

mod choose;
mod list;
mod read;

use std::sync::Arc;

use qualify_ports::{storage::Storage, time::Clock};

pub use self::list::NotificationList;
use crate::Ports;

/// What members are told of.
#[derive(Clone)]
pub struct Notifications {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

impl Notifications {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone() }
    }
}
