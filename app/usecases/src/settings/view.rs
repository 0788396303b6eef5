use qualify_domain::{
    access::{Actor, Permission},
    holiday::Holiday,
    language::Language,
    mfa_policy::MfaPolicy,
    organization_settings::OrganizationSettings,
};

use crate::Error;

/// What an organization says of itself, all of it.
#[derive(Clone, Debug)]
pub struct OrganizationFile {
    /// Name, language, place, hours.
    pub settings: OrganizationSettings,
    /// Which version of them.
    pub version: i32,
    /// The days on which nobody works, the earliest first.
    pub holidays: Vec<Holiday>,
    /// Whom it asks for a second factor.
    pub policy: MfaPolicy,
}

impl super::Settings {
    /// Everything that can be set, to who may set it.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn view(&self, actor: &Actor) -> Result<OrganizationFile, Error> {
        let scope = actor.permit(Permission::ManageOrganization)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let (settings, version) = tx.settings().settings().await?;
        let holidays = tx.settings().holidays().await?;
        let policy = tx.organizations().mfa_policy().await?;
        Ok(OrganizationFile { settings, version, holidays, policy })
    }

    /// The language in which the organization writes.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn language(&self, actor: &Actor) -> Result<Language, Error> {
        let scope = actor.permit(Permission::ReadOrganization)?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.organizations().own().await?.language)
    }
}
