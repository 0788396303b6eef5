use qualify_domain::{
    access::Permission,
    audit::{SecurityEvent, SecurityKind},
    circumstances::Circumstances,
    event::Event,
    password::NewPassword,
};
use qualify_ports::storage::PlatformTask;
use secrecy::SecretString;

use super::confirm::seat;
use crate::{Broken, Error, SignedIn, accounts::Accounts};

/// What a member types to have another password.
pub struct ChangePassword {
    /// The password they have, as typed.
    pub current: SecretString,
    /// The one they want.
    pub new: NewPassword,
    /// From where.
    pub from: Circumstances,
}

impl Accounts {
    /// Gives a member another password. Their other sessions end (SES-8), half-finished sign-ins too, and a mail tells
    /// them.
    ///
    /// A wrong current password is counted like a wrong sign-in.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Broken::WrongCredentials`] if the current password is another; [`Error::TooOften`];
    /// [`Error::Limit`] if too many passwords are being checked; [`Error::Stale`] if it was changed meanwhile.
    pub async fn change_password(&self, member: &SignedIn, command: ChangePassword) -> Result<(), Error> {
        let scope = member.actor.permit(Permission::SecureAccount)?;
        let (user, session) = seat(member)?;
        let begun = self.approach_again(member, session, true, &command.from).await?;
        if !self.matches(&command.current, Some(&begun.password), &begun.tried).await? {
            self.note_wrong(member, &begun.tried, &command.from).await?;
            return Err(Broken::WrongCredentials.into());
        }
        let hash = self.passwords.hash(&command.new).await?;
        let now = self.clock.now();
        let mut tx = self.storage.platform(PlatformTask::SecureAccount).await?;
        if !tx.accounts().replace_password(user, &begun.password, &hash).await? {
            return Err(Error::Stale);
        }
        self.throttles.succeeded(&mut *tx, &begun.tried).await?;
        tx.second_factors().end_challenges(user, now).await?;
        self.sessions.end_in(&mut *tx, user, Some(session), &command.from).await?;
        let changed = SecurityEvent::by(SecurityKind::PasswordChanged, user, Some(session));
        tx.security().tell(user, &changed, now).await?;
        let mut tx = tx.into_tenant(&scope).await?;
        tx.outbox().append(&Event::PasswordChanged { user }, now).await?;
        Ok(tx.commit().await?)
    }
}
