use qualify_domain::{
    access::{Actor, Permission},
    pipeline::Pipelines,
    reason::Reason,
};

use crate::Error;

/// Where leads can stand, and why they are given up.
#[derive(Debug)]
pub struct PipelineFile {
    /// The pipelines.
    pub pipelines: Pipelines,
    /// The reasons, with those taken off the list.
    pub reasons: Vec<Reason>,
}

impl super::Pipelines {
    /// Where leads can stand, and why they are given up.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn view(&self, actor: &Actor) -> Result<PipelineFile, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(PipelineFile { pipelines: tx.pipelines().all().await?, reasons: tx.pipelines().reasons().await? })
    }
}
