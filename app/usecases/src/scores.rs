//! The rules by which leads are scored: what members see of them, change about them, and what that would do.

mod edit;
mod history;
mod movers;
pub(crate) mod own;
mod publish;
mod view;
mod what_if;

use std::sync::Arc;

use qualify_domain::score::{Edition, Rulebook};
use qualify_ports::{
    scorer::Scorer,
    storage::{Storage, StorageError, TenantTx},
    time::Clock,
};

pub use self::{
    edit::Edit,
    history::ScoreHistory,
    movers::ScoreMovers,
    view::{ScoreFile, ScoreRules},
    what_if::{Proposal, ScoreOutlook},
};
use crate::Ports;

/// The rules by which leads are scored.
#[derive(Clone)]
pub struct Scores {
    storage: Arc<dyn Storage>,
    scorer: Arc<dyn Scorer>,
    clock: Arc<dyn Clock>,
}

impl Scores {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), scorer: ports.scorer.clone(), clock: ports.clock.clone() }
    }

    /// The rules in force. Where the worker has not yet laid the first ones, they are told as version 0.
    async fn in_force(&self, tx: &mut dyn TenantTx) -> Result<Edition, StorageError> {
        if let Some(edition) = tx.scores().newest().await? {
            return Ok(edition);
        }
        let book = Rulebook::standard(tx.organizations().own().await?.language);
        Ok(Edition { version: 0, book, made_at: self.clock.now(), made_by: None })
    }
}
