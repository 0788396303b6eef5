//! Long work: asked for by a member or a program, done piece by piece in the worker, followed and stopped by whoever asked.

mod ask;
pub(crate) mod change_leads;
mod erase_leads;
pub(crate) mod file;
mod follow;
pub(crate) mod pieces;

use std::sync::Arc;

use qualify_ports::{
    files::Files,
    storage::Storage,
    time::{Clock, Ids},
};

pub use self::file::JobFile;
use crate::{Ports, export_limits::ExportLimits};

/// Long work.
#[derive(Clone)]
pub struct Jobs {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    files: Arc<dyn Files>,
    limits: ExportLimits,
}

impl Jobs {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            files: ports.files.clone(),
            limits: ExportLimits::new(ports),
        }
    }
}
