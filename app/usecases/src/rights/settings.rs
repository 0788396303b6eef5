use qualify_domain::{
    access::{Actor, Permission},
    rights_request::RightsPolicy,
    slug::Slug,
    violation::{Rule, Violations},
};
use qualify_ports::storage::StorageError;

use super::Rights;
use crate::Error;

/// Where people ask, and what is served by itself.
#[derive(Clone, Debug)]
pub struct RightsSettings {
    /// The word in the public address.
    pub slug: Slug,
    /// What is served by itself.
    pub policy: RightsPolicy,
}

/// The same as somebody typed it.
#[derive(Debug)]
pub struct ChangeRightsSettings {
    /// The word in the public address.
    pub slug: String,
    /// What is served by itself.
    pub policy: RightsPolicy,
}

impl Rights {
    /// Where people ask, and what is served by itself.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn settings(&self, actor: &Actor) -> Result<RightsSettings, Error> {
        let mut tx = self.storage.tenant(&actor.permit(Permission::EraseLead)?).await?;
        Ok(RightsSettings { slug: tx.rights().slug().await?, policy: tx.rights().policy().await? })
    }

    /// Changes where people ask, and what is served by itself.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] if it is no word for an address, or another organization has it.
    pub async fn change_settings(&self, actor: &Actor, command: &ChangeRightsSettings) -> Result<(), Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        let mut faults = Violations::default();
        let slug = faults.keep("slug", Slug::parse(&command.slug));
        let slug = faults.or(slug)?;
        let mut tx = self.storage.tenant(&scope).await?;
        match tx.rights().set_slug(&slug).await {
            Err(StorageError::Conflict) => {
                let mut faults = Violations::default();
                faults.add("slug", Rule::Duplicate);
                return Err(Error::Invalid(faults));
            }
            other => other?,
        }
        tx.rights().set_policy(&command.policy).await?;
        Ok(tx.commit().await?)
    }
}
