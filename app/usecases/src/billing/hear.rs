use qualify_ports::{
    billing::HintError,
    storage::{PlatformTask, StorageError},
};
use tracing::error;

/// A webhook of the provider is not taken.
#[derive(Debug, thiserror::Error)]
pub enum HearError {
    /// It is not one.
    #[error(transparent)]
    Hint(#[from] HintError),
    /// It could not be kept: the provider tries again.
    #[error("the webhook cannot be kept")]
    Storage(#[from] StorageError),
}

impl super::Billing {
    /// Keeps what a webhook is about, once (BIL-1, BIL-2). What it says is followed later (BIL-3).
    ///
    /// # Errors
    /// [`HearError`].
    pub async fn hear(&self, signature: Option<&str>, body: &[u8]) -> Result<(), HearError> {
        let hint = self.payments.provider.read(signature, body)?;
        if hint.is_foreign {
            error!(event = %hint.event, "a webhook of another store, or of the other mode, was signed with our secret");
            return Ok(());
        }
        let mut tx = self.storage.platform(PlatformTask::HearBilling).await?;
        tx.payments().receive(&hint, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}
