use qualify_domain::{id::OrganizationId, subscription::ProviderId};
use qualify_ports::storage::PlatformTask;

use super::follow::Source;
use crate::Error;

impl super::Billing {
    /// The operator says whose a subscription is that no webhook told of and that could not be found by asking: from then on it
    /// is that organization's, as the provider tells it now.
    ///
    /// # Errors
    /// [`Error::NotFound`] where nobody pays, or if the provider has no such subscription; [`Error::Conflict`] if it is another
    /// organization's, or this one has another that counts; [`crate::Broken::ProviderAway`].
    pub async fn claim(&self, home: OrganizationId, id: &ProviderId) -> Result<(), Error> {
        self.require_billed()?;
        let mut tx = self.storage.platform(PlatformTask::FollowBilling).await?;
        let owner = tx.payments().of_subscription(id).await?;
        drop(tx);
        if owner.is_some_and(|owner| owner != home) {
            return Err(Error::Conflict("subscription"));
        }
        let fetched = self.payments.provider.subscription(id).await?.ok_or(Error::NotFound("subscription"))?;
        self.follower.follow(home, &fetched, Source::Asked).await?;
        let kept = self.follower.look_after(home).await?.subscription;
        if kept.is_some_and(|kept| kept.id == *id) { Ok(()) } else { Err(Error::Conflict("subscription")) }
    }
}
