use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use qualify_ports::{
    storage::{PlatformTask, Storage},
    time::Clock,
};

use crate::Error;

/// What a webhook told is followed within this.
const FOLLOWED: SignedDuration = SignedDuration::from_hours(1);

/// Whether payments are looked after, for whoever watches over the installation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WatchedPayments {
    /// How many webhooks of the provider should have been followed by now.
    pub unfollowed: u64,
    /// Of how many organizations the ledger and the provider say something else about what was paid (BIL-9).
    pub differing: u64,
    /// When the key expires with which the provider is asked, if that is known (WEB-10).
    pub key_expires_at: Option<Timestamp>,
}

impl super::Billing {
    /// Looks whether payments are looked after.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn watched(&self) -> Result<WatchedPayments, Error> {
        watched_payments(self.storage.clone(), &*self.clock, self.payments.provider.key_expires_at()).await
    }
}

/// Looks whether payments are looked after, where the key is good until then.
///
/// # Errors
/// [`Error::Failed`] if the storage does.
pub async fn watched_payments(
    storage: Arc<dyn Storage>,
    clock: &dyn Clock,
    key_expires_at: Option<Timestamp>,
) -> Result<WatchedPayments, Error> {
    let then = clock.now().saturating_sub(FOLLOWED).unwrap_or(Timestamp::MIN);
    let mut tx = storage.platform(PlatformTask::FollowBilling).await?;
    Ok(WatchedPayments {
        unfollowed: tx.payments().waiting_since(then).await?,
        differing: tx.payments().differing().await?,
        key_expires_at,
    })
}
