use qualify_domain::{
    audit::{SecurityEvent, SecurityKind},
    id::{OrganizationId, UserId},
    language::Language,
    one_time::OneTimeToken,
    organization::Membership,
    password::{NewPassword, OwnWords},
    text::Name,
    user::User,
    violation::Violations,
};
use qualify_ports::storage::{Account, InvitationEnd, PlatformTask, PlatformTx, StorageError};

use super::open::{Guest, guest, joining, standing};
use crate::{Broken, Error, SignedIn};

/// What somebody without an account types in order to accept, as typed.
#[derive(Clone)]
pub struct Newcomer {
    /// First name.
    pub first_name: String,
    /// Last name.
    pub last_name: String,
    /// The password they choose.
    pub password: String,
    /// The language of the page on which they typed it.
    pub language: Language,
}

/// What became of accepting an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Whoever is signed in has joined that organization.
    Joined(OrganizationId),
    /// An account was made, or one without an organization has one now: it may sign in.
    MaySignIn,
    /// The address has an account: its owner signs in first.
    SignInFirst,
    /// Somebody else is signed in.
    Another,
}

impl super::Invitations {
    /// Joins the organization that invited: whoever is signed in with the address that was, or somebody new, whose account
    /// is made. All or nothing, and once: of a withdrawal at the same time, either it or this happens.
    ///
    /// # Errors
    /// [`Error::Invalid`] for faults of what a newcomer typed; [`Broken::LinkOver`]; [`Error::Limit`].
    pub async fn accept(&self, link: &str, viewer: Option<&SignedIn>, newcomer: Newcomer) -> Result<Accepted, Error> {
        let mut tx = self.storage.platform(PlatformTask::SignUp).await?;
        let (token, home) = self.look(&mut *tx, link).await?;
        let guest = guest(&mut *tx, &token, viewer).await?;
        drop(tx);
        let (user, new, accepted) = match guest {
            Guest::Known => return Ok(Accepted::SignInFirst),
            Guest::Another => return Ok(Accepted::Another),
            Guest::SignedIn(user) => (user, None, Accepted::Joined(home)),
            Guest::Homeless(user) => (user, None, Accepted::MaySignIn),
            Guest::New => {
                let account = self.newcomer(&token, newcomer).await?;
                (account.user.id, Some(account), Accepted::MaySignIn)
            }
        };
        self.join(link, user, new).await?;
        Ok(accepted)
    }

    async fn newcomer(&self, token: &OneTimeToken, typed: Newcomer) -> Result<Account, Error> {
        let own = OwnWords::of(&[&typed.first_name, &typed.last_name, &token.email]);
        let mut faults = Violations::default();
        let first_name = faults.keep("first_name", Name::parse(&typed.first_name));
        let last_name = faults.keep("last_name", Name::parse(&typed.last_name));
        let password = faults.keep("password", NewPassword::choose(typed.password, &own));
        let all = first_name.zip(last_name).zip(password);
        let ((first_name, last_name), password) = faults.or(all)?;
        let password = self.passwords.hash(&password).await?;
        let (id, created_at) = (self.ids.next(), self.clock.now());
        let user = User { id, first_name, last_name, email: token.email.clone(), language: typed.language, created_at };
        Ok(Account { user, password })
    }

    async fn join(&self, link: &str, user: UserId, new: Option<Account>) -> Result<(), Error> {
        let now = self.clock.now();
        let mut tx = self.storage.platform(PlatformTask::SignUp).await?;
        let (token, home) = self.look(&mut *tx, link).await?;
        self.mailboxes.take(&mut *tx, &token).await?;
        if let Some(account) = &new {
            make(&mut *tx, account).await?;
        }
        let mut tx = tx.into_tenant(&joining(home)?).await?;
        if tx.organizations().closing().await?.is_some() {
            return Err(Broken::Closed.into());
        }
        let (invitation, roster) = standing(&mut *tx, &token).await?;
        if !roster.has(user) {
            let membership = Membership { user, roles: invitation.roles };
            tx.members().insert(&membership, now).await?;
        }
        tx.invitations().end(invitation.id, InvitationEnd::Accepted).await?;
        if new.is_some() {
            tx.audit().note(&SecurityEvent::by(SecurityKind::EmailVerified, user, None), now).await?;
        }
        Ok(tx.commit().await?)
    }
}

async fn make(tx: &mut dyn PlatformTx, account: &Account) -> Result<(), Error> {
    match tx.accounts().insert(account).await {
        // The address got an account in this very moment: its owner signs in, and opens the link again.
        Err(StorageError::Conflict) => Err(Broken::LinkOver.into()),
        other => Ok(other?),
    }
}
