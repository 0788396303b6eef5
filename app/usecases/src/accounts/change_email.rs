use qualify_domain::{
    access::{Permission, Who},
    audit::{SecurityEvent, SecurityKind},
    circumstances::Circumstances,
    event::Event,
    one_time::{OneTimeKind, OneTimeToken, Purpose},
    text::Email,
    user::User,
    violation::{Rule, Violations},
};
use qualify_ports::storage::{PlatformTask, PlatformTx, StorageError};

use crate::{Broken, Error, SignedIn, accounts::Accounts};

impl Accounts {
    /// Asks for another address: a link is mailed to it, a warning to the present one (AUTH-12). Until the link is opened
    /// everything stays as it is. The answer is the same if another account has that address (AUTH-5).
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] for the address they have; [`Error::TooOften`] (AUTH-9).
    pub async fn ask_email_change(&self, member: &SignedIn, email: Email, from: &Circumstances) -> Result<(), Error> {
        let scope = member.actor.permit(Permission::SecureAccount)?;
        let user = scope.user().ok_or(Error::NotFound("member"))?;
        if email == member.email {
            return Err(Violations::one("email", Rule::Unchanged).into());
        }
        self.throttles.mail(&email, from).await?;
        let (now, mut tx) = (self.clock.now(), self.storage.platform(PlatformTask::ProveMailbox).await?);
        let token = self.mailboxes.issue(&mut *tx, Purpose::EmailChange(user), email).await?.id;
        let mut tx = tx.into_tenant(&scope).await?;
        tx.outbox().append(&Event::TokenIssued { token }, now).await?;
        tx.outbox().append(&Event::EmailChangeAsked { user }, now).await?;
        Ok(tx.commit().await?)
    }

    /// Whose address a link changes, and to what. Looking uses nothing up.
    ///
    /// # Errors
    /// [`Broken::LinkOver`] if the link does not work, for whatever reason.
    pub async fn changing_email(&self, link: &str) -> Result<(User, Email), Error> {
        let mut tx = self.storage.platform(PlatformTask::ProveMailbox).await?;
        let (token, user) = self.changeable(&mut *tx, link).await?;
        Ok((user, token.email))
    }

    /// Gives the user behind a link the address that the link proves. Their sessions end, but for the one in which they
    /// opened it (SES-8).
    ///
    /// # Errors
    /// [`Broken::LinkOver`], also if the address got an account meanwhile.
    pub async fn change_email(&self, link: &str, viewer: Option<&SignedIn>, from: &Circumstances) -> Result<(), Error> {
        let (now, mut tx) = (self.clock.now(), self.storage.platform(PlatformTask::ProveMailbox).await?);
        let (token, user) = self.changeable(&mut *tx, link).await?;
        self.mailboxes.take(&mut *tx, &token).await?;
        match tx.accounts().set_email(user.id, &token.email).await {
            Err(StorageError::Conflict) => return Err(Broken::LinkOver.into()),
            other => other?,
        }
        let this = match viewer.map(|viewer| viewer.actor.who()) {
            Some(Who::Member(viewer, session)) if viewer == user.id => Some(session),
            _ => None,
        };
        self.sessions.end_in(&mut *tx, user.id, this, from).await?;
        let event = SecurityEvent::by(SecurityKind::EmailChanged, user.id, this);
        tx.security().tell(user.id, &event, now).await?;
        Ok(tx.commit().await?)
    }

    async fn changeable(&self, tx: &mut dyn PlatformTx, link: &str) -> Result<(OneTimeToken, User), Error> {
        let token = self.mailboxes.look(tx, link, OneTimeKind::EmailChange).await?;
        let Purpose::EmailChange(user) = token.purpose else { return Err(Broken::LinkOver.into()) };
        let user = tx.accounts().user(user).await?.ok_or(Broken::LinkOver)?;
        Ok((token, user))
    }
}
