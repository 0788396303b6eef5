use qualify_domain::{
    access::{Actor, Permission},
    id::LeadId,
    lead::Lead,
    lead_filter::LeadFilter,
    pipeline::Pipelines,
};
use qualify_ports::storage::{LeadCursor, LeadRow, Slice};

use crate::Error;

impl super::Leads {
    /// A part of the list of the leads the actor may see, newest first, without the names that stand in it.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn page(
        &self,
        actor: &Actor,
        filter: &LeadFilter,
        after: Option<LeadCursor>,
        limit: u16,
    ) -> Result<Slice<LeadRow, LeadCursor>, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.leads().page(filter, after, limit).await?)
    }

    /// A lead the actor may see, without its timeline.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn read(&self, actor: &Actor, id: LeadId) -> Result<Lead, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.leads().find(id).await?.ok_or(Error::NotFound("lead"))
    }

    /// Where leads stand.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn stages(&self, actor: &Actor) -> Result<Pipelines, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.pipelines().all().await?)
    }
}
