//! What became of leads, in numbers.

mod read;

use std::sync::Arc;

use qualify_ports::{storage::Storage, time::Clock};
use tokio::sync::Semaphore;

pub use self::read::{AskReport, Findings, Report, ReportNames};
use crate::Ports;

/// So many reports at once may take two units of work each. If any number might, they could all hold one and wait for
/// another, and nobody would get any.
const PAIRS: usize = 2;

/// Reports.
#[derive(Clone)]
pub struct Reports {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    pairs: Arc<Semaphore>,
}

impl Reports {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone(), pairs: Arc::new(Semaphore::new(PAIRS)) }
    }
}
