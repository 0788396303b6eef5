use std::collections::BTreeMap;

use crate::id::StageId;

/// How many leads stood so long in a stage before they left it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StayCell {
    /// The stage they left.
    pub stage: StageId,
    /// For how long they had stood there, in seconds.
    pub seconds: u64,
    /// How many.
    pub leads: u64,
}

/// How long leads stood in a stage that they left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stay {
    /// How often one left it.
    pub times: u64,
    /// Half of them left no later, in seconds.
    pub median: u64,
    /// Nine of ten left no later, in seconds.
    pub p90: u64,
}

impl Stay {
    /// The stays of each stage.
    pub fn of(cells: impl IntoIterator<Item = StayCell>) -> Vec<(StageId, Self)> {
        let mut stages: BTreeMap<StageId, BTreeMap<u64, u64>> = BTreeMap::new();
        for cell in cells.into_iter().filter(|cell| cell.leads > 0) {
            *stages.entry(cell.stage).or_default().entry(cell.seconds).or_default() += cell.leads;
        }
        let stay = |(stage, stays): (StageId, BTreeMap<u64, u64>)| {
            let times = stays.values().sum();
            (stage, Self { times, median: nearest(&stays, times, 50), p90: nearest(&stays, times, 90) })
        };
        stages.into_iter().map(stay).collect()
    }
}

/// The value at or below which so many of a hundred lie.
fn nearest(counts: &BTreeMap<u64, u64>, total: u64, percent: u64) -> u64 {
    let rank = (total * percent).div_ceil(100).max(1);
    let mut seen = 0;
    let at = counts.iter().find(|(_, count)| {
        seen += **count;
        seen >= rank
    });
    at.map(|(value, _)| *value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn stage(n: u128) -> StageId {
        StageId(Uuid::from_u128(n))
    }

    #[test]
    fn half_left_no_later_than_the_median_and_nine_of_ten_no_later_than_the_ninth() {
        let cell = |n, seconds, leads| StayCell { stage: stage(n), seconds, leads };
        let stays = Stay::of([cell(2, 30, 1), cell(1, 100, 9), cell(1, 5_000, 1), cell(1, 10, 10), cell(3, 7, 0)]);
        assert_eq!(
            stays,
            [(stage(1), Stay { times: 20, median: 10, p90: 100 }), (stage(2), Stay { times: 1, median: 30, p90: 30 }),]
        );
        assert_eq!(Stay::of([]), []);
    }

    proptest! {
        #[test]
        fn it_is_what_sorting_every_stay_says(mut seconds in prop::collection::vec(0..40_u64, 1..60)) {
            let cells = seconds.iter().map(|seconds| StayCell { stage: stage(1), seconds: *seconds, leads: 1 });
            let (_, stay) = Stay::of(cells)[0];
            seconds.sort_unstable();
            let at = |percent: usize| seconds[(seconds.len() * percent).div_ceil(100) - 1];
            prop_assert_eq!((stay.median, stay.p90), (at(50), at(90)));
        }
    }
}
