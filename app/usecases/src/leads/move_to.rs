use qualify_domain::{
    access::{Actor, Permission},
    activity::{Activity, What},
    id::{LeadId, PipelineId, ReasonId, StageId},
    lead::Why,
    rank::Rank,
    text::Message,
    violation::{Rule, Violations},
};
use qualify_ports::{
    live::Change,
    storage::{Beside, TenantTx},
};

use crate::Error;

/// So many cards on either side make room where a column has become crowded: more than were ever put into one gap.
const SPREAD: u16 = 1_000;

/// A move of a lead to another stage.
pub struct MoveLead {
    /// Where to.
    pub stage: StageId,
    /// Why it is given up, where it is.
    pub reason: Option<ReasonId>,
    /// What there is to say about it.
    pub note: Option<Message>,
    /// Beside which card of the board it is put; none is the top of the column. Within its stage it only changes places.
    pub beside: Option<Beside>,
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
    /// Moves a lead to another stage of its pipeline, or within its column of the board, if nobody changed it meanwhile.
    /// A card beside which it was to be put may have gone elsewhere: then it stands at the top.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Rule`] if it cannot stand there; [`Error::Stale`].
    pub async fn move_to(&self, actor: &Actor, id: LeadId, command: MoveLead) -> Result<(), Error> {
        let scope = actor.permit(Permission::QualifyLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut lead = super::found(&mut *tx, id).await?;
        let pipelines = tx.pipelines().all().await?;
        let pipeline = pipelines.of_stage(lead.stage).ok_or(Error::NotFound("pipeline"))?;
        check_reason(&mut *tx, command.reason).await?;
        let now = self.clock.now();
        let why = Why { reason: command.reason, note: command.note };
        let only_places = command.beside.is_some() && command.stage == lead.stage;
        let moved = if only_places { None } else { Some(lead.move_to(command.stage, why, pipeline, now)?) };
        if let Some(rank) = find_place(&mut *tx, command.stage, command.beside).await? {
            lead.rank = rank;
        }
        lead.version = command.version;
        tx.leads().update(&lead).await?;
        if let Some((moved, event)) = moved {
            let what = What::Moved(moved);
            tx.activities()
                .insert(&Activity { id: self.ids.next(), lead: id, at: now, author: scope.author(), what })
                .await?;
            tx.outbox().append(&event, now).await?;
        }
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
        let (moved, event) = lead.transfer(pipeline, None, Why::default(), now)?;
        lead.version = command.version;
        tx.leads().update(&lead).await?;
        let (author, what) = (scope.author(), What::Moved(moved));
        tx.activities().insert(&Activity { id: self.ids.next(), lead: id, at: now, author, what }).await?;
        tx.outbox().append(&event, now).await?;
        tx.announce(Change::Lead(id)).await?;
        Ok(tx.commit().await?)
    }
}

/// Whether a reason is one that the organization offers.
pub(crate) async fn check_reason(tx: &mut dyn TenantTx, reason: Option<ReasonId>) -> Result<(), Error> {
    let Some(reason) = reason else { return Ok(()) };
    let offered = tx.pipelines().reasons().await?;
    if offered.iter().any(|offered| offered.id == reason && !offered.is_archived) {
        return Ok(());
    }
    Err(Violations::one("reason", Rule::NotAChoice).into())
}

/// The rank beside a card. A column in which it would be crowded is spread out first.
async fn find_place(tx: &mut dyn TenantTx, stage: StageId, beside: Option<Beside>) -> Result<Option<Rank>, Error> {
    let Some(beside) = beside else { return Ok(None) };
    let Some((upper, lower)) = tx.leads().gap(stage, beside).await? else { return Ok(None) };
    let rank = Rank::between(upper.as_ref(), lower.as_ref());
    if !rank.is_crowded() {
        return Ok(Some(rank));
    }
    tx.leads().spread(stage, &rank, SPREAD).await?;
    let gap = tx.leads().gap(stage, beside).await?;
    Ok(gap.map(|(upper, lower)| Rank::between(upper.as_ref(), lower.as_ref())))
}
