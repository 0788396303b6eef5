use qualify_domain::{challenge::CHALLENGE_LIFE, circumstances::Circumstances};
use qualify_ports::{
    passkeys::{Credential, PasskeyError},
    storage::PlatformTask,
};
use secrecy::ExposeSecret;

use crate::{
    Broken, Error, PasskeyAnswer, PasskeyQuestion,
    accounts::{Accounts, Granted},
};

impl Accounts {
    /// Asks the browser's authenticator for any passkey of ours.
    ///
    /// # Errors
    /// [`Broken::Passkey`] where there can be none.
    pub async fn ask_passkey(&self) -> Result<PasskeyQuestion, Error> {
        let begun = self.passkeys.begin_assertion()?;
        let (reference, now) = (self.tokens.secret(), self.clock.now());
        let digest = self.tokens.digest(reference.expose_secret());
        let mut tx = self.storage.platform(PlatformTask::SignIn).await?;
        tx.passkeys().begin(&digest, None, &begun.state, now, now + CHALLENGE_LIFE).await?;
        tx.commit().await?;
        Ok(PasskeyQuestion { reference, options: begun.options })
    }

    /// Begins a session for the owner of a passkey. Their authenticator has verified them, so nothing else is asked
    /// for (AUTH-14).
    ///
    /// # Errors
    /// [`Broken::ChallengeOver`] if the question was answered before, or too late; [`Broken::Passkey`].
    pub async fn sign_in_passkey(&self, answered: PasskeyAnswer, from: &Circumstances) -> Result<Granted, Error> {
        let now = self.clock.now();
        let digest = self.tokens.digest(answered.reference.expose_secret());
        let mut tx = self.storage.platform(PlatformTask::SignIn).await?;
        let state = tx.passkeys().take(&digest, None, now).await?.ok_or(Broken::ChallengeOver)?;
        let claimed = self.passkeys.claimed(&answered.answer);
        let found = match &claimed {
            Ok(id) => tx.passkeys().find(id).await?,
            Err(_) => None,
        };
        let owner = found.as_ref().map(|(user, _)| *user);
        let judged = found.ok_or(PasskeyError::Wrong).and_then(|(user, kept)| {
            let state = self.passkeys.finish_assertion(&state, &answered.answer, user, &kept)?;
            Ok((user, Credential { state, ..kept }))
        });
        let (user, credential) = match judged {
            Ok(right) => right,
            Err(refused) => {
                if refused == PasskeyError::CounterRegressed {
                    tracing::warn!("a passkey was refused: its counter went back, it may have been copied");
                }
                if let Some(owner) = owner {
                    self.note_failed_factor(&mut *tx, owner, from).await?;
                }
                tx.commit().await?; // a question is asked once, whatever the answer
                return Err(refused.into());
            }
        };
        tx.passkeys().used(&credential, now).await?;
        tx.second_factors().end_challenges(user, now).await?;
        let home = tx.accounts().organizations(user).await?.first().copied().ok_or(Broken::NoOrganization)?;
        let (granted, news) = self.begin_session(&mut *tx, (user, home), from).await?;
        self.keep(tx, home, news).await?;
        Ok(granted)
    }
}
