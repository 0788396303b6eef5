use std::collections::BTreeMap;

use qualify_domain::{
    access::{Actor, Permission},
    id::{PipelineId, StageId},
    pipeline::{MOST_PIPELINES, MOST_STAGES, Pipeline, Stage, StageKind},
    text::Name,
    violation::{Rule, Violations},
};

use super::{PipelinePlace, WrittenStage, shape::keep_reasons};
use crate::Error;

/// A pipeline as somebody wrote it, whole.
#[derive(Debug, Default)]
pub struct WrittenPipeline {
    /// Its name.
    pub name: String,
    /// Its stages, in order.
    pub stages: Vec<DrawnStage>,
    /// The stages that go.
    pub removed: Vec<Heir>,
}

/// A stage of a pipeline that is written whole.
#[derive(Debug)]
pub struct DrawnStage {
    /// Which one it is; none is a new one.
    pub id: Option<StageId>,
    /// What it is to be.
    pub written: WrittenStage,
}

/// Where the leads of a stage go that goes.
#[derive(Clone, Copy, Debug)]
pub struct Heir {
    /// The stage that goes.
    pub stage: StageId,
    /// The stage that gets its leads: one that stays.
    pub heir: StageId,
}

impl super::Pipelines {
    /// Makes a pipeline after the others, and gives its id. Without stages it gets an open one that has its name.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] with all faults, too many included; [`Error::Rule`] if leads could not
    /// enter.
    pub async fn create(&self, actor: &Actor, written: &WrittenPipeline) -> Result<PipelineId, Error> {
        let scope = actor.permit(Permission::ShapeLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut faults = Violations::default();
        if tx.pipelines().all().await?.live.len() >= MOST_PIPELINES {
            faults.add("name", Rule::TooMany(MOST_PIPELINES));
        }
        let read = self.read(written, &mut faults);
        compare(written, &[], &mut faults);
        let (name, mut stages) = faults.or(read)?;
        if stages.is_empty() {
            stages.push(Stage::new(self.ids.next(), name.clone(), StageKind::Open));
        }
        let mut pipeline = Pipeline::new(self.ids.next(), name.clone(), Vec::new());
        pipeline.redraw(name, stages, &BTreeMap::new())?;
        tx.pipelines().insert(&pipeline).await?;
        tx.commit().await?;
        Ok(pipeline.id)
    }

    /// Replaces a pipeline as a whole, if nobody changed it meanwhile: its name, its stages and their order. The leads of
    /// stages that go move to their heirs. Tells how many moved.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Stale`]; [`Error::Invalid`] with all faults; [`Error::Rule`] if
    /// leads could not enter any more, or would be given up for no reason.
    pub async fn replace(&self, actor: &Actor, place: PipelinePlace, written: &WrittenPipeline) -> Result<u64, Error> {
        let scope = actor.permit(Permission::ShapeLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let now = self.clock.now();
        let all = tx.pipelines().all().await?;
        let before = all.get(place.id).ok_or(Error::NotFound("pipeline"))?;
        let mut pipeline = before.clone();
        let mut faults = Violations::default();
        let read = self.read(written, &mut faults);
        if pipeline.version != place.version {
            // What no version makes right is told first.
            faults.or(Some(()))?;
            return Err(Error::Stale);
        }
        compare(written, &pipeline.stages, &mut faults);
        let (name, stages) = faults.or(read)?;
        let heirs: BTreeMap<_, _> = written.removed.iter().map(|gone| (gone.stage, gone.heir)).collect();
        pipeline.redraw(name, stages, &heirs)?;
        keep_reasons(&mut *tx, before, &pipeline, &heirs).await?;
        tx.pipelines().update(&pipeline, now).await?;
        let mut moved = 0;
        for (stage, heir) in heirs {
            moved += tx.leads().move_all(stage, heir, scope.author(), now).await?;
        }
        tx.commit().await?;
        Ok(moved)
    }

    /// Reads a whole pipeline, whichever stages it has now.
    fn read(&self, written: &WrittenPipeline, faults: &mut Violations) -> Option<(Name, Vec<Stage>)> {
        let name = faults.keep("name", Name::parse(&written.name));
        if written.stages.len() > MOST_STAGES {
            faults.add("stages", Rule::TooMany(MOST_STAGES));
        }
        let mut stages = Vec::new();
        for (at, stage) in written.stages.iter().enumerate() {
            let id = stage.id.unwrap_or_else(|| self.ids.next());
            stages.extend(stage.written.read(id, &format!("stages[{at}]."), faults));
        }
        name.map(|name| (name, stages))
    }
}

/// Looks for the stages that stay and that go among those the pipeline has now.
fn compare(written: &WrittenPipeline, present: &[Stage], faults: &mut Violations) {
    let is_present = |id: StageId| present.iter().any(|stage| stage.id == id);
    let mut kept: Vec<StageId> = Vec::new();
    for (at, stage) in written.stages.iter().enumerate() {
        match stage.id {
            None => {}
            Some(id) if !is_present(id) => faults.add(format!("stages[{at}].id"), Rule::NotAChoice),
            Some(id) if kept.contains(&id) => faults.add(format!("stages[{at}].id"), Rule::Duplicate),
            Some(id) => kept.push(id),
        }
    }
    let mut gone: Vec<StageId> = Vec::new();
    for (at, Heir { stage, heir }) in written.removed.iter().enumerate() {
        match stage {
            stage if !is_present(*stage) => faults.add(format!("removed[{at}].stage"), Rule::NotAChoice),
            stage if kept.contains(stage) || gone.contains(stage) => {
                faults.add(format!("removed[{at}].stage"), Rule::Duplicate);
            }
            stage => gone.push(*stage),
        }
        if !kept.contains(heir) {
            faults.add(format!("removed[{at}].heir"), Rule::NotAChoice);
        }
    }
    // Nothing goes by being forgotten: its leads have to go somewhere.
    if present.iter().any(|stage| !kept.contains(&stage.id) && !gone.contains(&stage.id)) {
        faults.add("removed", Rule::Required);
    }
}
