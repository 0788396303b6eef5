use qualify_domain::{
    access::{Actor, Permission},
    hook::EndpointState,
    id::EndpointId,
};

use super::found;
use crate::Error;

impl super::Hooks {
    /// Pauses an endpoint: what happens meanwhile waits.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn pause(&self, actor: &Actor, id: EndpointId) -> Result<(), Error> {
        self.switch(actor, id, EndpointState::Paused).await
    }

    /// Turns an endpoint on again that is paused, or was disabled.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn resume(&self, actor: &Actor, id: EndpointId) -> Result<(), Error> {
        self.switch(actor, id, EndpointState::On).await
    }

    async fn switch(&self, actor: &Actor, id: EndpointId, state: EndpointState) -> Result<(), Error> {
        let scope = actor.permit(Permission::RunWebhooks)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.hooks().hold(id).await?;
        let mut kept = found(&mut *tx, id).await?;
        kept.endpoint.switch(state);
        tx.hooks().update(&kept, &["state"]).await?;
        Ok(tx.commit().await?)
    }

    /// Removes an endpoint with all that waits for it. Who was told of leads stays known.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn remove(&self, actor: &Actor, id: EndpointId) -> Result<(), Error> {
        let scope = actor.permit(Permission::RunWebhooks)?;
        let mut tx = self.storage.tenant(&scope).await?;
        if !tx.hooks().remove(id).await? {
            return Err(Error::NotFound("webhook"));
        }
        Ok(tx.commit().await?)
    }
}
