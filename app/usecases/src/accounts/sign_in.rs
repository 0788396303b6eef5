use qualify_domain::{
    challenge::{CHALLENGE_LIFE, Factors},
    circumstances::Circumstances,
    password::Password,
    text::Email,
};
use qualify_ports::storage::PlatformTask;
use secrecy::{ExposeSecret, SecretString};

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

/// What a right password is answered with.
#[derive(Debug)]
pub enum SignInOutcome {
    /// A session.
    Granted(Granted),
    /// A question for the second factor.
    Challenged(Challenged),
}

/// A question for the second factor.
#[derive(Debug)]
pub struct Challenged {
    /// What the answer has to come with. It opens nothing by itself, and works for five minutes.
    pub reference: SecretString,
    /// What can be answered with.
    pub factors: Factors,
}

impl Accounts {
    /// Begins a session, or asks for the second factor of an account that has one. Whatever is wrong, the answer and the
    /// work are the same (AUTH-5).
    ///
    /// # Errors
    /// [`Broken::WrongCredentials`]; [`Error::Limit`] if too many passwords are being checked.
    pub async fn sign_in(&self, command: SignIn) -> Result<SignInOutcome, Error> {
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
        let factors = tx.second_factors().factors(account.user.id).await?;
        let outcome = if factors.guard() {
            let reference = self.tokens.secret();
            let digest = self.tokens.digest(reference.expose_secret());
            tx.second_factors().challenge(&digest, account.user.id, now + CHALLENGE_LIFE).await?;
            SignInOutcome::Challenged(Challenged { reference, factors })
        } else {
            SignInOutcome::Granted(self.begin_session(&mut *tx, account.user.id, organization, now).await?)
        };
        tx.commit().await?;
        Ok(outcome)
    }

    async fn find_account(&self, email: &Email) -> Result<Option<qualify_ports::storage::Account>, Error> {
        let mut tx = self.storage.platform(PlatformTask::SignIn).await?;
        Ok(tx.accounts().find(email).await?)
    }
}

/// What was typed as a password. One that could never have been chosen is replaced by another that is as wrong,
/// so that it costs the same work.
fn readable(typed: &SecretString) -> Result<Password, Error> {
    Password::parse(typed.expose_secret().to_owned())
        .or_else(|_| Password::parse("no password is like this\u{FFFD}".to_owned()))
        .map_err(|_| Broken::WrongCredentials.into())
}
