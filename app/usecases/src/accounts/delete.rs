use jiff::Timestamp;
use qualify_domain::{
    access::{Actor, Permission, Role, TenantScope},
    event::Event,
    farewell::Farewell,
    hold::Held,
    id::{FarewellId, OrganizationId, SessionId, UserId},
    language::Language,
    team::Colleagues,
    text::Email,
    user::User,
};
use qualify_ports::{
    storage::{Home, PlatformTask, StorageError, TenantTx},
    time::Id,
};

use super::confirm::seat;
use crate::{Broken, Error, SignedIn, accounts::Accounts, members::roster};

/// So many submissions are looked at in one piece of work.
const NOTICES_AT_ONCE: u16 = 1_000;

impl Accounts {
    /// The organizations that keep somebody from deleting their account: nobody else owns them, and their end was not asked
    /// for (DSR-14).
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn solely_owned(&self, member: &SignedIn) -> Result<Vec<Home>, Error> {
        Ok(self.homes(member).await?.into_iter().filter(is_in_the_way).collect())
    }

    /// Deletes the account of somebody who typed its address. At once they leave every organization, their leads go back to
    /// the queues, their sessions end and all that tells of them goes, but for the ids of what they did; out of the notices that
    /// people were shown their address goes by the worker, piece by piece. A last mail tells them. If it breaks midway they have left
    /// some organizations, and do it again.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Broken::NotConfirmed`] for another address; [`Broken::SoleOwner`]; [`Broken::Held`].
    pub async fn delete(&self, member: &SignedIn, typed: &str) -> Result<(), Error> {
        let _may = member.actor.permit(Permission::SecureAccount)?;
        let typed = Email::parse(typed).map_err(|_| Broken::NotConfirmed)?;
        if typed.normalized() != member.email.normalized() {
            return Err(Broken::NotConfirmed.into());
        }
        let mut homes = self.homes(member).await?;
        if homes.iter().any(is_in_the_way) {
            return Err(Broken::SoleOwner.into());
        }
        for home in &homes {
            self.is_let_go(member, home).await?;
        }
        // The one they look at comes last, so that they stay signed in while others are left.
        homes.sort_by_key(|home| home.organization == member.actor.organization());
        for home in homes {
            self.depart(member, &home).await?;
        }
        Ok(())
    }

    /// Refuses if an organization holds the account: nothing of it goes then, not even in others.
    async fn is_let_go(&self, member: &SignedIn, home: &Home) -> Result<(), Error> {
        let scope = Self::in_home(member, home.organization, &home.roles)?.permit(Permission::LeaveOrganization)?;
        let mut tx = self.storage.tenant(&scope).await?;
        if tx.holds().holds_account(member.user).await? { Err(Broken::Held.into()) } else { Ok(()) }
    }

    /// Leaves one organization, and takes the account along if it is the last one.
    async fn depart(&self, member: &SignedIn, home: &Home) -> Result<(), Error> {
        let scope = Self::in_home(member, home.organization, &home.roles)?.permit(Permission::LeaveOrganization)?;
        let (user, now) = (member.user, self.clock.now());
        let mut tx = self.storage.tenant(&scope).await?;
        let roster = roster(&mut *tx).await?;
        if tx.organizations().closing().await?.is_none() {
            roster.may_leave(user)?;
        }
        tx.leads().hand_over(user, None, scope.author(), now).await?;
        tx.members().remove(user, now).await?;
        let is_last = tx.members().erase_own_account().await?;
        // Notices that people were shown may be many: the worker takes the address out of them.
        let notices = self.farewell((&member.email, member.language), now);
        tx.farewells().insert(&notices).await?;
        tx.outbox().append(&Event::AccountLeft { farewell: notices.id }, now).await?;
        if is_last {
            tx.tombstones().keep_account(user, now).await?;
            let farewell = self.farewell((&member.email, member.language), now);
            tx.farewells().insert(&farewell).await?;
            tx.outbox().append(&Event::AccountDeleted { farewell: farewell.id }, now).await?;
        }
        Ok(tx.commit().await?)
    }

    fn farewell(&self, (email, language): (&Email, Language), at: Timestamp) -> Farewell {
        Farewell { id: self.ids.next(), email: email.clone(), language, at }
    }

    /// Deletes an account that a backup brought back (RET-17); false if it is not there. Whatever held it in the backup was
    /// over when it was deleted, and who it was knows.
    ///
    /// # Errors
    /// [`Error::Failed`].
    pub(crate) async fn delete_again(&self, user: UserId, left: OrganizationId) -> Result<bool, Error> {
        let mut tx = self.storage.platform(PlatformTask::ShowOrganizations).await?;
        let Some(account) = tx.accounts().user(user).await? else { return Ok(false) };
        let homes = tx.accounts().homes(user).await?;
        drop(tx);
        for home in &homes {
            self.depart_again(&account, home.organization, Some(&home.roles)).await?;
        }
        if homes.is_empty() {
            // An organization that is not there any more cannot tell of it, and they cannot be kept for that.
            self.depart_again(&account, left, None).await?;
        }
        Ok(true)
    }

    async fn depart_again(&self, account: &User, home: OrganizationId, roles: Option<&[Role]>) -> Result<(), Error> {
        let user = account.id;
        // They have no session any more.
        let session = SessionId::from_bits(0);
        #[expect(clippy::disallowed_methods, reason = "the roles were just read; they asked for it themselves before")]
        let actor = Actor::member(home, user, session, roles.unwrap_or(&[Role::Viewer]), Colleagues::default());
        let scope = actor.permit(Permission::LeaveOrganization)?;
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&scope).await?;
        tx.holds().release(Held::Account(user)).await?;
        if roles.is_some() {
            tx.leads().hand_over(user, None, scope.author(), now).await?;
            tx.members().remove(user, now).await?;
        }
        let notices = self.farewell((&account.email, account.language), now);
        tx.farewells().insert(&notices).await?;
        if tx.members().erase_own_account().await? {
            tx.tombstones().keep_account(user, now).await?;
        }
        tx.commit().await?;
        // No worker is there yet.
        while !self.rewrite_notices(&scope, notices.id).await? {}
        Ok(())
    }

    async fn rewrite_notices(&self, scope: &TenantScope, id: FarewellId) -> Result<bool, Error> {
        let mut tx = self.storage.tenant(scope).await?;
        let is_done = rewrite_some(&mut *tx, id).await?;
        tx.commit().await?;
        Ok(is_done)
    }

    fn in_home(member: &SignedIn, home: OrganizationId, roles: &[Role]) -> Result<Actor, Error> {
        let (user, session) = seat(member)?;
        #[expect(clippy::disallowed_methods, reason = "the roles were read for this request")]
        let actor = Actor::member(home, user, session, roles, Colleagues::default());
        Ok(actor)
    }
}

/// Takes an address out of some more of the notices that people were shown; true if that were all, and it is forgotten.
pub(crate) async fn rewrite_some(tx: &mut dyn TenantTx, id: FarewellId) -> Result<bool, StorageError> {
    let is_done = tx.farewells().rewrite_notices(id, NOTICES_AT_ONCE).await?;
    if is_done {
        tx.farewells().remove(id).await?;
    }
    Ok(is_done)
}

const fn is_in_the_way(home: &Home) -> bool {
    home.is_sole_owner && !home.is_closed
}
