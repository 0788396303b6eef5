use qualify_domain::{circumstances::Circumstances, event::SecondFactorChange};

use crate::{Error, SignedIn, second_factors::SecondFactors};

impl SecondFactors {
    /// Removes the authenticator app. Recovery codes go with the last second factor.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if there is no app.
    pub async fn remove_totp(&self, member: &SignedIn, from: &Circumstances) -> Result<(), Error> {
        let (scope, user, mut tx) = self.open(member).await?;
        if !tx.second_factors().remove_totp(user).await? {
            return Err(Error::NotFound("authenticator app"));
        }
        self.drop_idle_codes(&mut *tx, user).await?;
        self.finish(tx, &scope, SecondFactorChange::AppRemoved, from).await
    }
}
