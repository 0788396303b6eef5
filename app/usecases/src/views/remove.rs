use qualify_domain::{access::Actor, id::ViewId, view::MEMORY};
use qualify_ports::storage::StorageError;

use crate::Error;

impl super::Views {
    /// Takes a view away. It can be brought back.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if it is locked to the actor; [`Error::NotFound`].
    pub async fn remove(&self, actor: &Actor, id: ViewId) -> Result<(), Error> {
        let view = self.open(actor, id).await?;
        let scope = actor.permit(view.keeper())?;
        let mut tx = self.storage.tenant(&scope).await?;
        let now = self.clock.now();
        if !tx.views().remove(id, now, now - MEMORY).await? {
            return Err(Error::NotFound("view"));
        }
        Ok(tx.commit().await?)
    }

    /// Brings back a view that was taken away.
    ///
    /// # Errors
    /// [`Error::Forbidden`] if it is locked to the actor; [`Error::NotFound`]; [`Error::Conflict`] if another took its
    /// name.
    pub async fn restore(&self, actor: &Actor, id: ViewId) -> Result<(), Error> {
        let scope = actor.permit(qualify_domain::access::Permission::ReadLeads)?;
        let removed = self.storage.tenant(&scope).await?.views().find_removed(id).await?;
        let scope = actor.permit(removed.ok_or(Error::NotFound("view"))?.keeper())?;
        let mut tx = self.storage.tenant(&scope).await?;
        let restored = tx.views().restore(id).await.map_err(|error| match error {
            StorageError::Conflict => Error::Conflict("view"),
            error => error.into(),
        })?;
        if !restored {
            return Err(Error::NotFound("view"));
        }
        Ok(tx.commit().await?)
    }
}
