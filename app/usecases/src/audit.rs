//! The audit trail: looked at, taken away, walked along, and told what is no command. What members do is in it by
//! construction: the storage writes it when their work commits.

mod export;
mod list;
mod verify;
mod watch;

use std::sync::Arc;

use qualify_ports::{storage::Storage, time::Clock};

pub use self::{list::AuditPage, verify::AuditWalk, verify::Verified};
use crate::Ports;

/// The audit trail.
#[derive(Clone)]
pub struct Audit {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

impl Audit {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone() }
    }
}
