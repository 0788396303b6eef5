use qualify_domain::{
    access::{Actor, Permission},
    property::Property,
};

use crate::Error;

impl super::Properties {
    /// All properties in their order, with those taken out of use.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, actor: &Actor) -> Result<Vec<Property>, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.properties().list().await?)
    }
}
