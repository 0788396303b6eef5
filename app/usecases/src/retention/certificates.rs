use qualify_ports::storage::{Certificate, PlatformTask};

use super::Retention;
use crate::Error;

impl Retention {
    /// What is left of the organizations that were purged, the latest first.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn certificates(&self) -> Result<Vec<Certificate>, Error> {
        let mut tx = self.storage.platform(PlatformTask::ReadRetention).await?;
        Ok(tx.retention().certificates().await?)
    }
}
