use qualify_domain::{
    access::{Actor, Permission, TenantScope},
    form::{Edition, Form, FormField, FormSettings},
    id::FormId,
};
use qualify_ports::storage::TenantTx;

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
        self.publish(tx, &scope, form, version, settings).await
    }

    /// Publishes a form that asks these fields, if it is still at `version`.
    ///
    /// # Errors
    /// As of [`Self::change`].
    pub async fn ask(&self, actor: &Actor, id: FormId, version: i32, fields: Vec<FormField>) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let form = form_of(&mut *tx, id).await?;
        let settings = FormSettings { fields, ..form.settings.clone() };
        self.publish(tx, &scope, form, version, settings).await
    }

    /// Publishes the draft of what a form asks, if form and draft are still at these versions.
    ///
    /// # Errors
    /// As of [`Self::change`]; [`Error::Stale`] also if there is no such draft any more.
    pub async fn publish_draft(&self, actor: &Actor, id: FormId, version: i32, draft: i32) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.forms().hold(id).await?;
        let form = form_of(&mut *tx, id).await?;
        let drafted = tx.forms().draft(id).await?.filter(|found| found.version == draft);
        let settings = FormSettings { fields: drafted.ok_or(Error::Stale)?.fields, ..form.settings.clone() };
        self.publish(tx, &scope, form, version, settings).await
    }

    /// Publishes a form once more as an edition was, if it is still at `version`.
    ///
    /// # Errors
    /// As of [`Self::change`]; [`Error::NotFound`] if there is no such edition.
    pub async fn restore(&self, actor: &Actor, id: FormId, version: i32, edition: i32) -> Result<(), Error> {
        let scope = actor.permit(Permission::ManageForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let form = form_of(&mut *tx, id).await?;
        let settings = tx.forms().edition(id, edition).await?.ok_or(Error::NotFound("edition"))?;
        self.publish(tx, &scope, form, version, settings).await
    }

    async fn publish(
        &self,
        mut tx: Box<dyn TenantTx>,
        scope: &TenantScope,
        former: Form,
        version: i32,
        settings: FormSettings,
    ) -> Result<(), Error> {
        let settings = settings.checked()?;
        settings.check_words(&former.settings.fields)?;
        // What is asked already goes on being asked, even where it tells of nothing any more.
        if settings.fields != former.settings.fields {
            check_what_fields_tell(&mut *tx, &settings).await?;
        }
        let form = Form { version, settings, ..former };
        tx.forms().update(&form).await?;
        let (id, at, author) = (form.id, self.clock.now(), scope.author());
        let edition = Edition { version: version + 1, settings: form.settings, at, author };
        tx.forms().publish(id, &edition).await?;
        // A draft that asks for something else is still to be published.
        if tx.forms().draft(id).await?.is_some_and(|draft| draft.fields == edition.settings.fields) {
            tx.forms().keep_draft(id, None).await?;
        }
        tx.commit().await?;
        self.access.forget(form.public_id).await;
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
