use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

use crate::{
    id::{PipelineId, StageId, UserId},
    pipeline::{Pipeline, Stage, StageKind},
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
    /// Until when a lead's last activity makes it stale there; none where nothing becomes stale.
    pub stale_until: Option<Timestamp>,
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
            let placed = move |stage: &Stage| StagePlace {
                stage: stage.id,
                kind: stage.kind,
                pipeline: id,
                stale_until: stage.stale_until(now).map(to_the_microsecond),
            };
            stages.map(placed).collect::<Vec<_>>()
        };
        Self { now, zone, me, stages: pipelines.into_iter().flat_map(place).collect() }
    }

    /// The moment so many days ago, to the microsecond: no lead's moments are kept more exactly.
    pub fn days_ago(&self, days: u16) -> Timestamp {
        let then = self.now.checked_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MIN);
        to_the_microsecond(then)
    }

    /// The moment at which a day begins.
    pub fn begin_of(&self, day: Date) -> Timestamp {
        self.zone.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX)
    }

    /// The stages of which something is true.
    pub fn stages_where(&self, wanted: impl Fn(&StagePlace) -> bool) -> Vec<StageId> {
        self.stages.iter().filter(|place| wanted(place)).map(|place| place.stage).collect()
    }

    /// Whether a lead that stands in that stage is stale, after its last activity.
    pub fn is_stale(&self, stage: StageId, last_activity_at: Timestamp) -> bool {
        let is_stale = |place: &StagePlace| place.stale_until.is_some_and(|until| last_activity_at <= until);
        self.stages.iter().any(|place| place.stage == stage && is_stale(place))
    }

    /// Until when a lead's last activity makes it stale, and in which stages: those with the same moment together.
    pub fn stale_stages(&self) -> BTreeMap<Timestamp, Vec<StageId>> {
        let mut stages: BTreeMap<Timestamp, Vec<StageId>> = BTreeMap::new();
        for place in &self.stages {
            if let Some(until) = place.stale_until {
                stages.entry(until).or_default().push(place.stage);
            }
        }
        stages
    }
}

/// No lead's moments are kept more exactly.
fn to_the_microsecond(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::text::Name;

    #[test]
    fn what_a_filter_calls_stale_is_what_the_stage_does() {
        let stage = |n: u128, kind, days| Stage {
            stale_after_days: days,
            ..Stage::new(StageId(Uuid::from_u128(n)), Name::parse("A stage").unwrap(), kind)
        };
        let stages = vec![
            stage(1, StageKind::Open, Some(3)),
            stage(2, StageKind::Qualified, Some(3)),
            stage(3, StageKind::Qualified, Some(9)),
            stage(4, StageKind::Open, None),
            stage(5, StageKind::Won, Some(3)),
            stage(6, StageKind::Disqualified, Some(3)),
        ];
        let pipeline = Pipeline::new(PipelineId(Uuid::nil()), Name::parse("Sales").unwrap(), stages);
        let now: Timestamp = "2026-11-23T12:00:00.123456789Z".parse().unwrap();
        let from = Viewpoint::of(now, TimeZone::UTC, None, [&pipeline]);
        let edge = now - SignedDuration::from_hours(3 * 24);
        for stage in &pipeline.stages {
            for microseconds in [-86_400_000_000 * 30, -86_400_000_000 * 6, -1, 0, 1, 86_400_000_000] {
                let last = to_the_microsecond(edge + SignedDuration::from_micros(microseconds));
                let told = from.is_stale(stage.id, last);
                assert_eq!(told, stage.is_stale(last, now), "{:?} {microseconds}", stage.kind);
            }
        }
        assert!(from.is_stale(StageId(Uuid::from_u128(1)), to_the_microsecond(edge)), "from that very moment on");
        assert!(!from.is_stale(StageId(Uuid::from_u128(9)), Timestamp::MIN), "a stage that is not there");
        let together: Vec<Vec<u128>> =
            from.stale_stages().values().map(|stages| stages.iter().map(|stage| stage.0.as_u128()).collect()).collect();
        assert_eq!(together, [vec![3], vec![1, 2]]);
    }
}
