use qualify_domain::{
    challenge::CHALLENGE_LIFE,
    circumstances::Circumstances,
    event::SecondFactorChange,
    id::PasskeyId,
    passkey::{MOST_PASSKEYS, Passkey},
    recovery_code::RecoveryCode,
    text::Name,
};
use qualify_ports::storage::StorageError;
use secrecy::{ExposeSecret, SecretString};

use crate::{Broken, Error, SignedIn, second_factors::SecondFactors};

/// What a browser's authenticator is asked.
#[derive(Debug)]
pub struct PasskeyQuestion {
    /// What the answer has to come with. It works once, for five minutes.
    pub reference: SecretString,
    /// What the browser is asked, as JSON.
    pub options: String,
}

/// What a browser's authenticator answers.
pub struct PasskeyAnswer {
    /// The reference of the question.
    pub reference: SecretString,
    /// The answer, as JSON.
    pub answer: String,
}

impl SecondFactors {
    /// Whether there can be passkeys here at all.
    pub fn passkeys_available(&self) -> bool {
        self.passkeys.available()
    }

    /// The member's passkeys, the oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Failed`] if the storage does.
    pub async fn passkeys(&self, member: &SignedIn) -> Result<Vec<Passkey>, Error> {
        let (_, user, mut tx) = self.open(member).await?;
        Ok(tx.passkeys().list(user).await?)
    }

    /// Asks the member's authenticator for a new passkey.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Broken::Passkey`] where there can be none; [`Error::Conflict`] if there are enough.
    pub async fn begin_passkey(&self, member: &SignedIn) -> Result<PasskeyQuestion, Error> {
        let (_, user, mut tx) = self.open(member).await?;
        let known = tx.passkeys().known(user).await?;
        if known.len() >= MOST_PASSKEYS as usize {
            return Err(Error::Conflict("passkey"));
        }
        let user = tx.accounts().user(user).await?.ok_or(Error::NotFound("member"))?;
        let begun = self.passkeys.begin_registration(&user, &known)?;
        let (reference, now) = (self.tokens.secret(), self.clock.now());
        let digest = self.tokens.digest(reference.expose_secret());
        tx.passkeys().begin(&digest, Some(user.id), &begun.state, now, now + CHALLENGE_LIFE).await?;
        tx.commit().await?;
        Ok(PasskeyQuestion { reference, options: begun.options })
    }

    /// Keeps the passkey in the answer; answers with recovery codes if there were none left.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Broken::ChallengeOver`]; [`Broken::Passkey`] for a wrong answer; [`Error::Conflict`] if
    /// the passkey is known already.
    pub async fn add_passkey(
        &self,
        member: &SignedIn,
        answered: PasskeyAnswer,
        name: Name,
        from: &Circumstances,
    ) -> Result<Vec<RecoveryCode>, Error> {
        let (scope, user, mut tx) = self.open(member).await?;
        let now = self.clock.now();
        let digest = self.tokens.digest(answered.reference.expose_secret());
        let state = tx.passkeys().take(&digest, Some(user), now).await?.ok_or(Broken::ChallengeOver)?;
        let credential = match self.passkeys.finish_registration(&state, &answered.answer) {
            Ok(credential) => credential,
            Err(refused) => {
                tx.commit().await?; // a question is asked once, whatever the answer
                return Err(refused.into());
            }
        };
        let passkey = Passkey { id: self.ids.next(), name, added_at: now, used_at: None };
        match tx.passkeys().insert(user, &passkey, &credential).await {
            Err(StorageError::Conflict) => return Err(Error::Conflict("passkey")),
            other => other?,
        }
        let has_codes = tx.second_factors().factors(user).await?.recovery_codes > 0;
        let codes = if has_codes { Vec::new() } else { self.new_codes(&mut *tx, user).await? };
        self.finish(tx, &scope, SecondFactorChange::PasskeyAdded, from).await?;
        Ok(codes)
    }

    /// Removes a passkey. It is never the only way in: every account has a password. Recovery codes go with the last
    /// second factor.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if the member has none of that id.
    pub async fn remove_passkey(&self, member: &SignedIn, id: PasskeyId, from: &Circumstances) -> Result<(), Error> {
        let (scope, user, mut tx) = self.open(member).await?;
        if !tx.passkeys().remove(user, id).await? {
            return Err(Error::NotFound("passkey"));
        }
        self.drop_idle_codes(&mut *tx, user).await?;
        self.finish(tx, &scope, SecondFactorChange::PasskeyRemoved, from).await
    }
}
