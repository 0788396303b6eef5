use qualify_domain::{circumstances::Circumstances, event::SecondFactorChange, recovery_code::RecoveryCode};

use crate::{Error, SignedIn, second_factors::SecondFactors};

impl SecondFactors {
    /// Makes new recovery codes; the earlier ones die.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if there is no second factor they could stand in for.
    pub async fn replace_recovery_codes(
        &self,
        member: &SignedIn,
        from: &Circumstances,
    ) -> Result<Vec<RecoveryCode>, Error> {
        let (scope, user, mut tx) = self.open(member).await?;
        if !tx.second_factors().factors(user).await?.guard() {
            return Err(Error::NotFound("second factor"));
        }
        let codes = self.new_codes(&mut *tx, user).await?;
        self.finish(tx, &scope, SecondFactorChange::CodesReplaced, from).await?;
        Ok(codes)
    }
}
