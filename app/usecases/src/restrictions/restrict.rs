use qualify_domain::{
    access::{Actor, Permission},
    id::LeadId,
    restriction::{Ground, Restriction},
};
use qualify_ports::{live::Change, storage::StorageError};

use super::hold_person;
use crate::{Error, leads::found::found};

impl super::Restrictions {
    /// Keeps a lead and uses it no more, from now on.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Conflict`] if it is restricted already.
    pub async fn restrict(&self, actor: &Actor, lead: LeadId, ground: Ground, names_ip: bool) -> Result<(), Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        found(&mut *tx, lead).await?;
        hold_person(&mut *tx, lead).await?;
        let now = self.clock.now();
        let (restriction, restricted) = Restriction::place(lead, ground, names_ip, scope.user(), now);
        // To whoever sees it, before they do no more.
        tx.announce(Change::Lead(lead)).await?;
        tx.restrictions().insert(&restriction).await.map_err(|error| match error {
            StorageError::Conflict => Error::Conflict("restriction"),
            error => error.into(),
        })?;
        tx.outbox().append(&restricted, now).await?;
        Ok(tx.commit().await?)
    }
}
