use jiff::tz::TimeZone;
use qualify_domain::{
    access::{Actor, Permission},
    form::Form,
    id::{PipelineId, StageId},
    lead_filter::{LeadFilter, Search, Viewpoint},
    organization::Member,
    pipeline::Pipelines,
    property::Property,
    reason::Reason,
    violation::{Rule, Violations},
};
use qualify_ports::storage::{BoardQuery, Card, CardPlace, LeadQuery, Slice, TenantTx};

use super::{
    ListNames, MOST_COUNTED,
    list::{refuse_gone, seek},
};
use crate::Error;

/// What of the board somebody wants to see.
#[derive(Clone, Debug)]
pub struct ShowBoard {
    /// Which pipeline; none is the first.
    pub pipeline: Option<PipelineId>,
    /// Which leads.
    pub filter: LeadFilter,
    /// Only those that this finds.
    pub search: Option<Search>,
    /// Only this column; none is all of them.
    pub column: Option<StageId>,
    /// Below which card of that column.
    pub below: Option<CardPlace>,
    /// At most how many cards in each column.
    pub limit: u16,
    /// How the clocks go where days begin.
    pub zone: TimeZone,
    /// Whether a condition on a property that is gone is refused; else it is left out.
    pub refuses_gone: bool,
}

/// The board: a pipeline's stages with the leads that stand there.
#[derive(Debug)]
pub struct Board {
    /// Which pipeline.
    pub pipeline: PipelineId,
    /// Its columns, in order.
    pub columns: Vec<BoardColumn>,
    /// Whether the search may have found more in messages and notes than it tells.
    pub found_more: bool,
    /// All pipelines.
    pub pipelines: Pipelines,
    /// The forms that may have brought leads.
    pub forms: Vec<Form>,
    /// The members who may work on them.
    pub members: Vec<Member>,
    /// What the organization itself wants to know of them, with what is out of use.
    pub properties: Vec<Property>,
    /// Why leads are given up, as far as it is offered.
    pub reasons: Vec<Reason>,
}

/// A stage and what stands there.
#[derive(Debug)]
pub struct BoardColumn {
    /// The stage.
    pub stage: StageId,
    /// Its first cards.
    pub cards: Slice<Card, CardPlace>,
    /// How many cards there are, counted to [`MOST_COUNTED`]; one more tells that there are more.
    pub count: u32,
}

impl super::Leads {
    /// Why leads can be given up.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn reasons(&self, actor: &Actor) -> Result<Vec<Reason>, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        offered_reasons(&mut *self.storage.tenant(&scope).await?).await
    }

    /// The board of a pipeline with the leads the actor may see.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for a pipeline that is not there; [`Error::Invalid`] for a column that
    /// is none of it, or a filter that speaks of what is gone.
    pub async fn board(&self, actor: &Actor, wanted: &ShowBoard) -> Result<Board, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let ListNames { pipelines, forms, members, properties } = ListNames::read(&mut *tx).await?;
        let pipeline = match wanted.pipeline {
            Some(id) => pipelines.get(id),
            None => pipelines.first(),
        };
        let pipeline = pipeline.ok_or(Error::NotFound("pipeline"))?;
        let stages: Vec<StageId> = match wanted.column {
            None => pipeline.stages.iter().map(|stage| stage.id).collect(),
            Some(stage) if pipeline.stage(stage).is_some() => vec![stage],
            Some(_) => return Err(Violations::one("column", Rule::NotAChoice).into()),
        };
        let from = Viewpoint::of(self.clock.now(), wanted.zone.clone(), scope.user(), &pipelines.live);
        let sought = seek(&mut *tx, wanted.search.as_ref()).await?;
        if wanted.refuses_gone {
            refuse_gone(&wanted.filter, &properties)?;
        }
        let filter = wanted.filter.sound(&properties);
        let leads = LeadQuery { sought: sought.as_ref(), ..LeadQuery::newest(&filter, &from, wanted.limit) };
        let query = BoardQuery { leads, stages: &stages, below: wanted.below.as_ref() };
        let cards = tx.leads().cards(&query).await?;
        let counts = tx.leads().count_cards(&query, MOST_COUNTED + 1).await?;
        let columns = stages.iter().zip(cards).zip(counts);
        let columns = columns.map(|((stage, cards), count)| BoardColumn { stage: *stage, cards, count }).collect();
        let reasons = offered_reasons(&mut *tx).await?;
        let found_more = sought.is_some_and(|sought| sought.found.more);
        Ok(Board { pipeline: pipeline.id, columns, found_more, pipelines, forms, members, properties, reasons })
    }
}

pub(super) async fn offered_reasons(tx: &mut dyn TenantTx) -> Result<Vec<Reason>, Error> {
    let reasons = tx.pipelines().reasons().await?;
    Ok(reasons.into_iter().filter(|reason| !reason.is_archived).collect())
}
