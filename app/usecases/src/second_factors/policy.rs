use qualify_domain::{
    access::{Actor, Permission, Who},
    mfa_policy::MfaPolicy,
};
use qualify_ports::storage::PlatformTask;

use crate::{Error, SignedIn, second_factors::SecondFactors};

impl SecondFactors {
    /// Chooses whom the organization asks for a second factor. Each has seven days from now, or from joining (AUTH-15).
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn require(&self, actor: &Actor, policy: MfaPolicy) -> Result<(), Error> {
        let scope = actor.permit(Permission::RequireSecondFactor)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.organizations().set_mfa_policy(policy, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Stops urging the member until they sign in again.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn later(&self, member: &SignedIn) -> Result<(), Error> {
        let Who::Member(_, session) = member.actor.who() else { return Ok(()) };
        let mut tx = self.storage.platform(PlatformTask::SecureAccount).await?;
        tx.sessions().mfa_later(session, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}
