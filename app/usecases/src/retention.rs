//! Retention: what was kept for its time goes, rule by rule, and each sweep leaves a proof. Swept by the worker, and looked
//! at by the operator: no organization's data are shown.

mod alarm;
mod certificates;
mod counted;
mod plan;
mod policy;
mod sweep;
mod verify;
mod watch;

use std::sync::Arc;

use qualify_ports::{files::Files, storage::Storage, time::Clock};

use tokio::sync::Mutex;

use self::counted::Counted;
pub use self::{
    alarm::Alarm,
    counted::MOST_SHOWN,
    plan::{Due, MOST_DUE},
    policy::{RetentionFile, RuleState},
    verify::RetentionWalk,
    watch::Watched,
};

/// What is kept for a limited time.
#[derive(Clone)]
pub struct Retention {
    storage: Arc<dyn Storage>,
    files: Arc<dyn Files>,
    clock: Arc<dyn Clock>,
    counted: Arc<Mutex<Option<Counted>>>,
}

impl Retention {
    /// Over that storage and those files.
    pub fn new(storage: Arc<dyn Storage>, files: Arc<dyn Files>, clock: Arc<dyn Clock>) -> Self {
        Self { storage, files, clock, counted: Arc::default() }
    }
}
