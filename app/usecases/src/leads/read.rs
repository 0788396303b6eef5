use crate::Error;
use qualify_domain::{
    access::{Actor, Permission},
    consent::{Consent, Standing},
    id::LeadId,
    lead::Lead,
    pipeline::Pipelines,
};

impl super::Leads {
    /// A lead the actor may see, without its timeline.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn read(&self, actor: &Actor, id: LeadId) -> Result<Lead, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        super::found(&mut *tx, id).await
    }

    /// A lead that is to be erased, restricted or not.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn to_erase(&self, actor: &Actor, id: LeadId) -> Result<Lead, Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        super::found(&mut *tx, id).await
    }

    /// What the person of a lead agreed to in any of their submissions, and what not; and how that stands by all they said.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn consents(&self, actor: &Actor, id: LeadId) -> Result<(Vec<Consent>, Vec<Standing>), Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        super::found(&mut *tx, id).await?;
        let standings = Standing::all(&tx.consents().of_lead(id).await?);
        Ok((Consent::all(tx.submissions().asked_of(id).await?), standings))
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
