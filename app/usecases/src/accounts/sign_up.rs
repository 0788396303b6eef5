use qualify_domain::{
    circumstances::Circumstances,
    id::OneTimeTokenId,
    language::Language,
    one_time::Purpose,
    pending_sign_up::PendingSignUp,
    text::{Email, Name},
};
use qualify_ports::storage::PlatformTask;

use crate::{Error, accounts::Accounts};

/// What somebody types to make an account and an organization.
pub struct SignUp {
    /// First name.
    pub first_name: Name,
    /// Last name.
    pub last_name: Name,
    /// The address to sign in with.
    pub email: Email,
    /// What the organization is called.
    pub organization: Name,
    /// The language of the page they typed it on.
    pub language: Language,
    /// From where.
    pub from: Circumstances,
}

impl Accounts {
    /// Keeps a sign-up until its mailbox is proven, and asks for the mail that carries the link. Tells under which
    /// reference the mail can be asked for again.
    ///
    /// Nobody looks here whether the address has an account: the worker does, and then sends other words to it. So
    /// answer and work are the same for every address (AUTH-5).
    ///
    /// # Errors
    /// [`Error::TooOften`] if there were too many mails to the address or from the source (AUTH-9).
    pub async fn sign_up(&self, command: SignUp) -> Result<OneTimeTokenId, Error> {
        let SignUp { first_name, last_name, email, organization, language, from } = command;
        self.throttles.mail(&email, &from).await?;
        let mut tx = self.storage.platform(PlatformTask::SignUp).await?;
        let token = self.mailboxes.issue(&mut *tx, Purpose::SignUp, email).await?.id;
        let home = self.ids.next();
        let pending = PendingSignUp { token, first_name, last_name, organization, home, language };
        tx.one_time_tokens().keep_sign_up(&pending).await?;
        self.mailboxes.send(tx, home, token).await?;
        Ok(token)
    }

    /// Sends the link of a sign-up once more; it lives no longer for that. The answer is the same if there is no such
    /// sign-up any more.
    ///
    /// # Errors
    /// [`Error::TooOften`].
    pub async fn sign_up_again(&self, token: OneTimeTokenId, from: &Circumstances) -> Result<(), Error> {
        let mut tx = self.storage.platform(PlatformTask::SignUp).await?;
        let issued = tx.one_time_tokens().issued(token, self.clock.now()).await?;
        let pending = tx.one_time_tokens().sign_up(token).await?;
        drop(tx);
        if let (Some((token, _)), Some(pending)) = (issued, pending) {
            self.throttles.mail(&token.email, from).await?;
            let tx = self.storage.platform(PlatformTask::SignUp).await?;
            self.mailboxes.send(tx, pending.home, token.id).await?;
        }
        Ok(())
    }
}
