use qualify_domain::{
    access::{Actor, Duty, Permission, Who},
    audit::{SecurityEvent, SecurityKind},
    id::OrganizationId,
};
use qualify_ports::storage::{Home, PlatformTask};

use crate::{
    Error, SignedIn,
    accounts::{Accounts, Granted},
};

impl Accounts {
    /// The organizations the member belongs to, the longest first.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn homes(&self, member: &SignedIn) -> Result<Vec<Home>, Error> {
        let mut tx = self.storage.platform(PlatformTask::ShowOrganizations).await?;
        Ok(tx.accounts().homes(member.user).await?)
    }

    /// Lets the member's session show another of their organizations, and signs a token that says so. That they came is
    /// written in the trail of that organization alone: where else they belong is none of the others' business.
    ///
    /// # Errors
    /// [`Error::NotFound`] if they do not belong to it, whether it exists or not.
    pub async fn enter(&self, member: &SignedIn, organization: OrganizationId) -> Result<Granted, Error> {
        let Who::Member(user, session) = member.actor.who() else { return Err(Error::NotFound("organization")) };
        let now = self.clock.now();
        let mut tx = self.storage.platform(PlatformTask::EnterOrganization).await?;
        let shown = tx.sessions().show(user, session, organization, now).await?;
        let shown = shown.ok_or(Error::NotFound("organization"))?;
        #[expect(clippy::disallowed_methods, reason = "the storage just said that the user belongs there")]
        let watch = Actor::product(organization, Duty::Watch);
        let mut tx = tx.into_tenant(&watch.permit(Permission::NoteSecurity)?).await?;
        let entered = SecurityEvent::by(SecurityKind::OrganizationEntered, user, Some(session));
        tx.audit().note(&entered, now).await?;
        tx.commit().await?;
        Ok(Granted { access: self.sign_access(&shown, member.refresh, now)?, refresh: None })
    }
}
