use qualify_domain::{
    access::{Actor, Permission},
    form::{Form, FormSettings},
    id::FormId,
};

use crate::Error;

impl super::Forms {
    /// Changes a form's settings, if it is still at `version`.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`]; [`Error::NotFound`]; [`Error::Stale`].
    pub async fn change(&self, actor: &Actor, id: FormId, version: i32, settings: FormSettings) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageForms)?;
        let settings = settings.checked()?;
        let mut tx = self.storage.tenant(&scope).await?;
        let form = tx.forms().find(id).await?.ok_or(Error::NotFound("form"))?;
        let form = Form { version, settings, ..form };
        tx.forms().update(&form).await?;
        tx.commit().await?;
        self.access.forget(form.public_id).await;
        Ok(())
    }
}
