use qualify_domain::{circumstances::Circumstances, password::Password, session::Session, text::Email};
use qualify_ports::storage::PlatformTask;
use secrecy::SecretString;

use crate::{
    Broken, Error,
    accounts::{Accounts, Granted},
};

/// What somebody types to come in.
pub struct SignIn {
    /// The address, as typed.
    pub email: String,
    /// The password, as typed.
    pub password: SecretString,
    /// From where.
    pub from: Circumstances,
}

impl Accounts {
    /// Begins a session. Whatever is wrong, the answer and the work are the same (AUTH-5).
    ///
    /// # Errors
    /// [`Broken::WrongCredentials`]; [`Error::Limit`] if too many passwords are being checked.
    pub async fn sign_in(&self, command: SignIn) -> Result<Granted, Error> {
        let account = match Email::parse(&command.email) {
            Ok(email) => self.find_account(&email).await?,
            Err(_) => None,
        };
        let hash = account.as_ref().map(|account| &account.password);
        let right = self.passwords.verify(&readable(&command.password)?, hash).await?;
        let account = account.filter(|_| right).ok_or(Broken::WrongCredentials)?;

        let now = self.clock.now();
        let mut tx = self.storage.platform(PlatformTask::SignIn).await?;
        let organizations = tx.accounts().organizations(account.user.id).await?;
        let organization = organizations.first().copied().ok_or(Broken::NoOrganization)?;
        let session = Session::begin(self.ids.next(), account.user.id, organization, now);
        let (secret, refresh) = self.new_refresh(&session, now);
        tx.sessions().insert(&session, &refresh).await?;
        tx.commit().await?;
        Ok(Granted { access: self.sign_access(&session, &refresh, now)?, refresh: Some(secret) })
    }

    async fn find_account(&self, email: &Email) -> Result<Option<qualify_ports::storage::Account>, Error> {
        let mut tx = self.storage.platform(PlatformTask::SignIn).await?;
        Ok(tx.accounts().find(email).await?)
    }
}

/// What was typed as a password. One that could never have been chosen is replaced by another that is as wrong,
/// so that it costs the same work.
fn readable(typed: &SecretString) -> Result<Password, Error> {
    use secrecy::ExposeSecret;
    Password::parse(typed.expose_secret().to_owned())
        .or_else(|_| Password::parse("no password is like this\u{FFFD}".to_owned()))
        .map_err(|_| Broken::WrongCredentials.into())
}
