use std::collections::BTreeMap;

use qualify_domain::{
    access::{Actor, Permission},
    id::StageId,
    pipeline::{MOST_DAYS, Stage, StageKind},
    text::Name,
    violation::{Rule, Violations},
};

use super::{PipelinePlace, shape::keep_reasons};
use crate::Error;

/// A stage as somebody wrote it.
#[derive(Debug, Default)]
pub struct WrittenStage {
    /// Its name.
    pub name: String,
    /// What it means, by its stable name.
    pub kind: String,
    /// After how many days without activity a lead in it is stale; empty for never.
    pub stale_after_days: String,
}

impl WrittenStage {
    fn parse(&self, id: StageId) -> Result<Stage, Violations> {
        let mut faults = Violations::default();
        let stage = self.read(id, "", &mut faults);
        faults.or(stage)
    }

    /// Reads it; the faults go to fields that begin with `place`.
    pub(super) fn read(&self, id: StageId, place: &str, faults: &mut Violations) -> Option<Stage> {
        let name = faults.keep(format!("{place}name"), Name::parse(&self.name));
        let kind: Option<StageKind> = faults.keep(format!("{place}kind"), self.kind.parse());
        let days = match self.stale_after_days.trim() {
            "" => Ok(None),
            typed => {
                let days = typed.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
                days.map(Some).ok_or(Rule::OutOfRange(usize::from(MOST_DAYS)))
            }
        };
        let stale_after_days = faults.keep(format!("{place}stale_after_days"), days);
        let stage = name.zip(kind).zip(stale_after_days);
        stage.map(|((name, kind), stale_after_days)| Stage { id, name, kind, stale_after_days })
    }
}

impl super::Pipelines {
    /// Adds a stage beside those of its kind, and gives its id.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`]; [`Error::Rule`] if there are too many;
    /// [`Error::Stale`].
    pub async fn add_stage(&self, actor: &Actor, place: PipelinePlace, stage: &WrittenStage) -> Result<StageId, Error> {
        let stage = stage.parse(self.ids.next())?;
        let id = stage.id;
        self.reshape(actor, place, |pipeline| Ok(pipeline.add(stage)?)).await?;
        Ok(id)
    }

    /// Changes a stage.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`]; [`Error::Rule`] if leads could not enter the
    /// pipeline any more; [`Error::Stale`].
    pub async fn change_stage(
        &self,
        actor: &Actor,
        place: PipelinePlace,
        id: StageId,
        stage: &WrittenStage,
    ) -> Result<(), Error> {
        let stage = stage.parse(id)?;
        self.reshape(actor, place, |pipeline| Ok(pipeline.change(stage)?)).await
    }

    /// Moves a stage by one place.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Rule`] for a stage of another pipeline; [`Error::Stale`].
    pub async fn shift_stage(
        &self,
        actor: &Actor,
        place: PipelinePlace,
        id: StageId,
        earlier: bool,
    ) -> Result<(), Error> {
        self.reshape(actor, place, |pipeline| Ok(pipeline.shift(id, earlier)?)).await
    }

    /// Takes a stage out of a pipeline; its leads go to another stage of it. Tells how many went.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Rule`] for a stage of another pipeline, or if leads could
    /// not enter any more or would be given up for no reason; [`Error::Stale`].
    pub async fn retire_stage(
        &self,
        actor: &Actor,
        place: PipelinePlace,
        id: StageId,
        heir: StageId,
    ) -> Result<u64, Error> {
        let scope = actor.permit(Permission::ShapeLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let now = self.clock.now();
        let all = tx.pipelines().all().await?;
        let before = all.get(place.id).ok_or(Error::NotFound("pipeline"))?;
        let mut pipeline = before.clone();
        pipeline.version = place.version;
        pipeline.retire(id, heir)?;
        keep_reasons(&mut *tx, before, &pipeline, &BTreeMap::from([(id, heir)])).await?;
        tx.pipelines().update(&pipeline, now).await?;
        let moved = tx.leads().move_all(id, heir, scope.author(), now).await?;
        tx.commit().await?;
        Ok(moved)
    }
}
