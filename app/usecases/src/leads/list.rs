use qualify_domain::{
    access::{Actor, Permission},
    form::Form,
    lead_filter::LeadFilter,
    organization::Member,
    pipeline::Pipeline,
};
use qualify_ports::storage::{LeadCursor, LeadRow, Slice};

use crate::Error;

/// How many leads a part of the list has.
const PAGE: u16 = 50;

/// A part of the list of leads, and the names that stand in it.
#[derive(Debug)]
pub struct LeadList {
    /// The leads, newest first.
    pub leads: Slice<LeadRow, LeadCursor>,
    /// The stages they can stand in.
    pub pipeline: Pipeline,
    /// The forms that may have brought them.
    pub forms: Vec<Form>,
    /// The members who may work on them.
    pub members: Vec<Member>,
}

impl super::Leads {
    /// A part of the list, newest first, of the leads the actor may see.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, actor: &Actor, filter: &LeadFilter, after: Option<LeadCursor>) -> Result<LeadList, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(LeadList {
            leads: tx.leads().page(filter, after, PAGE).await?,
            pipeline: tx.pipelines().first().await?.ok_or(Error::NotFound("pipeline"))?,
            forms: tx.forms().list().await?,
            members: tx.members().list().await?,
        })
    }
}
