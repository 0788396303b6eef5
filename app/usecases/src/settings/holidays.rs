use jiff::civil::Date;
use qualify_domain::{
    access::{Actor, Permission},
    holiday::{Holiday, MOST_HOLIDAYS},
    violation::{Rule, Violations},
};

use crate::Error;

impl super::Settings {
    /// Adds a day on which nobody works.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Conflict`] if it is one already; [`Error::Invalid`] if there are too many.
    pub async fn add_holiday(&self, actor: &Actor, holiday: &Holiday) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageOrganization)?;
        let mut tx = self.storage.tenant(&scope).await?;
        if tx.settings().holidays().await?.len() >= MOST_HOLIDAYS {
            return Err(Violations::one("day", Rule::TooMany(MOST_HOLIDAYS)).into());
        }
        tx.settings().add_holiday(holiday).await?;
        Ok(tx.commit().await?)
    }

    /// Makes a holiday a day like others again.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if it is one.
    pub async fn remove_holiday(&self, actor: &Actor, day: Date) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageOrganization)?;
        let mut tx = self.storage.tenant(&scope).await?;
        if !tx.settings().remove_holiday(day).await? {
            return Err(Error::NotFound("holiday"));
        }
        Ok(tx.commit().await?)
    }
}
