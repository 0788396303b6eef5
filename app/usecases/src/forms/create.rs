use qualify_domain::{
    access::{Actor, Permission},
    form::{Form, FormSettings},
    id::FormId,
};

use crate::Error;

/// A form to make.
pub struct CreateForm {
    /// All that its makers decide.
    pub settings: FormSettings,
}

impl super::Forms {
    /// Makes a form with a public address of its own.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] if the settings do not go together.
    pub async fn create(&self, actor: &Actor, command: CreateForm) -> Result<FormId, Error> {
        let scope = actor.permit(Permission::ManageForms)?;
        let settings = command.settings.checked()?;
        let mut tx = self.storage.tenant(&scope).await?;
        let (id, public_id) = (self.ids.next(), self.ids.next());
        tx.forms().insert(&Form { id, public_id, version: 1, settings, created_at: self.clock.now() }).await?;
        tx.commit().await?;
        Ok(id)
    }
}
