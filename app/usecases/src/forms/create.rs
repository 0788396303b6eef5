use qualify_domain::{
    access::{Actor, Permission},
    form::{Edition, Form, FormSettings},
    id::FormId,
    plan::Metered,
};

use super::change::check_what_fields_tell;
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
    /// [`Error::Forbidden`]; [`Error::Invalid`] if the settings do not go together; [`Broken::PlanFull`](crate::Broken::PlanFull).
    pub async fn create(&self, actor: &Actor, command: CreateForm) -> Result<FormId, Error> {
        let scope = actor.permit(Permission::ManageForms)?;
        let settings = command.settings.checked()?;
        settings.check_words(&[])?;
        let mut tx = self.storage.tenant(&scope).await?;
        check_what_fields_tell(&mut *tx, &settings).await?;
        self.room.for_more(&mut *tx, Metered::Forms, 1).await?;
        let (id, public_id, now) = (self.ids.next(), self.ids.next(), self.clock.now());
        let edition = Edition { version: 1, settings: settings.clone(), at: now, author: scope.author() };
        tx.forms().insert(&Form { id, public_id, version: 1, settings, created_at: now }).await?;
        tx.forms().publish(id, &edition).await?;
        tx.commit().await?;
        Ok(id)
    }
}
