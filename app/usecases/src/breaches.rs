//! Breaches of personal data (PRV-8). An organization logs its own, as controller, and sees those of the service that concern
//! it; the operator logs those of the service, and the organizations are told.

mod log;
mod of_service;
mod overdue;

use std::sync::Arc;

use jiff::Timestamp;
use qualify_domain::breach::Incident;
use qualify_ports::{
    storage::Storage,
    time::{Clock, Ids},
};

pub use self::{
    log::{BreachFile, BreachLog},
    of_service::{Logged, ServiceBreaches},
    overdue::overdue_breaches,
};
use crate::Ports;

/// What somebody noticed.
#[derive(Clone, Debug)]
pub struct LogBreach {
    /// What happened.
    pub incident: Incident,
    /// When they noticed it.
    pub aware_at: Timestamp,
}

/// An organization's log of breaches.
#[derive(Clone)]
pub struct Breaches {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Breaches {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone(), ids: ports.ids.clone() }
    }
}
