use qualify_domain::{
    access::{Actor, Permission},
    form::{Edition, Form, FormSettings},
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
        let settings = settings.checked()?;
        let mut tx = self.storage.tenant(&scope).await?;
        let form = tx.forms().find(id).await?.ok_or(Error::NotFound("form"))?;
        let form = Form { version, settings, ..form };
        check_what_fields_tell(&mut *tx, &form.settings).await?;
        tx.forms().update(&form).await?;
        let edition = Edition {
            version: version + 1,
            settings: form.settings.clone(),
            at: self.clock.now(),
            author: scope.author(),
        };
        tx.forms().publish(id, &edition).await?;
        // What somebody changed meanwhile is still to be published.
        if tx.forms().hold_draft(id).await?.is_some_and(|draft| draft == form.settings.fields) {
            tx.forms().keep_draft(id, None).await?;
        }
        tx.commit().await?;
        self.access.forget(form.public_id).await;
        Ok(())
    }

    /// Publishes a form once more as one of its latest editions was, if it is still at `version`.
    ///
    /// # Errors
    /// As of [`Self::change`]; [`Error::NotFound`] if there is no such edition among those that are shown.
    pub async fn restore(&self, actor: &Actor, id: FormId, version: i32, edition: i32) -> Result<(), Error> {
        let editions = self.open(actor, id).await?.editions;
        let former = editions.into_iter().find(|former| former.version == edition);
        self.change(actor, id, version, former.ok_or(Error::NotFound("edition"))?.settings).await
    }
}

/// Whether what the fields tell of leads can be kept there.
pub(super) async fn check_what_fields_tell(tx: &mut dyn TenantTx, settings: &FormSettings) -> Result<(), Error> {
    if settings.fields.iter().filter_map(|field| field.asks.own()).any(|own| own.tells.is_some()) {
        settings.check_against(&tx.properties().list().await?)?;
    }
    Ok(())
}
