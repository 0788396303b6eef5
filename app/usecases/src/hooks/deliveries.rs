use qualify_domain::{
    access::{Actor, Permission},
    hook::{Delivery, Endpoint, HookKind, Message},
    id::{DeliveryId, EndpointId, EventId},
};
use qualify_ports::storage::{DeliveryCursor, Slice};

use super::found;
use crate::Error;

/// How many deliveries a page shows.
const PAGE: u16 = 50;

/// A part of what an endpoint was told.
#[derive(Debug)]
pub struct DeliveryList {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// What it was told, newest first.
    pub deliveries: Slice<Delivery, DeliveryCursor>,
}

impl super::Hooks {
    /// A part of what an endpoint was told, and what became of it.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn deliveries(
        &self,
        actor: &Actor,
        id: EndpointId,
        after: Option<DeliveryCursor>,
    ) -> Result<DeliveryList, Error> {
        let scope = actor.permit(Permission::RunWebhooks)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let endpoint = found(&mut *tx, id).await?.endpoint;
        Ok(DeliveryList { endpoint, deliveries: tx.hooks().deliveries(id, after, PAGE).await? })
    }

    /// Tells an endpoint again what it was told, or should have been, under the same id.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] also once what was told is kept no more.
    pub async fn replay(&self, actor: &Actor, endpoint: EndpointId, id: DeliveryId) -> Result<(), Error> {
        let scope = actor.permit(Permission::RunWebhooks)?;
        let mut tx = self.storage.tenant(&scope).await?;
        found(&mut *tx, endpoint).await?;
        if !tx.hooks().replay(endpoint, id, self.clock.now()).await? {
            return Err(Error::NotFound("delivery"));
        }
        Ok(tx.commit().await?)
    }

    /// Tells an endpoint that nothing happened, to try it.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn test(&self, actor: &Actor, id: EndpointId) -> Result<DeliveryId, Error> {
        let scope = actor.permit(Permission::RunWebhooks)?;
        let mut tx = self.storage.tenant(&scope).await?;
        found(&mut *tx, id).await?;
        let (kind, at) = (HookKind::Test, self.clock.now());
        let body = super::body(&Message::new(kind, at, scope.organization(), None, None))?;
        let delivery = Delivery::new(self.ids.next(), id, kind, None, at);
        tx.hooks().tell(&delivery, None, EventId(delivery.id.0), &body).await?;
        tx.commit().await?;
        Ok(delivery.id)
    }
}
