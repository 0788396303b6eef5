//! Members, their roles and wishes.

mod explain;
mod me;
mod people;
mod teams;

use std::sync::Arc;

use qualify_ports::{
    storage::Storage,
    time::{Clock, Ids},
};

pub(crate) use self::people::roster;
pub use self::{
    explain::{Answer, Explained, Nearness},
    people::People,
};
use crate::Ports;

/// Members, their roles and wishes.
#[derive(Clone)]
pub struct Members {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Members {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone(), ids: ports.ids.clone() }
    }
}
