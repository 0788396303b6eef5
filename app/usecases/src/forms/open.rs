use qualify_domain::{
    access::{Actor, Permission},
    form::{Edition, Form},
    id::FormId,
    organization::Member,
};
use qualify_ports::storage::UndeclaredField;

use crate::Error;

/// How many of the latest editions it knows: those that are shown, and one more to compare the last with.
const EDITIONS: u16 = 6;

/// A form with what its page shows beside what it received.
#[derive(Debug)]
pub struct FormFile {
    /// The form.
    pub form: Form,
    /// What is sent to it without being declared.
    pub undeclared: Vec<UndeclaredField>,
    /// Its latest editions, the latest first.
    pub editions: Vec<Edition>,
    /// Whether other fields wait to be published.
    pub has_draft: bool,
    /// The members whose names stand in it.
    pub members: Vec<Member>,
}

impl super::Forms {
    /// A form, its editions, and what is sent to it without being declared.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn open(&self, actor: &Actor, id: FormId) -> Result<FormFile, Error> {
        let scope = actor.permit(Permission::ReadForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let form = tx.forms().find(id).await?.ok_or(Error::NotFound("form"))?;
        let undeclared = tx.forms().undeclared(id).await?;
        Ok(FormFile {
            form,
            undeclared,
            editions: tx.forms().editions(id, None, EDITIONS).await?,
            has_draft: tx.forms().draft(id).await?.is_some(),
            members: tx.members().list().await?,
        })
    }
}
