use qualify_domain::{
    access::{Actor, Permission, Role, TenantScope},
    event::Event,
    id::InvitationId,
    invitation::Invitation,
    one_time::Purpose,
    plan::Metered,
    text::Email,
    violation::{Rule, Violations},
};
use qualify_ports::storage::{InvitationEnd, PlatformTask};

use crate::{Error, members::roster};

/// Whom a member invites, and as what.
#[derive(Clone, Debug)]
pub struct Invite {
    /// The address.
    pub email: Email,
    /// The roles.
    pub roles: Vec<Role>,
}

impl super::Invitations {
    /// Who is invited, the latest sent first; expired invitations are among them.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, actor: &Actor) -> Result<Vec<Invitation>, Error> {
        let scope = actor.permit(Permission::ReadMembers)?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.invitations().list().await?)
    }

    /// Invites somebody by mail, in the place of an earlier invitation for the same address. Nobody learns whether the
    /// address has an account, but for members of their own organization (AUTH-5).
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] for the address of a member; [`Error::Rule`] for roles that the actor may
    /// not offer, or if the plan has no room for one more; [`Error::TooOften`].
    pub async fn invite(&self, actor: &Actor, command: Invite) -> Result<(), Error> {
        self.send(&actor.permit(Permission::ManageMembers)?, command, None).await
    }

    /// Sends an invitation again, for another week: with a new link, so that the earlier one dies. Who sends it answers
    /// for it from now on.
    ///
    /// # Errors
    /// As [`Self::invite`]; [`Error::NotFound`] if it was accepted or withdrawn.
    pub async fn send_again(&self, actor: &Actor, id: InvitationId) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageMembers)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let former = tx.invitations().find(id).await?.ok_or(Error::NotFound("invitation"))?;
        drop(tx);
        self.send(&scope, Invite { email: former.email, roles: former.roles }, Some(id)).await
    }

    /// Takes an invitation back: its link works no more.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if it was accepted or withdrawn; [`Error::Rule`] for an owner's, if the
    /// actor is none.
    pub async fn withdraw(&self, actor: &Actor, id: InvitationId) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageMembers)?;
        let by = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        let roster = roster(&mut *tx).await?;
        let invitation = tx.invitations().find(id).await?.ok_or(Error::NotFound("invitation"))?;
        roster.may_invite(by, &invitation.roles)?;
        tx.invitations().end(id, InvitationEnd::Withdrawn).await?;
        Ok(tx.commit().await?)
    }

    /// Sends an invitation: `again` that one, or it must not have ended.
    async fn send(
        &self,
        scope: &TenantScope,
        Invite { email, roles }: Invite,
        again: Option<InvitationId>,
    ) -> Result<(), Error> {
        let by = scope.user().ok_or(Error::NotFound("member"))?;
        self.throttles.invitation(&email, scope.organization()).await?;
        let mut tx = self.storage.platform(PlatformTask::ProveMailbox).await?;
        let purpose = Purpose::Invitation(scope.organization());
        let token = self.mailboxes.issue(&mut *tx, purpose, email.clone()).await?;
        let mut tx = tx.into_tenant(scope).await?;
        roster(&mut *tx).await?.may_invite(by, &roles)?;
        if tx.members().list().await?.iter().any(|member| member.email.normalized() == email.normalized()) {
            return Err(Violations::one("email", Rule::AlreadyMember).into());
        }
        let earlier = tx.invitations().list().await?;
        if again.is_some_and(|id| earlier.iter().all(|invitation| invitation.id != id)) {
            return Err(Error::NotFound("invitation"));
        }
        // One for the same address takes the place of the earlier one.
        if !earlier.iter().any(|invitation| invitation.email.normalized() == email.normalized()) {
            self.room.for_more(&mut *tx, Metered::Members, 1).await?;
        }
        let id = again.unwrap_or_else(|| self.ids.next());
        let (invited_at, expires_at) = (token.issued_at, token.expires_at);
        let invitation =
            Invitation { id, token: token.id, email, roles, by, invited_at, expires_at, mail_refused_at: None };
        tx.invitations().keep(&invitation).await?;
        tx.outbox().append(&Event::TokenIssued { token: token.id }, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}
