use qualify_domain::{
    access::{Actor, Permission},
    activity::{Activity, What},
    id::{LeadId, PipelineId, ReasonId, StageId},
    lead::Why,
    text::Message,
    violation::{Rule, Violations},
};
use qualify_ports::{live::Change, storage::TenantTx};

use crate::Error;

/// A move of a lead to another stage.
pub struct MoveLead {
    /// Where to.
    pub stage: StageId,
    /// Why it is given up, where it is.
    pub reason: Option<ReasonId>,
    /// What there is to say about it.
    pub note: Option<Message>,
    /// The version of the lead that was looked at.
    pub version: i32,
}

/// A move of a lead to another pipeline.
pub struct TransferLead {
    /// Where to.
    pub pipeline: PipelineId,
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
        let mut lead = super::found(&mut *tx, id).await?;
        let pipelines = tx.pipelines().all().await?;
        let pipeline = pipelines.of_stage(lead.stage).ok_or(Error::NotFound("pipeline"))?;
        self.check_reason(&mut *tx, command.reason).await?;
        let now = self.clock.now();
        let why = Why { reason: command.reason, note: command.note };
        let (moved, event) = lead.move_to(command.stage, why, pipeline, now)?;
        lead.version = command.version;
        tx.leads().update(&lead).await?;
        let what = What::Moved(moved);
        tx.activities()
            .insert(&Activity { id: self.ids.next(), lead: id, at: now, author: scope.author(), what })
            .await?;
        tx.outbox().append(&event, now).await?;
        tx.announce(Change::Lead(id)).await?;
        Ok(tx.commit().await?)
    }

    /// Moves a lead to another pipeline, into its first open stage, if nobody changed it meanwhile.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Rule`] if it stands in that pipeline already;
    /// [`Error::Stale`].
    pub async fn transfer(&self, actor: &Actor, id: LeadId, command: TransferLead) -> Result<(), Error> {
        let scope = actor.permit(Permission::QualifyLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut lead = super::found(&mut *tx, id).await?;
        let pipelines = tx.pipelines().all().await?;
        let pipeline = pipelines.get(command.pipeline).ok_or(Error::NotFound("pipeline"))?;
        let now = self.clock.now();
        let (moved, event) = lead.transfer(pipeline, now)?;
        lead.version = command.version;
        tx.leads().update(&lead).await?;
        let (author, what) = (scope.author(), What::Moved(moved));
        tx.activities().insert(&Activity { id: self.ids.next(), lead: id, at: now, author, what }).await?;
        tx.outbox().append(&event, now).await?;
        tx.announce(Change::Lead(id)).await?;
        Ok(tx.commit().await?)
    }

    /// Whether a reason is one of the organization's list.
    async fn check_reason(&self, tx: &mut dyn TenantTx, reason: Option<ReasonId>) -> Result<(), Error> {
        let Some(reason) = reason else { return Ok(()) };
        let known = tx.pipelines().reasons().await?;
        if known.iter().any(|known| known.id == reason && !known.is_archived) {
            return Ok(());
        }
        Err(Violations::one("reason", Rule::NotAChoice).into())
    }
}
