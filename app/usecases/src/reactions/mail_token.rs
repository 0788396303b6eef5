use qualify_domain::{
    access::Permission,
    id::OneTimeTokenId,
    one_time::{OneTimeToken, Purpose},
    pending_sign_up::PendingSignUp,
    user::User,
};
use qualify_ports::{
    mailer::Message,
    storage::{Claimed, PlatformTask},
};
use secrecy::ExposeSecret;
use tracing::error;

use super::{Reactions, Unfinished, scope};
use crate::{
    letter::{Letter, Link},
    marking::Verdict,
};

/// What the platform knows of a token whose mail is due.
struct Due {
    token: OneTimeToken,
    digest: [u8; 32],
    /// The account of its address.
    known: Option<User>,
    pending: Option<PendingSignUp>,
    /// Whose address shall change.
    changing: Option<User>,
}

impl Reactions {
    /// Sends the mail that carries a one-time token. It dies with its token (MAIL-2): used or expired, nothing is sent.
    pub(super) async fn mail_token(&self, claimed: &Claimed, id: OneTimeTokenId) -> Result<(), Unfinished> {
        if let Some(due) = self.due(id).await? {
            let secret = self.tokens.derive_again(&due.token.seed(), &due.digest);
            let secret = secret.ok_or_else(|| Unfinished::Never("its key has left the ring".to_owned()))?;
            let link = Link { base_url: &self.options.base_url, token: &due.token, secret: secret.expose_secret() };
            if let Some(message) = self.token_message(claimed, &due, &link).await? {
                let sent = self.mailer.send(&message).await;
                if let (Purpose::Invitation(_), Some(verdict)) = (due.token.purpose, Verdict::of(&sent)) {
                    self.mark_invitation(claimed, id, verdict).await;
                }
                sent?;
            }
        }
        self.complete(claimed).await
    }

    /// Tells the organization whether the invited address takes mail (MAIL-6). The mail went or not, whatever becomes of this.
    async fn mark_invitation(&self, claimed: &Claimed, id: OneTimeTokenId, verdict: Verdict) {
        let mark = async {
            let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
            tx.invitations().mark_mail(id, verdict.refused_at(self.clock.now())).await?;
            Ok::<_, Unfinished>(tx.commit().await?)
        };
        if let Err(error) = mark.await {
            error!(error = &error as &dyn std::error::Error, "whether an invited address takes mail could not be kept");
        }
    }

    async fn due(&self, id: OneTimeTokenId) -> Result<Option<Due>, Unfinished> {
        let mut tx = self.storage.platform(PlatformTask::MailToken).await?;
        let Some((token, digest)) = tx.one_time_tokens().issued(id, self.clock.now()).await? else { return Ok(None) };
        let known = tx.accounts().find(&token.email).await?.map(|account| account.user);
        let pending = tx.one_time_tokens().sign_up(token.id).await?;
        let changing = match token.purpose {
            Purpose::EmailChange(user) => tx.accounts().user(user).await?,
            _ => None,
        };
        Ok(Some(Due { token, digest, known, pending, changing }))
    }

    /// What the mail of a token says: here it is looked whether its address has an account, and never where somebody
    /// waits for an answer (AUTH-5).
    async fn token_message(
        &self,
        claimed: &Claimed,
        due: &Due,
        link: &Link<'_>,
    ) -> Result<Option<Message>, Unfinished> {
        let Due { token, known, pending, .. } = due;
        let to = |letter: Letter, user: &User| letter.to(claimed.id, &user.email, &user.first_name, &user.last_name);
        Ok(match (token.purpose, known, pending) {
            (Purpose::SignUp, Some(user), _) => Some(to(Letter::sign_up_repeated(user, &self.options), user)?),
            (Purpose::SignUp, None, Some(pending)) => {
                let letter = Letter::sign_up(pending, link);
                Some(letter.to(claimed.id, &token.email, &pending.first_name, &pending.last_name)?)
            }
            (Purpose::Reset, Some(user), _) => Some(to(Letter::reset(user, link), user)?),
            (Purpose::SignUp | Purpose::Reset, None, _) => None,
            // The address is another account's: nobody is told, neither who asked nor who has it.
            (Purpose::EmailChange(user), Some(other), _) if other.id != user => None,
            (Purpose::EmailChange(_), ..) => {
                let Some(user) = &due.changing else { return Ok(None) };
                let letter = Letter::email_change(user, link);
                Some(letter.to(claimed.id, &token.email, &user.first_name, &user.last_name)?)
            }
            (Purpose::Invitation(_), ..) => self.invitation(claimed, token, link).await?,
        })
    }

    /// None if it was withdrawn, or sent again with another token.
    async fn invitation(
        &self,
        claimed: &Claimed,
        token: &OneTimeToken,
        link: &Link<'_>,
    ) -> Result<Option<Message>, Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let Some(invitation) = tx.invitations().of_token(token.id).await? else { return Ok(None) };
        let organization = tx.organizations().own().await?;
        let inviter = tx.members().find(invitation.by).await?;
        drop(tx);
        let letter = Letter::invitation(&organization, inviter.as_ref(), link);
        Ok(Some(letter.to_address(claimed.id, &token.email)?))
    }
}
