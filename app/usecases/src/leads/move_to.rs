use qualify_domain::{
    access::{Actor, Permission},
    activity::{Activity, What},
    event::Event,
    id::{LeadId, StageId},
};
use qualify_ports::live::Change;

use crate::Error;

/// A move of a lead to another stage.
pub struct MoveLead {
    /// Where to.
    pub stage: StageId,
    /// The version of the lead that was looked at.
    pub version: i32,
}

impl super::Leads {
    /// Moves a lead to another stage of its pipeline, if nobody changed it meanwhile.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Rule`] if it cannot stand there; [`Error::Stale`].
    pub async fn move_to(&self, actor: &Actor, id: LeadId, command: MoveLead) -> Result<(), Error> {
        let scope = actor.permit(Permission::QualifyLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut lead = tx.leads().find(id).await?.ok_or(Error::NotFound("lead"))?;
        let pipeline = tx.pipelines().first().await?.ok_or(Error::NotFound("pipeline"))?;
        let now = self.clock.now();
        let (from, to) = (lead.stage, command.stage);
        let moved: Event = lead.move_to(to, &pipeline)?;
        lead.version = command.version;
        tx.leads().update(&lead).await?;
        let what = What::Moved { from, to };
        tx.activities()
            .insert(&Activity { id: self.ids.next(), lead: id, at: now, author: scope.author(), what })
            .await?;
        tx.outbox().append(&moved, now).await?;
        tx.announce(Change::Lead(id)).await?;
        Ok(tx.commit().await?)
    }
}
