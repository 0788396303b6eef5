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
        // Whoever takes leads away takes their properties along, where they are not shown any more, too.
        let scope = actor.permit(Permission::ReadLeads).or_else(|_| actor.permit(Permission::ExportLeads))?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.properties().list().await?)
    }
}
