use std::sync::Arc;

use qualify_domain::{id::BillingSubjectId, ledger::LedgerEntry};
use qualify_ports::storage::{PlatformTask, Slice, Storage};

use crate::Error;

/// So many entries are read at once.
const PART: u16 = 500;

/// All of the ledger, for whoever keeps the books of the installation. It names no organization: only by what the ledger knows it.
#[derive(Clone)]
pub struct Books(Arc<dyn Storage>);

impl Books {
    /// The books in that storage.
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        Self(storage)
    }

    /// Entries in the order in which they were written, so many at a time; `after` continues.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn read(&self, after: Option<i64>) -> Result<Slice<(BillingSubjectId, LedgerEntry), i64>, Error> {
        let mut tx = self.0.platform(PlatformTask::ReadLedger).await?;
        Ok(tx.payments().ledger(after, PART).await?)
    }
}
