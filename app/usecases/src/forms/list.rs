use qualify_domain::{
    access::{Actor, Permission},
    form::Form,
};

use crate::Error;

impl super::Forms {
    /// All forms of the organization, the oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, actor: &Actor) -> Result<Vec<Form>, Error> {
        let scope = actor.permit(Permission::ReadForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.forms().list().await?)
    }
}
