use qualify_domain::{
    access::{Actor, Permission, TenantScope},
    form::{Edition, Form, FormField, FormSettings},
    id::FormId,
};
use qualify_ports::storage::TenantTx;

use super::open::EDITIONS_SHOWN;
use crate::Error;

impl super::Forms {
    /// Publishes a form with other settings, if it is still at `version`.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`]; [`Error::NotFound`]; [`Error::Stale`].
    pub async fn change(&self, actor: &Actor, id: FormId, version: i32, settings: FormSettings) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let form = form_of(&mut *tx, id).await?;
        self.publish(tx, &scope, Form { version, settings, ..form }).await
    }

    /// Publishes a form that asks these fields, if it is still at `version`.
    ///
    /// # Errors
    /// As of [`Self::change`].
    pub async fn ask(&self, actor: &Actor, id: FormId, version: i32, fields: Vec<FormField>) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let form = form_of(&mut *tx, id).await?;
        let settings = FormSettings { fields, ..form.settings };
        self.publish(tx, &scope, Form { version, settings, ..form }).await
    }

    /// Publishes the draft of what a form asks, if the form is still at `version`.
    ///
    /// # Errors
    /// As of [`Self::change`].
    pub async fn publish_fields(&self, actor: &Actor, id: FormId, version: i32) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let form = form_of(&mut *tx, id).await?;
        let draft = tx.forms().hold_draft(id).await?;
        let settings = FormSettings { fields: draft.unwrap_or(form.settings.fields), ..form.settings };
        self.publish(tx, &scope, Form { version, settings, ..form }).await
    }

    /// Publishes a form once more as one of its latest editions was, if it is still at `version`.
    ///
    /// # Errors
    /// As of [`Self::change`]; [`Error::NotFound`] if there is no such edition among those that are shown.
    pub async fn restore(&self, actor: &Actor, id: FormId, version: i32, edition: i32) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let form = form_of(&mut *tx, id).await?;
        let editions = tx.forms().editions(id, EDITIONS_SHOWN).await?;
        let former = editions.into_iter().find(|former| former.version == edition);
        let settings = former.ok_or(Error::NotFound("edition"))?.settings;
        self.publish(tx, &scope, Form { version, settings, ..form }).await
    }

    async fn publish(&self, mut tx: Box<dyn TenantTx>, scope: &TenantScope, form: Form) -> Result<(), Error> {
        let Form { id, public_id, version, .. } = form;
        let settings = form.settings.clone().checked()?;
        check_what_fields_tell(&mut *tx, &settings).await?;
        tx.forms().update(&form).await?;
        let edition = Edition { version: version + 1, settings, at: self.clock.now(), author: scope.author() };
        tx.forms().publish(id, &edition).await?;
        // A draft that asks for something else is still to be published.
        if tx.forms().hold_draft(id).await?.is_some_and(|draft| draft == edition.settings.fields) {
            tx.forms().keep_draft(id, None).await?;
        }
        tx.commit().await?;
        self.access.forget(public_id).await;
        Ok(())
    }
}

pub(super) async fn form_of(tx: &mut dyn TenantTx, id: FormId) -> Result<Form, Error> {
    tx.forms().find(id).await?.ok_or(Error::NotFound("form"))
}

/// Whether what the fields tell of leads can be kept there.
pub(super) async fn check_what_fields_tell(tx: &mut dyn TenantTx, settings: &FormSettings) -> Result<(), Error> {
    if settings.fields.iter().filter_map(|field| field.asks.own()).any(|own| own.tells.is_some()) {
        settings.check_against(&tx.properties().list().await?)?;
    }
    Ok(())
}
