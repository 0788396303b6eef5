use qualify_domain::{
    id::OneTimeTokenId,
    one_time::{OneTimeToken, Purpose},
};
use qualify_ports::{
    mailer::Message,
    storage::{Claimed, PlatformTask, PlatformTx},
};
use secrecy::ExposeSecret;

use super::{Reactions, Unfinished};
use crate::letter::{Letter, Link};

impl Reactions {
    /// Sends the mail that carries a one-time token. It dies with its token (MAIL-2): used or expired, nothing is sent.
    pub(super) async fn mail_token(&self, claimed: &Claimed, id: OneTimeTokenId) -> Result<(), Unfinished> {
        let mut tx = self.storage.platform(PlatformTask::MailToken).await?;
        if let Some((token, digest)) = tx.one_time_tokens().issued(id, self.clock.now()).await? {
            let secret = self.tokens.derive_again(&token.seed(), &digest);
            let secret = secret.ok_or_else(|| Unfinished::Never("its key has left the ring".to_owned()))?;
            let link = Link { base_url: &self.options.base_url, token: &token, secret: secret.expose_secret() };
            let message = self.token_message(claimed, &mut *tx, &token, &link).await?;
            drop(tx);
            if let Some(message) = message {
                self.mailer.send(&message).await?;
            }
        }
        self.complete(claimed).await
    }

    /// What the mail of a token says: here it is looked whether its address has an account, and never where somebody
    /// waits for an answer (AUTH-5).
    async fn token_message(
        &self,
        claimed: &Claimed,
        tx: &mut dyn PlatformTx,
        token: &OneTimeToken,
        link: &Link<'_>,
    ) -> Result<Option<Message>, Unfinished> {
        let known = tx.accounts().find(&token.email).await?.map(|account| account.user);
        match token.purpose {
            Purpose::SignUp => {
                if let Some(user) = known {
                    let letter = Letter::sign_up_repeated(&user, &self.options);
                    return Ok(Some(letter.to(claimed.id, &user.email, &user.first_name, &user.last_name)?));
                }
                let Some(pending) = tx.one_time_tokens().sign_up(token.id).await? else { return Ok(None) };
                let letter = Letter::sign_up(&pending, link);
                Ok(Some(letter.to(claimed.id, &token.email, &pending.first_name, &pending.last_name)?))
            }
            Purpose::Reset | Purpose::EmailChange(_) | Purpose::Invitation(_) => Ok(None),
        }
    }
}
