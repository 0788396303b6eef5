use qualify_domain::{
    access::{Actor, Permission},
    form::{Draft, EditError, FieldEdit, Form, FormField, FormSettings},
    id::FormId,
    property::Property,
};

use super::change::form_of;
use crate::Error;

/// What a form asks, and what it will ask once that is published.
#[derive(Debug)]
pub struct FieldsFile {
    /// The form as it is published.
    pub form: Form,
    /// What it will ask; none if nobody changed anything.
    pub draft: Option<Draft>,
    /// What the organization itself wants to know of leads.
    pub properties: Vec<Property>,
}

impl FieldsFile {
    /// What is being worked on: the draft, or what is asked now.
    pub fn fields(&self) -> &[FormField] {
        self.draft.as_ref().map_or(&self.form.settings.fields, |draft| &draft.fields)
    }

    /// The form with what is being worked on.
    pub fn settings(&self) -> FormSettings {
        FormSettings { fields: self.fields().to_vec(), ..self.form.settings.clone() }
    }

    /// The form as it would be after that step. Nothing is kept.
    ///
    /// # Errors
    /// As of [`super::Forms::edit_fields`].
    pub fn after(&self, edit: FieldEdit) -> Result<FormSettings, Error> {
        let mut settings = self.settings();
        apply(edit, &mut settings.fields)?;
        Ok(settings)
    }
}

fn apply(edit: FieldEdit, fields: &mut Vec<FormField>) -> Result<(), Error> {
    edit.apply(fields).map_err(|error| match error {
        EditError::Unknown => Error::NotFound("field"),
        EditError::Stale => Error::Stale,
        EditError::Faults(faults) => Error::Invalid(faults),
    })
}

impl super::Forms {
    /// What a form asks, and will ask.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn fields(&self, actor: &Actor, id: FormId) -> Result<FieldsFile, Error> {
        let scope = actor.permit(Permission::ReadForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(FieldsFile {
            form: form_of(&mut *tx, id).await?,
            draft: tx.forms().draft(id).await?,
            properties: tx.properties().list().await?,
        })
    }

    /// Changes the draft of what a form asks. Visitors see nothing of it until it is published.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for the form or the field; [`Error::Invalid`] if the field is not whole;
    /// [`Error::Stale`] if it is not as it was shown.
    pub async fn edit_fields(&self, actor: &Actor, id: FormId, edit: FieldEdit) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        // Held before it is looked at: what is published meanwhile is what is changed then.
        tx.forms().hold(id).await?;
        let form = form_of(&mut *tx, id).await?;
        let draft = tx.forms().draft(id).await?;
        let mut fields = draft.map_or_else(|| form.settings.fields.clone(), |draft| draft.fields);
        apply(edit, &mut fields)?;
        let draft = Some(&*fields).filter(|fields| **fields != *form.settings.fields);
        tx.forms().keep_draft(id, draft).await?;
        Ok(tx.commit().await?)
    }

    /// Forgets the draft of what a form asks.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn discard_fields(&self, actor: &Actor, id: FormId) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        form_of(&mut *tx, id).await?;
        tx.forms().keep_draft(id, None).await?;
        Ok(tx.commit().await?)
    }
}
