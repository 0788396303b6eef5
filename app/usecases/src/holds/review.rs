use jiff::civil::Date;
use qualify_domain::{
    access::{Actor, Permission},
    id::HoldId,
};

use crate::Error;

impl super::Holds {
    /// Leaves a hold as it is until another review.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Rule`] if the review is not after today and within six months.
    pub async fn confirm(&self, actor: &Actor, id: HoldId, review_on: Date) -> Result<(), Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut hold = tx.holds().hold(id).await?.ok_or(Error::NotFound("hold"))?;
        hold.confirm(review_on, self.clock.now())?;
        tx.holds().update(&hold).await?;
        Ok(tx.commit().await?)
    }

    /// Ends a hold: what it kept goes as it would have gone without.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn lift(&self, actor: &Actor, id: HoldId) -> Result<(), Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let hold = tx.holds().hold(id).await?.ok_or(Error::NotFound("hold"))?;
        tx.holds().remove(&hold).await?;
        Ok(tx.commit().await?)
    }
}
