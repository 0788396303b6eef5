//! Legal holds: what must not go while a court or an authority may ask for it (RET-18).

mod list;
mod place;
mod review;

use std::sync::Arc;

use qualify_ports::{
    storage::Storage,
    time::{Clock, Ids},
};

pub use self::{list::HoldList, place::PlaceHold};
use crate::Ports;

/// Legal holds.
#[derive(Clone)]
pub struct Holds {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Holds {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone(), ids: ports.ids.clone() }
    }
}
