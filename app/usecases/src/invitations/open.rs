use qualify_domain::{
    access::{Actor, Duty, Permission, Role, TenantScope},
    id::{OrganizationId, UserId},
    invitation::Invitation,
    language::Language,
    one_time::{OneTimeKind, OneTimeToken, Purpose},
    roster::Roster,
    text::{Email, Name},
};
use qualify_ports::storage::{PlatformTask, PlatformTx, TenantTx};

use crate::{Broken, Error, SignedIn};

/// An invitation, as whoever opened its link sees it.
#[derive(Debug)]
pub struct Invited {
    /// Into which organization.
    pub organization: Name,
    /// The language of that organization.
    pub language: Language,
    /// Who invites; none if they are no member any more.
    pub inviter: Option<(Name, Name)>,
    /// As what.
    pub roles: Vec<Role>,
    /// Which address is invited.
    pub email: Email,
    /// Who opened the link.
    pub guest: Guest,
}

/// Who opened the link of an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Guest {
    /// Somebody without an account: one is made for them.
    New,
    /// Somebody with an account that belongs to no organization. It cannot be signed in to before it does, and opens
    /// nothing: the mailbox is proof enough to let it join.
    Homeless(UserId),
    /// Somebody with an account who is not signed in.
    Known,
    /// Who is invited, signed in.
    SignedIn(UserId),
    /// Somebody who is signed in with another address.
    Another,
}

impl super::Invitations {
    /// The invitation of a link, for whoever opened it. Looking uses nothing up.
    ///
    /// # Errors
    /// [`Broken::LinkOver`] if the link does not work, for whatever reason.
    pub async fn open(&self, link: &str, viewer: Option<&SignedIn>) -> Result<Invited, Error> {
        let mut tx = self.storage.platform(PlatformTask::SignUp).await?;
        let (token, home) = self.look(&mut *tx, link).await?;
        let guest = guest(&mut *tx, &token, viewer).await?;
        let mut tx = tx.into_tenant(&joining(home)?).await?;
        let (invitation, _) = standing(&mut *tx, &token).await?;
        let organization = tx.organizations().own().await?;
        let inviter = tx.members().find(invitation.by).await?;
        Ok(Invited {
            organization: organization.name,
            language: organization.language,
            inviter: inviter.map(|member| (member.first_name, member.last_name)),
            roles: invitation.roles,
            email: token.email,
            guest,
        })
    }

    pub(super) async fn look(
        &self,
        tx: &mut dyn PlatformTx,
        link: &str,
    ) -> Result<(OneTimeToken, OrganizationId), Error> {
        let token = self.mailboxes.look(tx, link, OneTimeKind::Invitation).await?;
        let Purpose::Invitation(home) = token.purpose else { return Err(Broken::LinkOver.into()) };
        Ok((token, home))
    }
}

/// Who came with the token.
pub(super) async fn guest(
    tx: &mut dyn PlatformTx,
    token: &OneTimeToken,
    viewer: Option<&SignedIn>,
) -> Result<Guest, Error> {
    if let Some(viewer) = viewer {
        let invited = viewer.email.normalized() == token.email.normalized();
        return Ok(if invited { Guest::SignedIn(viewer.user) } else { Guest::Another });
    }
    let Some(account) = tx.accounts().find(&token.email).await? else { return Ok(Guest::New) };
    let user = account.user.id;
    Ok(if tx.accounts().organizations(user).await?.is_empty() { Guest::Homeless(user) } else { Guest::Known })
}

/// The invitation of a token, held so that nobody withdraws it meanwhile, and the members.
pub(super) async fn standing(tx: &mut dyn TenantTx, token: &OneTimeToken) -> Result<(Invitation, Roster), Error> {
    let roster = crate::members::roster(tx).await?;
    let found = tx.invitations().of_token(token.id).await?;
    let invitation = found.filter(|invitation| roster.stands(invitation.by, &invitation.roles));
    Ok((invitation.ok_or(Broken::LinkOver)?, roster))
}

/// The right to let somebody in.
pub(super) fn joining(home: OrganizationId) -> Result<TenantScope, Error> {
    #[expect(clippy::disallowed_methods, reason = "the token of a link names the organization that invites")]
    let product = Actor::product(home, Duty::Join);
    Ok(product.permit(Permission::JoinOrganization)?)
}
