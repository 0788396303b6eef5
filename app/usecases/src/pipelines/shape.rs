use std::collections::BTreeMap;

use qualify_domain::{
    access::{Actor, Permission},
    id::{PipelineId, StageId},
    pipeline::{Pipeline, PipelineError},
    text::Name,
    violation::Violations,
};
use qualify_ports::storage::TenantTx;

use super::WrittenPipeline;
use crate::{Error, order::complete};

/// A pipeline as it was looked at.
#[derive(Clone, Copy, Debug)]
pub struct PipelinePlace {
    /// Which one.
    pub id: PipelineId,
    /// Its version then.
    pub version: i32,
}

impl super::Pipelines {
    /// Makes a pipeline after the others, with one open stage that has its name, and gives its id.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`], too many included.
    pub async fn make(&self, actor: &Actor, name: &str) -> Result<PipelineId, Error> {
        let name = name.to_owned();
        self.create(actor, &WrittenPipeline { name, ..WrittenPipeline::default() }).await
    }

    /// Renames a pipeline.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`]; [`Error::Stale`].
    pub async fn rename(&self, actor: &Actor, place: PipelinePlace, name: &str) -> Result<(), Error> {
        let mut faults = Violations::default();
        let name = faults.keep("name", Name::parse(name));
        let name = faults.or(name)?;
        self.reshape(actor, place, |pipeline| {
            pipeline.name = name;
            Ok(())
        })
        .await
    }

    /// Moves a pipeline by one place, towards the beginning or the end; new leads enter the first.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn shift(&self, actor: &Actor, id: PipelineId, earlier: bool) -> Result<(), Error> {
        let scope = actor.permit(Permission::ShapeLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut order: Vec<_> = tx.pipelines().all().await?.live.iter().map(|pipeline| pipeline.id).collect();
        let place = order.iter().position(|other| *other == id).ok_or(Error::NotFound("pipeline"))?;
        let other = if earlier { place.saturating_sub(1) } else { (place + 1).min(order.len() - 1) };
        order.swap(place, other);
        tx.pipelines().arrange(&order).await?;
        Ok(tx.commit().await?)
    }

    /// Puts all pipelines in use in an order; new leads enter the first.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] if it is not all of them, each once.
    pub async fn arrange(&self, actor: &Actor, order: &[PipelineId]) -> Result<(), Error> {
        let scope = actor.permit(Permission::ShapeLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let known: Vec<_> = tx.pipelines().all().await?.live.iter().map(|pipeline| pipeline.id).collect();
        complete(order, &known)?;
        tx.pipelines().arrange(order).await?;
        Ok(tx.commit().await?)
    }

    /// Takes a pipeline out of use, once no lead stands in it.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Rule`] for the last one, or while leads stand in it.
    pub async fn retire(&self, actor: &Actor, id: PipelineId) -> Result<(), Error> {
        let scope = actor.permit(Permission::ShapeLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let all = tx.pipelines().all().await?;
        let pipeline = all.get(id).ok_or(Error::NotFound("pipeline"))?;
        if all.live.len() == 1 {
            return Err(PipelineError::Last.into());
        }
        let stages: Vec<_> = pipeline.stages.iter().map(|stage| stage.id).collect();
        if tx.pipelines().count_leads(&stages, 1).await?.iter().any(|count| *count > 0) {
            return Err(PipelineError::InUse.into());
        }
        tx.pipelines().retire(id, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Changes a pipeline, if nobody did meanwhile.
    pub(super) async fn reshape(
        &self,
        actor: &Actor,
        place: PipelinePlace,
        change: impl FnOnce(&mut Pipeline) -> Result<(), Error> + Send,
    ) -> Result<(), Error> {
        let scope = actor.permit(Permission::ShapeLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let all = tx.pipelines().all().await?;
        let before = all.get(place.id).ok_or(Error::NotFound("pipeline"))?;
        let mut pipeline = before.clone();
        pipeline.version = place.version;
        change(&mut pipeline)?;
        keep_reasons(&mut *tx, before, &pipeline, &BTreeMap::new()).await?;
        tx.pipelines().update(&pipeline, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }
}

/// Refuses to give leads up for no reason.
///
/// # Errors
/// [`Error::Rule`] if leads stand where they would be given up.
pub(super) async fn keep_reasons(
    tx: &mut dyn TenantTx,
    before: &Pipeline,
    after: &Pipeline,
    heirs: &BTreeMap<StageId, StageId>,
) -> Result<(), Error> {
    let stages = after.given_up(before, heirs);
    if !stages.is_empty() && tx.pipelines().count_leads(&stages, 1).await?.iter().any(|count| *count > 0) {
        return Err(PipelineError::NoReason.into());
    }
    Ok(())
}
