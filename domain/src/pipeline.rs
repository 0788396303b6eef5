//! Pipelines and their stages: where a lead can stand, and how an organization shapes that.

use std::{collections::BTreeMap, str::FromStr};

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{
    id::{PipelineId, StageId},
    text::Name,
    violation::Rule,
};

/// An organization has at most this many pipelines.
pub const MOST_PIPELINES: usize = 20;
/// A pipeline has at most this many stages.
pub const MOST_STAGES: usize = 30;
/// After at most this many days without activity a lead is stale.
pub const MOST_DAYS: u16 = 365;

/// What standing in a stage means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageKind {
    /// Being worked on.
    Open,
    /// Worth a salesperson's time.
    Qualified,
    /// Became a customer.
    Won,
    /// Will not become one.
    Disqualified,
}

impl StageKind {
    /// Whether nothing more is done about a lead that stands there.
    pub const fn is_closed(self) -> bool {
        matches!(self, Self::Won | Self::Disqualified)
    }

    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Open, Self::Qualified, Self::Won, Self::Disqualified];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Qualified => "qualified",
            Self::Won => "won",
            Self::Disqualified => "disqualified",
        }
    }

    /// Whether a lead that stands there is still worked on.
    pub const fn is_working(self) -> bool {
        matches!(self, Self::Open | Self::Qualified)
    }
}

impl FromStr for StageKind {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|kind| kind.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// A place in a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// Its id.
    pub id: StageId,
    /// Its name.
    pub name: Name,
    /// What standing in it means.
    pub kind: StageKind,
    /// After so many days without activity a lead in it is stale.
    pub stale_after_days: Option<u16>,
}

impl Stage {
    /// A stage in which nothing becomes stale.
    pub const fn new(id: StageId, name: Name, kind: StageKind) -> Self {
        Self { id, name, kind, stale_after_days: None }
    }

    /// The moment that is too long ago: a lead in it whose last activity was then, or before, is stale at `now`. None where
    /// nothing becomes stale, as where nobody works on a lead any more.
    pub fn stale_until(&self, now: Timestamp) -> Option<Timestamp> {
        let days = self.stale_after_days.filter(|_| self.kind.is_working())?;
        now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).ok()
    }

    /// Whether a lead in it is stale at `now`, after its last activity.
    pub fn is_stale(&self, last_activity_at: Timestamp, now: Timestamp) -> bool {
        self.stale_until(now).is_some_and(|until| last_activity_at <= until)
    }
}

/// An ordered list of stages; a new lead stands in the first open one.
#[derive(Clone, Debug)]
pub struct Pipeline {
    /// Its id.
    pub id: PipelineId,
    /// Grows with each change.
    pub version: i32,
    /// Its name.
    pub name: Name,
    /// Its stages, in order; one of them is open.
    pub stages: Vec<Stage>,
    /// Stages that were taken out of it: timelines tell of them.
    pub retired: Vec<Stage>,
}

/// A pipeline cannot be changed so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PipelineError {
    /// The stage is not one of the pipeline, or its leads cannot go there.
    #[error("the stage is not one of the pipeline")]
    UnknownStage,
    /// Without an open stage no lead could enter.
    #[error("a pipeline needs an open stage")]
    NoEntry,
    /// There are as many as there may be.
    #[error("there are as many as there may be")]
    TooMany,
    /// New leads need a pipeline.
    #[error("the last pipeline stays")]
    Last,
    /// Leads stand in it.
    #[error("leads stand in it")]
    InUse,
    /// Leads would be given up, and nobody said why.
    #[error("leads would be given up without a reason")]
    NoReason,
}

impl Pipeline {
    /// A new one.
    pub const fn new(id: PipelineId, name: Name, stages: Vec<Stage>) -> Self {
        Self { id, version: 1, name, stages, retired: Vec::new() }
    }

    /// The stage in which a new lead stands.
    pub fn entry(&self) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.kind == StageKind::Open)
    }

    /// The stage of that id.
    pub fn stage(&self, id: StageId) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id == id)
    }

    /// Adds a stage at the end of those of its kind, else at the very end.
    ///
    /// # Errors
    /// [`PipelineError::TooMany`].
    pub fn add(&mut self, stage: Stage) -> Result<(), PipelineError> {
        if self.stages.len() >= MOST_STAGES {
            return Err(PipelineError::TooMany);
        }
        let last = self.stages.iter().rposition(|other| other.kind == stage.kind);
        self.stages.insert(last.map_or(self.stages.len(), |last| last + 1), stage);
        Ok(())
    }

    /// Puts a changed stage in the place of the one of its id.
    ///
    /// # Errors
    /// [`PipelineError::UnknownStage`]; [`PipelineError::NoEntry`] if no open one would be left.
    pub fn change(&mut self, stage: Stage) -> Result<(), PipelineError> {
        let place = self.place(stage.id)?;
        let former = std::mem::replace(&mut self.stages[place], stage);
        if self.entry().is_none() {
            self.stages[place] = former;
            return Err(PipelineError::NoEntry);
        }
        Ok(())
    }

    /// Moves a stage by one place, towards the beginning or the end; at an end it stays.
    ///
    /// # Errors
    /// [`PipelineError::UnknownStage`].
    pub fn shift(&mut self, id: StageId, earlier: bool) -> Result<(), PipelineError> {
        let place = self.place(id)?;
        let other = if earlier { place.saturating_sub(1) } else { (place + 1).min(self.stages.len() - 1) };
        self.stages.swap(place, other);
        Ok(())
    }

    /// Takes a stage out; its leads go to `heir`.
    ///
    /// # Errors
    /// [`PipelineError::UnknownStage`] if either is none of the pipeline or both are the same;
    /// [`PipelineError::NoEntry`] if no open one would be left.
    pub fn retire(&mut self, id: StageId, heir: StageId) -> Result<(), PipelineError> {
        let place = self.place(id)?;
        self.place(heir).ok().filter(|_| id != heir).ok_or(PipelineError::UnknownStage)?;
        let stage = self.stages.remove(place);
        if self.entry().is_none() {
            self.stages.insert(place, stage);
            return Err(PipelineError::NoEntry);
        }
        self.retired.push(stage);
        Ok(())
    }

    /// Takes over a name and all stages in their order. A stage that is left out goes, and its leads go to the one that
    /// `heirs` has for it.
    ///
    /// # Errors
    /// [`PipelineError::TooMany`]; [`PipelineError::NoEntry`]; [`PipelineError::UnknownStage`] if a stage that goes has no
    /// heir, or one that does not stay.
    pub fn redraw(
        &mut self,
        name: Name,
        stages: Vec<Stage>,
        heirs: &BTreeMap<StageId, StageId>,
    ) -> Result<(), PipelineError> {
        if stages.len() > MOST_STAGES {
            return Err(PipelineError::TooMany);
        }
        let stays = |id: StageId| stages.iter().any(|stage| stage.id == id);
        let (kept, gone): (Vec<_>, Vec<_>) = self.stages.iter().cloned().partition(|stage| stays(stage.id));
        let is_kept = |heir: &StageId| kept.iter().any(|stage| stage.id == *heir);
        if !gone.iter().all(|stage| heirs.get(&stage.id).is_some_and(is_kept)) {
            return Err(PipelineError::UnknownStage);
        }
        if !stages.iter().any(|stage| stage.kind == StageKind::Open) {
            return Err(PipelineError::NoEntry);
        }
        self.name = name;
        self.stages = stages;
        self.retired.extend(gone);
        Ok(())
    }

    /// The stages of `before` whose leads stand in a stage of this pipeline that gives them up, though they were not
    /// given up there. The leads of a stage that went stand where `heirs` says.
    pub fn given_up(&self, before: &Self, heirs: &BTreeMap<StageId, StageId>) -> Vec<StageId> {
        let gives_up = |stage: Option<&Stage>| stage.is_some_and(|stage| stage.kind == StageKind::Disqualified);
        let was_open = before.stages.iter().filter(|stage| !gives_up(Some(*stage)));
        was_open.map(|stage| stage.id).filter(|id| gives_up(self.stage(*heirs.get(id).unwrap_or(id)))).collect()
    }

    fn place(&self, id: StageId) -> Result<usize, PipelineError> {
        self.stages.iter().position(|stage| stage.id == id).ok_or(PipelineError::UnknownStage)
    }
}

/// All pipelines of an organization; new leads enter the first.
#[derive(Clone, Debug, Default)]
pub struct Pipelines {
    /// Those in use, in order.
    pub live: Vec<Pipeline>,
    /// Those that were taken out of use: timelines tell of their stages.
    pub retired: Vec<Pipeline>,
}

impl Pipelines {
    /// The pipeline of new leads.
    pub fn first(&self) -> Option<&Pipeline> {
        self.live.first()
    }

    /// The one of that id, if it is in use.
    pub fn get(&self, id: PipelineId) -> Option<&Pipeline> {
        self.live.iter().find(|pipeline| pipeline.id == id)
    }

    /// The pipeline of that stage. A lead may stand in one that was taken out in the very moment in which it came: it can
    /// still leave.
    pub fn of_stage(&self, id: StageId) -> Option<&Pipeline> {
        let has = |stages: &[Stage]| stages.iter().any(|stage| stage.id == id);
        self.live.iter().find(|pipeline| has(&pipeline.stages) || has(&pipeline.retired))
    }

    /// The stage of that id, in use or not.
    pub fn stage(&self, id: StageId) -> Option<&Stage> {
        let all = self.live.iter().chain(&self.retired);
        all.flat_map(|pipeline| pipeline.stages.iter().chain(&pipeline.retired)).find(|stage| stage.id == id)
    }

    /// Whether a lead that stands in that stage is stale at `now`, after its last activity. In a stage out of use none is.
    pub fn is_stale(&self, stage: StageId, last_activity_at: Timestamp, now: Timestamp) -> bool {
        self.stages().any(|one| one.id == stage && one.is_stale(last_activity_at, now))
    }

    /// Every stage in use, pipeline by pipeline.
    pub fn stages(&self) -> impl Iterator<Item = &Stage> {
        self.live.iter().flat_map(|pipeline| &pipeline.stages)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> StageId {
        StageId(Uuid::from_u128(n))
    }

    fn stage(n: u128, kind: StageKind) -> Stage {
        Stage::new(id(n), Name::parse(&format!("Stage {n}")).unwrap(), kind)
    }

    fn pipeline() -> Pipeline {
        let stages = vec![stage(1, StageKind::Open), stage(2, StageKind::Qualified), stage(3, StageKind::Won)];
        Pipeline::new(PipelineId(Uuid::nil()), Name::parse("Sales").unwrap(), stages)
    }

    fn order(pipeline: &Pipeline) -> Vec<u128> {
        pipeline.stages.iter().map(|stage| stage.id.0.as_u128()).collect()
    }

    #[test]
    fn a_new_stage_stands_beside_its_kind() {
        let mut pipeline = pipeline();
        pipeline.add(stage(4, StageKind::Open)).unwrap();
        pipeline.add(stage(5, StageKind::Disqualified)).unwrap();
        assert_eq!(order(&pipeline), [1, 4, 2, 3, 5]);
        for n in 6..=MOST_STAGES as u128 {
            pipeline.add(stage(n, StageKind::Open)).unwrap();
        }
        assert_eq!(pipeline.add(stage(99, StageKind::Open)), Err(PipelineError::TooMany));
    }

    #[test]
    fn stages_move_by_one_place_and_not_beyond_an_end() {
        let mut pipeline = pipeline();
        pipeline.shift(id(2), true).unwrap();
        assert_eq!(order(&pipeline), [2, 1, 3]);
        pipeline.shift(id(2), true).unwrap();
        pipeline.shift(id(3), false).unwrap();
        assert_eq!(order(&pipeline), [2, 1, 3]);
        assert_eq!(pipeline.shift(id(9), true), Err(PipelineError::UnknownStage));
    }

    #[test]
    fn a_pipeline_always_lets_leads_in() {
        let mut pipeline = pipeline();
        assert_eq!(pipeline.retire(id(1), id(2)), Err(PipelineError::NoEntry));
        assert_eq!(pipeline.change(stage(1, StageKind::Won)), Err(PipelineError::NoEntry));
        assert_eq!(order(&pipeline), [1, 2, 3]);
        assert_eq!(pipeline.stages[0].kind, StageKind::Open);
    }

    #[test]
    fn a_stage_goes_only_when_its_leads_have_somewhere_to_go() {
        let mut pipeline = pipeline();
        for heir in [2, 9] {
            assert_eq!(pipeline.retire(id(2), id(heir)), Err(PipelineError::UnknownStage));
        }
        pipeline.retire(id(2), id(1)).unwrap();
        assert_eq!(order(&pipeline), [1, 3]);
        let all = Pipelines { live: vec![pipeline], retired: vec![] };
        assert!(all.stage(id(2)).is_some() && all.stages().all(|stage| stage.id != id(2)));
        let home = all.of_stage(id(2)).map(|pipeline| pipeline.id);
        assert_eq!(home, all.first().map(|first| first.id), "a lead that stands there can leave");
    }

    #[test]
    fn stages_whose_leads_would_be_given_up_are_known() {
        let before = pipeline();
        let lost = |n: u128| Stage { kind: StageKind::Disqualified, ..stage(n, StageKind::Open) };
        let after = Pipeline { stages: vec![stage(1, StageKind::Open), lost(3)], ..before.clone() };
        assert_eq!(
            after.given_up(&before, &BTreeMap::from([(id(2), id(3))])),
            [id(2), id(3)],
            "heir and change of kind"
        );
        assert_eq!(after.given_up(&before, &BTreeMap::from([(id(2), id(1))])), [id(3)]);
        assert_eq!(after.given_up(&after, &BTreeMap::from([(id(3), id(3))])), [], "who was given up has a reason");
    }

    #[test]
    fn a_pipeline_that_is_drawn_anew_sends_the_leads_of_what_goes_to_what_stays() {
        let name = Name::parse("Partners").unwrap();
        let drawn = |stages: &[(u128, StageKind)], heirs: &[(u128, u128)]| {
            let mut pipeline = pipeline();
            let stages = stages.iter().map(|(n, kind)| stage(*n, *kind)).collect();
            let heirs = heirs.iter().map(|(gone, heir)| (id(*gone), id(*heir))).collect();
            pipeline.redraw(name.clone(), stages, &heirs).map(|()| pipeline)
        };
        let (open, won) = (StageKind::Open, StageKind::Won);
        let drawn_anew = drawn(&[(3, open), (7, won), (1, open)], &[(2, 1)]).unwrap();
        assert_eq!((order(&drawn_anew), &drawn_anew.name), (vec![3, 7, 1], &name));
        assert_eq!(drawn_anew.retired.iter().map(|stage| stage.id).collect::<Vec<_>>(), [id(2)]);
        for heirs in [&[][..], &[(3, 1)], &[(2, 2)], &[(2, 9)], &[(2, 7)]] {
            let refused = drawn(&[(3, open), (7, won), (1, open)], heirs);
            assert_eq!(refused.err(), Some(PipelineError::UnknownStage), "{heirs:?}");
        }
        assert_eq!(drawn(&[(1, won), (2, won), (3, won)], &[]).err(), Some(PipelineError::NoEntry));
        let many: Vec<_> = (1..=MOST_STAGES as u128 + 1).map(|n| (n, open)).collect();
        assert_eq!(drawn(&many, &[]).err(), Some(PipelineError::TooMany));
        assert!(drawn(&many[..MOST_STAGES], &[]).is_ok());
    }

    #[test]
    fn a_lead_becomes_stale_on_the_day_and_only_while_it_is_worked_on() {
        let last = Timestamp::from_second(1_000_000).unwrap();
        let after = |seconds| last + SignedDuration::from_secs(seconds);
        let mut open = stage(1, StageKind::Open);
        assert!(!open.is_stale(last, after(10 * 86_400)));
        open.stale_after_days = Some(3);
        assert!(!open.is_stale(last, after(3 * 86_400 - 1)));
        assert!(open.is_stale(last, after(3 * 86_400)));
        let won = Stage { kind: StageKind::Won, ..open.clone() };
        assert!(!won.is_stale(last, after(30 * 86_400)));
        let all = |stages, retired| {
            let name = Name::parse("Sales").unwrap();
            let pipeline = Pipeline { retired, ..Pipeline::new(PipelineId(Uuid::nil()), name, stages) };
            Pipelines { live: vec![pipeline], retired: vec![] }
        };
        assert!(all(vec![open.clone()], vec![]).is_stale(id(1), last, after(3 * 86_400)));
        assert!(!all(vec![open.clone()], vec![]).is_stale(id(2), last, after(3 * 86_400)));
        assert!(!all(vec![], vec![open]).is_stale(id(1), last, after(3 * 86_400)), "the stage is out of use");
    }
}
