//! Restrictions: a lead is kept and not used, until its person has been told that it is used again (DSR-10).

mod lift;
mod list;
mod refuse;
mod restrict;

use std::sync::Arc;

use qualify_ports::{storage::Storage, time::Clock};

pub use self::list::Restricted;
pub(crate) use self::refuse::{hold_person, refuse_restricted};
use crate::Ports;

/// Leads that are kept and not used.
#[derive(Clone)]
pub struct Restrictions {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

impl Restrictions {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone() }
    }
}
