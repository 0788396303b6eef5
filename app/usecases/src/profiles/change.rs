use qualify_domain::{access::Permission, profile::Profile};
use qualify_ports::storage::PlatformTask;

use crate::{Error, SignedIn};

impl super::Profiles {
    /// Keeps what a member chose for themselves. It holds from their next request on, in all their organizations.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn change(&self, member: &SignedIn, profile: &Profile) -> Result<(), Error> {
        let scope = member.actor.permit(Permission::ChangeProfile)?;
        let mut tx = self.storage.platform(PlatformTask::ChangeProfile).await?;
        tx.accounts().change_profile(member.user, profile).await?;
        let tx = tx.into_tenant(&scope).await?;
        Ok(tx.commit().await?)
    }
}
