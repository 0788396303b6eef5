use std::sync::Arc;

use qualify_ports::{
    storage::{OverdueBreaches, PlatformTask, Storage},
    time::Clock,
};

use super::Breaches;
use crate::Error;

/// How much should have been told of breaches by now and was not, in all organizations (PRV-8): numbers for the operator.
///
/// # Errors
/// [`Error::Failed`] if the storage does.
pub async fn overdue_breaches(storage: Arc<dyn Storage>, clock: &dyn Clock) -> Result<OverdueBreaches, Error> {
    let mut tx = storage.platform(PlatformTask::ReadRetention).await?;
    Ok(tx.retention().overdue_breaches(clock.now()).await?)
}

impl Breaches {
    /// The same, for whoever watches over the installation.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn overdue(&self) -> Result<OverdueBreaches, Error> {
        overdue_breaches(self.storage.clone(), &*self.clock).await
    }
}
