use qualify_domain::{
    access::{Actor, Permission},
    form::{EditError, FieldEdit, Form, FormField, FormSettings},
    id::FormId,
    property::Property,
};

use crate::Error;

/// What a form asks, and what it will ask once that is published.
#[derive(Debug)]
pub struct FieldsFile {
    /// The form as it is published.
    pub form: Form,
    /// What it will ask; none if nobody changed anything.
    pub draft: Option<Vec<FormField>>,
    /// What the organization itself wants to know of leads.
    pub properties: Vec<Property>,
}

impl FieldsFile {
    /// What is being worked on: the draft, or what is asked now.
    pub fn fields(&self) -> &[FormField] {
        self.draft.as_deref().unwrap_or(&self.form.settings.fields)
    }
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
            form: tx.forms().find(id).await?.ok_or(Error::NotFound("form"))?,
            draft: tx.forms().draft(id).await?,
            properties: tx.properties().list().await?,
        })
    }

    /// Changes the draft of what a form asks. Visitors see nothing of it until it is published.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for the form or the field; [`Error::Invalid`] if the field is not whole.
    pub async fn edit_fields(&self, actor: &Actor, id: FormId, edit: FieldEdit) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let form = tx.forms().find(id).await?.ok_or(Error::NotFound("form"))?;
        let mut fields = tx.forms().hold_draft(id).await?.unwrap_or_else(|| form.settings.fields.clone());
        edit.apply(&mut fields).map_err(|error| match error {
            EditError::Unknown => Error::NotFound("field"),
            EditError::Faults(faults) => Error::Invalid(faults),
        })?;
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
        tx.forms().find(id).await?.ok_or(Error::NotFound("form"))?;
        tx.forms().keep_draft(id, None).await?;
        Ok(tx.commit().await?)
    }

    /// Publishes the draft of what a form asks, if the form is still at `version`.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] with all that does not hold together;
    /// [`Error::Stale`].
    pub async fn publish_fields(&self, actor: &Actor, id: FormId, version: i32) -> Result<(), Error> {
        let fields = self.fields(actor, id).await?.fields().to_vec();
        self.ask(actor, id, version, fields).await
    }

    /// Publishes a form that asks these fields, if it is still at `version`.
    ///
    /// # Errors
    /// As of [`Self::publish_fields`].
    pub async fn ask(&self, actor: &Actor, id: FormId, version: i32, fields: Vec<FormField>) -> Result<(), Error> {
        let form = self.fields(actor, id).await?.form;
        self.change(actor, id, version, FormSettings { fields, ..form.settings }).await
    }
}
