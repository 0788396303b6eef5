use qualify_domain::{
    circumstances::Circumstances,
    event::SecondFactorChange,
    recovery_code::RecoveryCode,
    totp::{Totp, TotpCode},
};
use qualify_ports::{storage::KeptTotp, vault::TotpSecret};

use crate::{
    Error, SignedIn,
    second_factors::{SecondFactors, owner},
};

/// An authenticator app that is being set up.
#[derive(Debug)]
pub struct TotpSetUp {
    /// The secret the app is to know.
    pub secret: TotpSecret,
}

impl SecondFactors {
    /// Makes a secret for an authenticator app. It counts once the app has shown that it knows it.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Conflict`] if there is an app already: remove that one first.
    pub async fn begin_totp(&self, member: &SignedIn) -> Result<(), Error> {
        let (_, user, mut tx) = self.open(member).await?;
        if tx.second_factors().factors(user).await?.totp {
            return Err(Error::Conflict("authenticator app"));
        }
        let secret = self.vault.seal(&self.vault.totp_secret(), &owner(user));
        let kept = KeptTotp { secret, totp: Totp::begin() };
        tx.second_factors().begin_totp(user, &kept, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// The app that is being set up, to be shown to its owner.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if none is being set up.
    pub async fn totp_set_up(&self, member: &SignedIn) -> Result<TotpSetUp, Error> {
        let (_, user, mut tx) = self.open(member).await?;
        let kept = tx.second_factors().totp(user).await?;
        let kept = kept.filter(|kept| kept.totp.confirmed_at.is_none()).ok_or(Error::NotFound("set-up"))?;
        Ok(TotpSetUp { secret: self.vault.open(&kept.secret, &owner(user))? })
    }

    /// Takes the app into use, if it shows the right code; answers with the recovery codes if there were none left.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if none is being set up; [`Broken`](crate::Broken) for a wrong code.
    pub async fn confirm_totp(
        &self,
        member: &SignedIn,
        typed: TotpCode,
        from: &Circumstances,
    ) -> Result<Vec<RecoveryCode>, Error> {
        let (scope, user, mut tx) = self.open(member).await?;
        let kept = tx.second_factors().totp(user).await?;
        let mut kept = kept.filter(|kept| kept.totp.confirmed_at.is_none()).ok_or(Error::NotFound("set-up"))?;
        let secret = self.vault.open(&kept.secret, &owner(user))?;
        let judged = kept.totp.judge(typed, self.clock.now(), |step| self.vault.totp(&secret, step));
        tx.second_factors().update_totp(user, &kept.totp).await?;
        if let Err(refusal) = judged {
            tx.commit().await?;
            return Err(refusal.into());
        }
        let has_codes = tx.second_factors().factors(user).await?.recovery_codes > 0;
        let codes = if has_codes { Vec::new() } else { self.new_codes(&mut *tx, user).await? };
        self.finish(tx, &scope, SecondFactorChange::AppAdded, from).await?;
        Ok(codes)
    }
}
