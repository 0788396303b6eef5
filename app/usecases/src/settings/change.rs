use qualify_domain::{
    access::{Actor, Permission},
    organization_settings::OrganizationSettings,
};

use crate::Error;

impl super::Settings {
    /// Changes what the organization says of itself, if that is still at `version`.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Stale`].
    pub async fn change(&self, actor: &Actor, settings: &OrganizationSettings, version: i32) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageOrganization)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.settings().change_settings(settings, version).await?;
        Ok(tx.commit().await?)
    }
}
