use qualify_domain::{
    access::{Actor, Permission, Role},
    id::UserId,
    organization::Member,
    roster::{MemberError, Roster},
    team::Team,
};
use qualify_ports::storage::TenantTx;

use crate::Error;

/// The members and the teams they are in.
#[derive(Debug)]
pub struct People {
    /// The members, the longest first.
    pub members: Vec<Member>,
    /// The teams, by name.
    pub teams: Vec<Team>,
    /// What is granted to members on top of their roles, for those who have any.
    pub grants: Vec<(UserId, Vec<Permission>)>,
}

impl super::Members {
    /// The members and their teams.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn people(&self, actor: &Actor) -> Result<People, Error> {
        let scope = actor.permit(Permission::ReadMembers)?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(People {
            members: tx.members().list().await?,
            teams: tx.teams().list().await?,
            grants: tx.members().grants().await?,
        })
    }

    /// Gives a member these roles in place of theirs. It acts on their next request (SES-4).
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Rule`] if a rule keeps the membership as it is.
    pub async fn change_roles(&self, actor: &Actor, who: UserId, roles: &[Role]) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageMembers)?;
        let by = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        roster(&mut *tx).await?.may_give(by, who, roles)?;
        give(&mut *tx, who, roles).await?;
        Ok(tx.commit().await?)
    }

    /// Lets a member have these permissions on top of their roles, in place of what was granted before. It acts on their
    /// next request (SES-4).
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Rule`] for what their roles do not let be granted, or who asks
    /// does not have.
    pub async fn grant(&self, actor: &Actor, who: UserId, granted: &[Permission]) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageMembers)?;
        let by = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        let roster = roster(&mut *tx).await?;
        let former = granted_to(&mut *tx, who).await?;
        roster.may_grant(by, who, (&former, granted), |permission| actor.may(permission))?;
        tx.members().set_grants(who, granted).await?;
        Ok(tx.commit().await?)
    }

    /// Removes a member; their leads go to `heir`, or back to the queue.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Rule`] if a rule keeps the membership.
    pub async fn remove(&self, actor: &Actor, who: UserId, heir: Option<UserId>) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageMembers)?;
        let by = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        roster(&mut *tx).await?.may_remove(by, who)?;
        if let Some(heir) = heir {
            tx.members().find(heir).await?.filter(|_| heir != who).ok_or(Error::NotFound("member"))?;
        }
        let now = self.clock.now();
        tx.leads().hand_over(who, heir, scope.author(), now).await?;
        tx.members().remove(who, now).await?;
        Ok(tx.commit().await?)
    }

    /// Leaves the organization; one's leads go back to the queue.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Rule`] for the last owner.
    pub async fn leave(&self, actor: &Actor) -> Result<(), Error> {
        let scope = actor.permit(Permission::LeaveOrganization)?;
        let who = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        roster(&mut *tx).await?.may_leave(who)?;
        let now = self.clock.now();
        tx.leads().hand_over(who, None, scope.author(), now).await?;
        tx.members().remove(who, now).await?;
        Ok(tx.commit().await?)
    }

    /// Hands the ownership to another member; the former owner becomes an admin.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Rule`].
    pub async fn hand_ownership_over(&self, actor: &Actor, to: UserId) -> Result<(), Error> {
        let scope = actor.permit(Permission::TransferOwnership)?;
        let by = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        for (user, roles) in roster(&mut *tx).await?.hand_over(by, to)? {
            give(&mut *tx, user, &roles).await?;
        }
        Ok(tx.commit().await?)
    }
}

/// Gives a member other roles; what these do not let be granted is granted no more.
async fn give(tx: &mut dyn TenantTx, who: UserId, roles: &[Role]) -> Result<(), Error> {
    tx.members().change_roles(who, roles).await?;
    let former = granted_to(tx, who).await?;
    let kept: Vec<_> = former.iter().copied().filter(|permission| permission.granted_to(roles).is_some()).collect();
    if kept != former {
        tx.members().set_grants(who, &kept).await?;
    }
    Ok(())
}

pub(super) async fn granted_to(tx: &mut dyn TenantTx, who: UserId) -> Result<Vec<Permission>, Error> {
    let all = tx.members().grants().await?;
    Ok(all.into_iter().find(|(user, _)| *user == who).map(|(_, granted)| granted).unwrap_or_default())
}

/// The members as they are now, and stay until the end of this work.
pub(crate) async fn roster(tx: &mut dyn TenantTx) -> Result<Roster, Error> {
    tx.members().hold().await?;
    let members = tx.members().list().await?;
    Ok(Roster::new(members.into_iter().map(|member| member.membership)))
}

impl From<MemberError> for Error {
    fn from(error: MemberError) -> Self {
        match error {
            MemberError::Unknown => Self::NotFound("member"),
            MemberError::NotYours => Self::Forbidden(qualify_domain::access::Forbidden(Permission::ManageMembers)),
            rule => Self::Rule(rule.into()),
        }
    }
}
