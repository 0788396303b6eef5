use qualify_domain::{
    access::{Actor, Permission},
    hook::{Delivery, Endpoint},
    id::EndpointId,
    organization::Member,
};

use crate::Error;

/// The endpoints of an organization, and the members who made them.
#[derive(Debug)]
pub struct EndpointList {
    /// Each endpoint, newest first.
    pub endpoints: Vec<Endpoint>,
    /// The newest that each was told, of those that were told anything.
    pub newest: Vec<Delivery>,
    /// The members.
    pub members: Vec<Member>,
}

impl super::Hooks {
    /// The organization's endpoints, without their secrets.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, actor: &Actor) -> Result<EndpointList, Error> {
        let scope = actor.permit(Permission::RunWebhooks)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let endpoints = tx.hooks().list().await?;
        let mut newest = Vec::new();
        for endpoint in &endpoints {
            newest.extend(tx.hooks().deliveries(endpoint.id, None, 1).await?.items);
        }
        Ok(EndpointList { endpoints, newest, members: tx.members().list().await? })
    }

    /// One of them.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn find(&self, actor: &Actor, id: EndpointId) -> Result<Endpoint, Error> {
        let scope = actor.permit(Permission::RunWebhooks)?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(super::found(&mut *tx, id).await?.endpoint)
    }
}
