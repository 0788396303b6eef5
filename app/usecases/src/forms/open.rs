use qualify_domain::{
    access::{Actor, Permission},
    form::{Edition, Form},
    id::FormId,
    organization::Member,
};
use qualify_ports::storage::{Received, Slice, UndeclaredField};

use crate::{Error, SUBMISSIONS_SHOWN, SubmissionList};

/// How many of the latest editions it shows.
const EDITIONS_SHOWN: u16 = 20;

/// A form with all that its page shows.
#[derive(Debug)]
pub struct FormFile {
    /// The form.
    pub form: Form,
    /// What it received lately; nothing for whoever may not see submissions.
    pub submissions: SubmissionList,
    /// What is sent to it without being declared.
    pub undeclared: Vec<UndeclaredField>,
    /// Its editions, the latest first.
    pub editions: Vec<Edition>,
    /// Whether other fields wait to be published.
    pub has_draft: bool,
    /// The members whose names stand in it.
    pub members: Vec<Member>,
}

impl super::Forms {
    /// A form, what it received lately, and what is sent to it without being declared.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn open(&self, actor: &Actor, id: FormId) -> Result<FormFile, Error> {
        let scope = actor.permit(Permission::ReadForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let form = tx.forms().find(id).await?.ok_or(Error::NotFound("form"))?;
        let undeclared = tx.forms().undeclared(id).await?;
        let submissions = if actor.may(Permission::ReadSubmissions) {
            tx.submissions().of_form(id, Received::All, None, SUBMISSIONS_SHOWN).await?
        } else {
            Slice { items: Vec::new(), next: None }
        };
        Ok(FormFile {
            form,
            submissions,
            undeclared,
            editions: tx.forms().editions(id, EDITIONS_SHOWN).await?,
            has_draft: tx.forms().draft(id).await?.is_some(),
            members: tx.members().list().await?,
        })
    }
}
