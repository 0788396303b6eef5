use qualify_domain::challenge::Factors;

use crate::{Error, SignedIn, second_factors::SecondFactors};

/// How an account is protected beyond its password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Protection {
    /// What there is.
    pub factors: Factors,
    /// Whether too many wrong codes disabled the authenticator app.
    pub app_disabled: bool,
}

impl SecondFactors {
    /// How the member's account is protected beyond its password.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Failed`] if the storage does.
    pub async fn view(&self, member: &SignedIn) -> Result<Protection, Error> {
        let (_, user, mut tx) = self.open(member).await?;
        let factors = tx.second_factors().factors(user).await?;
        let kept = tx.second_factors().totp(user).await?;
        let app_disabled = factors.totp && kept.is_some_and(|kept| kept.totp.is_disabled());
        Ok(Protection { factors, app_disabled })
    }
}
