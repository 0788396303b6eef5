use jiff::SignedDuration;
use qualify_domain::{
    access::{Actor, Permission},
    id::{FormId, PublicFormId},
};

use crate::Error;

/// How long a form's former address goes on working: time to change the websites that use it.
const OVERLAP: SignedDuration = SignedDuration::from_hours(7 * 24);

impl super::Forms {
    /// Gives the form another public address; the former one works for seven more days.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn rotate(&self, actor: &Actor, id: FormId) -> Result<PublicFormId, Error> {
        let scope = actor.permit(Permission::ManageForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.forms().find(id).await?.ok_or(Error::NotFound("form"))?;
        let (new, now) = (self.ids.next(), self.clock.now());
        tx.forms().rotate_address(id, new, now, now + OVERLAP).await?;
        tx.commit().await?;
        Ok(new)
    }
}
