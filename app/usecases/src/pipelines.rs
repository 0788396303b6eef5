//! How an organization shapes where its leads can stand, and why it gives them up.

mod draw;
mod reasons;
mod shape;
mod stages;
mod view;

use std::sync::Arc;

use qualify_ports::{
    storage::Storage,
    time::{Clock, Ids},
};

pub use self::{
    draw::{DrawnStage, Heir, WrittenPipeline},
    shape::PipelinePlace,
    stages::WrittenStage,
    view::PipelineFile,
};
use crate::Ports;

/// Pipelines.
#[derive(Clone)]
pub struct Pipelines {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Pipelines {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone(), ids: ports.ids.clone() }
    }
}
