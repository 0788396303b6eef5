use qualify_domain::{challenge::CHALLENGE_LIFE, circumstances::Circumstances, id::UserId};
use qualify_ports::{
    passkeys::{Credential, PasskeyError},
    storage::{PlatformTask, PlatformTx},
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
    /// [`Broken::Passkey`] where there can be none; [`Error::TooOften`].
    pub async fn ask_passkey(&self, from: &Circumstances) -> Result<PasskeyQuestion, Error> {
        let begun = self.passkeys.begin_assertion()?;
        let (reference, now) = (self.tokens.secret(), self.clock.now());
        let digest = self.tokens.digest(reference.expose_secret());
        let mut tx = self.storage.platform(PlatformTask::SignIn).await?;
        self.throttles.question(&mut *tx, from).await?;
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
        let (user, credential) = match self.judge_passkey(&mut *tx, &state, &answered.answer, None).await? {
            Ok(right) => right,
            Err((refused, owner)) => {
                if let Some(owner) = owner {
                    self.note_failed_factor(&mut *tx, owner, from).await?;
                }
                tx.commit().await?; // a question is asked once, whatever the answer
                return Err(refused.into());
            }
        };
        tx.passkeys().used(&credential, now).await?;
        tx.second_factors().end_challenges(user, now).await?;
        if let Some(user) = tx.accounts().user(user).await? {
            self.throttles.lift(&mut *tx, &user.email).await?;
        }
        let home = tx.accounts().organizations(user).await?.first().copied().ok_or(Broken::NoOrganization)?;
        let (granted, news) = self.begin_session(&mut *tx, (user, home), from).await?;
        self.keep(tx, home, news).await?;
        Ok(granted)
    }

    /// The passkey that answered and its owner, who is `expected` if that is known; else why not, and whose it claimed
    /// to be.
    pub(super) async fn judge_passkey(
        &self,
        tx: &mut dyn PlatformTx,
        state: &[u8],
        answer: &str,
        expected: Option<UserId>,
    ) -> Result<Result<(UserId, Credential), (PasskeyError, Option<UserId>)>, Error> {
        let found = match self.passkeys.claimed(answer) {
            Ok(id) => tx.passkeys().find(&id).await?,
            Err(_) => None,
        };
        let found = found.filter(|(owner, _)| expected.is_none_or(|expected| expected == *owner));
        let owner = found.as_ref().map(|(owner, _)| *owner);
        let judged = found.ok_or(PasskeyError::Wrong).and_then(|(user, kept)| {
            let state = self.passkeys.finish_assertion(state, answer, user, &kept)?;
            Ok((user, Credential { state, ..kept }))
        });
        if judged == Err(PasskeyError::CounterRegressed) {
            tracing::warn!("a passkey was refused: its counter went back, it may have been copied");
        }
        Ok(judged.map_err(|refused| (refused, owner)))
    }
}
