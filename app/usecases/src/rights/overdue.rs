use std::sync::Arc;

use qualify_ports::{
    storage::{PlatformTask, Storage},
    time::Clock,
};

use super::Rights;
use crate::{Error, overdue_operator_requests};

/// How many requests should have been answered by now and were not, in all organizations (DSR-6): a number for the operator.
///
/// # Errors
/// [`Error::Failed`] if the storage does.
pub async fn overdue_requests(storage: Arc<dyn Storage>, clock: &dyn Clock) -> Result<u64, Error> {
    let mut tx = storage.platform(PlatformTask::ReadRetention).await?;
    Ok(tx.retention().overdue_requests(clock.now()).await?)
}

impl Rights {
    /// How many should have been answered by now, for whoever watches over the installation (DSR-6).
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn overdue(&self) -> Result<u64, Error> {
        overdue_requests(self.storage.clone(), &*self.clock).await
    }

    /// How many that reached the operator should stand in a register by now, for whoever watches over the installation (DSR-2).
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn not_passed_on(&self) -> Result<u64, Error> {
        overdue_operator_requests(self.storage.clone(), &*self.clock).await
    }
}
