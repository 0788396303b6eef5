use qualify_domain::{
    audit::{SecurityEvent, SecurityKind},
    challenge::{CHALLENGE_LIFE, Factors},
    circumstances::Circumstances,
    connection::ConnectionKind,
    id::UserId,
    password::Password,
    text::Email,
};
use qualify_ports::{
    passwords::{PasswordError, PasswordHash},
    storage::{Account, PlatformTask, PlatformTx, StorageError},
};
use secrecy::{ExposeSecret, SecretString};

use crate::{
    Broken, Error,
    accounts::{Accounts, Granted},
    throttles::Try,
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
    /// [`Broken::WrongCredentials`]; [`Error::TooOften`], told before the password is looked at (AUTH-7 to AUTH-10);
    /// [`Error::Limit`] if too many passwords are being checked.
    pub async fn sign_in(&self, command: SignIn) -> Result<SignInOutcome, Error> {
        let (account, tried) = self.approach(&command).await?;
        let hash = account.as_ref().map(|account| &account.password);
        if !self.matches(&command.password, hash, &tried).await? {
            return self.refuse(account, &tried, &command.from).await;
        }
        let known = account.ok_or(Broken::WrongCredentials)?;
        let (user, renewed) = (known.user.id, self.renewed(&command.password, &known.password).await?);
        let mut tx = self.storage.platform(PlatformTask::SignIn).await?;
        if !keep_or_renew(&mut *tx, &known, renewed).await? {
            drop(tx);
            return self.refuse(Some(known), &tried, &command.from).await;
        }
        self.throttles.succeeded(&mut *tx, &tried).await?;
        let organizations = tx.accounts().organizations(user).await?;
        let organization = organizations.first().copied().ok_or(Broken::NoOrganization)?;
        let factors = tx.second_factors().factors(user).await?;
        if factors.guard() {
            let challenged = self.challenge(&mut *tx, user, factors).await?;
            tx.commit().await?;
            return Ok(SignInOutcome::Challenged(challenged));
        }
        let (granted, news) = self.begin_session(&mut *tx, (user, organization), &command.from).await?;
        self.keep(tx, organization, news).await?;
        Ok(SignInOutcome::Granted(granted))
    }

    async fn challenge(&self, tx: &mut dyn PlatformTx, user: UserId, factors: Factors) -> Result<Challenged, Error> {
        let reference = self.tokens.secret();
        let digest = self.tokens.digest(reference.expose_secret());
        tx.second_factors().challenge(&digest, user, self.clock.now() + CHALLENGE_LIFE).await?;
        Ok(Challenged { reference, factors })
    }

    /// The account that is asked for, if there is one, and the try, which is counted from now on.
    async fn approach(&self, command: &SignIn) -> Result<(Option<Account>, Try), Error> {
        let now = self.clock.now();
        let mut tx = self.storage.platform(PlatformTask::SignIn).await?;
        let email = Email::parse(&command.email).ok();
        let account = match &email {
            Some(email) => tx.accounts().find(email).await?,
            None => None,
        };
        // The account's own spelling, where there is one: however an address is typed, it is counted once.
        let known = account.as_ref().map(|account| &account.user.email).or(email.as_ref());
        let address = known.map_or_else(|| command.email.trim().to_lowercase(), Email::normalized);
        let somebody = account.as_ref().map_or_else(|| self.ids.next(), |account| account.user.id);
        let places = tx.connections().places(somebody, now).await?;
        let mut tried = self.throttles.password(&address, &command.from, command.from.is_familiar(&places));
        if let Err(error) = self.throttles.admit(&mut *tx, &mut tried).await {
            drop(tx);
            let mut tx = self.storage.platform(PlatformTask::SignIn).await?;
            self.note(&mut *tx, account.as_ref(), SecurityKind::SignInThrottled).await?;
            tx.commit().await?;
            return Err(error);
        }
        tx.commit().await?;
        Ok((account, tried))
    }

    /// Whether the password that was typed is the one of that hash. A try that was not made does not count.
    pub(super) async fn matches(
        &self,
        typed: &SecretString,
        hash: Option<&PasswordHash>,
        tried: &Try,
    ) -> Result<bool, Error> {
        let judged = self.passwords.verify(&readable(typed)?, hash).await;
        if judged.is_err() {
            self.throttles.withdraw(tried).await?;
        }
        Ok(judged?)
    }

    /// The hash as one would be made today, if the one there is is older (AUTH-4). Where the product is too busy for it
    /// now, the next sign-in brings it.
    async fn renewed(&self, typed: &SecretString, hash: &PasswordHash) -> Result<Option<PasswordHash>, Error> {
        if self.passwords.is_current(hash) {
            return Ok(None);
        }
        match self.passwords.hash(&readable(typed)?).await {
            Ok(hash) => Ok(Some(hash)),
            Err(PasswordError::Busy) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn refuse(
        &self,
        account: Option<Account>,
        tried: &Try,
        from: &Circumstances,
    ) -> Result<SignInOutcome, Error> {
        let mut tx = self.storage.platform(PlatformTask::SignIn).await?;
        self.note(&mut *tx, account.as_ref(), SecurityKind::SignInFailed).await?;
        if let Some(account) = account {
            let failure = self.connection(account.user.id, None, ConnectionKind::Failure, from);
            tx.connections().append(&failure).await?;
            if tried.locks() {
                // Whoever knows the password and guesses the second factor begins again (AUTH-10).
                tx.second_factors().end_challenges(account.user.id, self.clock.now()).await?;
            }
        }
        tx.commit().await?;
        Err(Broken::WrongCredentials.into())
    }

    /// Writes down what matters to security (LOG-3).
    async fn note(&self, tx: &mut dyn PlatformTx, account: Option<&Account>, kind: SecurityKind) -> Result<(), Error> {
        let now = self.clock.now();
        match account.map(|account| account.user.id) {
            Some(user) => tx.security().tell(user, &SecurityEvent::against(kind, user), now).await?,
            None => tx.security().count(kind, now).await?,
        }
        Ok(())
    }
}

/// Whether the password that was compared is still the account's; then it stays so until the end of the work, or is
/// hashed anew. One that was changed at this very moment opens nothing any more.
async fn keep_or_renew(
    tx: &mut dyn PlatformTx,
    known: &Account,
    renewed: Option<PasswordHash>,
) -> Result<bool, StorageError> {
    match renewed {
        Some(new) => tx.accounts().replace_password(known.user.id, &known.password, &new).await,
        None => tx.accounts().holds_password(known.user.id, &known.password).await,
    }
}

/// What was typed as a password. One that could never have been chosen is replaced by another that is as wrong,
/// so that it costs the same work.
fn readable(typed: &SecretString) -> Result<Password, Error> {
    Password::parse(typed.expose_secret().to_owned())
        .or_else(|_| Password::parse("no password is like this\u{FFFD}".to_owned()))
        .map_err(|_| Broken::WrongCredentials.into())
}
