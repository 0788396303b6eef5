use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::{
    id::{PipelineId, StageId, UserId},
    pipeline::{Pipeline, StageKind},
};

/// A stage, what it means, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StagePlace {
    /// The stage.
    pub stage: StageId,
    /// What standing in it means.
    pub kind: StageKind,
    /// The pipeline it is of.
    pub pipeline: PipelineId,
}

/// From where a filter is looked through: a moment, whoever looks, and the stages there are.
#[derive(Clone, Debug)]
pub struct Viewpoint {
    /// The moment.
    pub now: Timestamp,
    /// How the clocks go where days begin.
    pub zone: TimeZone,
    /// The member who looks; none if it is a program.
    pub me: Option<UserId>,
    /// The stages of the organization.
    pub stages: Vec<StagePlace>,
}

impl Viewpoint {
    /// The viewpoint of somebody at a moment, with these pipelines before them.
    pub fn of<'a>(
        now: Timestamp,
        zone: TimeZone,
        me: Option<UserId>,
        pipelines: impl IntoIterator<Item = &'a Pipeline>,
    ) -> Self {
        let place = |pipeline: &Pipeline| {
            let id = pipeline.id;
            let stages = pipeline.stages.iter();
            stages.map(move |stage| StagePlace { stage: stage.id, kind: stage.kind, pipeline: id }).collect::<Vec<_>>()
        };
        Self { now, zone, me, stages: pipelines.into_iter().flat_map(place).collect() }
    }

    /// The moment so many days ago, to the microsecond: no lead's moments are kept more exactly.
    pub fn days_ago(&self, days: u16) -> Timestamp {
        let then = self.now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MIN);
        Timestamp::from_microsecond(then.as_microsecond()).unwrap_or(then)
    }

    /// The moment at which a day begins.
    pub fn begin_of(&self, day: Date) -> Timestamp {
        self.zone.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX)
    }

    /// The stages of which something is true.
    pub fn stages_where(&self, wanted: impl Fn(&StagePlace) -> bool) -> Vec<StageId> {
        self.stages.iter().filter(|place| wanted(place)).map(|place| place.stage).collect()
    }
}
