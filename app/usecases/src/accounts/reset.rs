use qualify_domain::{
    audit::{SecurityEvent, SecurityKind},
    circumstances::Circumstances,
    event::Event,
    one_time::{OneTimeKind, OneTimeToken, Purpose},
    password::{NewPassword, OwnWords},
    text::Email,
    user::User,
    violation::Violations,
};
use qualify_ports::storage::{PlatformTask, PlatformTx};

use crate::{Broken, Error, accounts::Accounts};

impl Accounts {
    /// Asks for the mail by which somebody chooses a new password. Nobody looks here whether the address has an account:
    /// answer and work are the same for every one (AUTH-5).
    ///
    /// # Errors
    /// [`Error::TooOften`] if there were too many mails to the address or from the source (AUTH-9).
    pub async fn ask_reset(&self, email: Email, from: &Circumstances) -> Result<(), Error> {
        self.throttles.mail(&email, from).await?;
        let mut tx = self.storage.platform(PlatformTask::ProveMailbox).await?;
        let token = self.mailboxes.issue(&mut *tx, Purpose::Reset, email).await?.id;
        self.mailboxes.send(tx, self.ids.next(), token).await
    }

    /// The user whose password a link changes. Looking uses nothing up.
    ///
    /// # Errors
    /// [`Broken::LinkOver`] if the link does not work, for whatever reason.
    pub async fn resetting(&self, link: &str) -> Result<User, Error> {
        let mut tx = self.storage.platform(PlatformTask::ProveMailbox).await?;
        Ok(self.resettable(&mut *tx, link).await?.1)
    }

    /// Gives the user behind a link a new password (AUTH-12). It signs nobody in and asks for the second factor as
    /// before; all sessions end, the user is told by mail, and strangers may try again (AUTH-8).
    ///
    /// # Errors
    /// [`Error::Invalid`] for a password that is not good enough; [`Broken::LinkOver`]; [`Error::Limit`].
    pub async fn reset(&self, link: &str, password: String, from: &Circumstances) -> Result<(), Error> {
        let user = self.resetting(link).await?;
        let own = OwnWords::of(&[&user.first_name, &user.last_name, &user.email]);
        let mut faults = Violations::default();
        let chosen = faults.keep("password", NewPassword::choose(password, &own));
        let chosen = faults.or(chosen)?;
        let hash = self.passwords.hash(&chosen).await?;
        let (now, mut tx) = (self.clock.now(), self.storage.platform(PlatformTask::ProveMailbox).await?);
        let (token, user) = self.resettable(&mut *tx, link).await?;
        self.mailboxes.take(&mut *tx, &token).await?;
        tx.accounts().set_password(user.id, &hash).await?;
        self.throttles.lift(&mut *tx, &user.email).await?;
        tx.second_factors().end_challenges(user.id, now).await?;
        self.sessions.end_in(&mut *tx, user.id, None, from).await?;
        let event = SecurityEvent::by(SecurityKind::PasswordReset, user.id, None);
        tx.security().tell(user.id, &event, now).await?;
        self.mailboxes.tell(tx, self.ids.next(), &[Event::PasswordReset { user: user.id }]).await
    }

    /// Whoever has that address now: a link dies when its address goes to nobody.
    async fn resettable(&self, tx: &mut dyn PlatformTx, link: &str) -> Result<(OneTimeToken, User), Error> {
        let token = self.mailboxes.look(tx, link, OneTimeKind::Reset).await?;
        let account = tx.accounts().find(&token.email).await?.ok_or(Broken::LinkOver)?;
        Ok((token, account.user))
    }
}
