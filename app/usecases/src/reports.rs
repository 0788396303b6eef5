//! What became of leads, in numbers.

mod read;

use std::sync::Arc;

use qualify_ports::{storage::Storage, time::Clock};

pub use self::read::{AskReport, Findings, Report, ReportNames};
use crate::Ports;

/// Reports.
#[derive(Clone)]
pub struct Reports {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

impl Reports {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone() }
    }
}
