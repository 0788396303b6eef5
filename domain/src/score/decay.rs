//! How what happened loses weight: half of it in each half-life, in whole days, and in whole numbers only, so that every
//! machine gets the same.

use std::ops::RangeInclusive;

use jiff::{SignedDuration, Timestamp};

/// How long a half-life may be, in days.
pub const HALF_LIVES: RangeInclusive<u16> = 1..=365;

const DAY: i64 = 86_400;
const ONE: i64 = 1 << 32;
/// 2 to the power of -k/8, in parts of [`ONE`]; between two of them the way is straight.
const EIGHTHS: [i64; 9] = [
    ONE,
    3_938_502_376,
    3_611_622_603,
    3_311_872_529,
    3_037_000_500,
    2_784_941_738,
    2_553_802_834,
    2_341_847_524,
    ONE / 2,
];

/// What is left of [`ONE`] after so many days.
fn left(days: i64, half_life: u16) -> i64 {
    let half_life = i64::from(half_life.max(1));
    let (halves, rest) = (days.max(0) / half_life, days.max(0) % half_life);
    if halves >= 40 {
        return 0;
    }
    let eighth = usize::try_from(rest * 8 / half_life).unwrap_or_default().min(7);
    let (from, to) = (EIGHTHS[eighth], EIGHTHS[eighth + 1]);
    let beyond = rest * 8 % half_life;
    (from - (from - to) * beyond / half_life) >> halves
}

/// Points that were given at several instants and lose weight from then on.
#[derive(Clone, Copy, Debug)]
pub struct Dose<'a> {
    /// The points each instant gives.
    pub points: i16,
    /// The instants.
    pub at: &'a [Timestamp],
    /// In how many days half of them is gone.
    pub half_life: u16,
    /// After how many days all of them is gone at once.
    pub lasts_days: Option<u16>,
}

impl Dose<'_> {
    /// What is left at `now`, rounded to whole points, halves away from zero. It never grows as time goes on.
    pub fn value(&self, now: Timestamp) -> i32 {
        self.value_at(now.as_second())
    }

    fn value_at(&self, now: i64) -> i32 {
        let parts = self.at.iter().map(|at| {
            let days = (now - at.as_second()).max(0) / DAY;
            let over = self.lasts_days.is_some_and(|most| days >= i64::from(most));
            if over { 0 } else { i64::from(self.points) * left(days, self.half_life) }
        });
        let sum: i64 = parts.sum();
        let whole = (sum.abs() + ONE / 2) / ONE;
        i32::try_from(whole * sum.signum()).unwrap_or(i32::MAX * i32::from(self.points.signum()))
    }

    /// When something of what is left now will be gone; never if nothing is left.
    pub fn changes_at(&self, now: Timestamp) -> Option<Timestamp> {
        let present = self.value(now);
        self.first(now, |value| value != present)
    }

    /// When nothing will be left of what is left now; never if nothing is.
    pub fn gone_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.first(now, |value| value == 0)
    }

    /// The first second after `now` at which that holds of the value, which only ever comes closer to zero.
    fn first(&self, now: Timestamp, holds: impl Fn(i32) -> bool) -> Option<Timestamp> {
        if self.value(now) == 0 {
            return None;
        }
        let newest = self.at.iter().map(|at| at.as_second()).max()?;
        let (mut before, mut after) =
            (now.as_second(), newest.max(now.as_second()) + 41 * DAY * i64::from(self.half_life));
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if holds(self.value_at(middle)) { after = middle } else { before = middle }
        }
        Timestamp::from_second(after).ok()
    }
}

/// The instant that many days later.
pub(super) fn days_after(at: Timestamp, days: u16) -> Timestamp {
    at.saturating_add(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(days: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + days * DAY).unwrap()
    }

    fn value(points: i16, half_life: u16, days: i64) -> i32 {
        Dose { points, at: &[at(0)], half_life, lasts_days: None }.value(at(days))
    }

    #[test]
    fn half_is_gone_after_a_half_life_and_a_quarter_is_left_after_two() {
        assert_eq!([0, 14, 28, 42].map(|days| value(80, 14, days)), [80, 40, 20, 10]);
        assert_eq!([0, 14, 28].map(|days| value(-80, 14, days)), [-80, -40, -20]);
        assert_eq!(value(100, 1, 60), 0);
    }

    #[test]
    fn the_way_between_is_the_curve_itself_to_a_thousandth() {
        for half_life in [3_u16, 14, 30, 90, 365] {
            for days in 0..4 * i32::from(half_life) {
                let exact = (-f64::from(days) / f64::from(half_life)).exp2();
                #[expect(clippy::cast_precision_loss, reason = "a comparison to a thousandth")]
                let found = left(days.into(), half_life) as f64 / ONE as f64;
                assert!((found - exact).abs() < 0.001, "{days} of {half_life}: {found} is not {exact}");
            }
        }
    }

    #[test]
    fn nothing_is_lost_on_the_first_day() {
        let dose = Dose { points: 10, at: &[at(0)], half_life: 14, lasts_days: None };
        let end_of_day = at(1).checked_sub(SignedDuration::from_secs(1)).unwrap();
        assert_eq!((dose.value(at(-1)), dose.value(at(0)), dose.value(end_of_day)), (10, 10, 10));
    }

    #[test]
    fn what_lasts_so_long_ends_at_once() {
        let dose = Dose { points: 10, at: &[at(0)], half_life: 365, lasts_days: Some(7) };
        let last = at(7).checked_sub(SignedDuration::from_secs(1)).unwrap();
        assert_eq!((dose.value(last), dose.value(at(7))), (10, 0));
        assert_eq!(dose.gone_at(at(1)), Some(at(7)));
        assert_eq!(dose.gone_at(at(8)), None);
    }

    proptest! {
        #[test]
        fn decay_is_monotone(
            points in -100_i16..=100, half_life in HALF_LIVES, lasts in proptest::option::of(1_u16..400),
            days in proptest::collection::vec(0_i64..500, 1..8), early in 0_i64..60_000_000, more in 0_i64..60_000_000,
        ) {
            let given: Vec<_> = days.into_iter().map(at).collect();
            let dose = Dose { points, at: &given, half_life, lasts_days: lasts };
            let (before, after) = (at(0).as_second() + early, at(0).as_second() + early + more);
            let (before, after) = (dose.value_at(before), dose.value_at(after));
            prop_assert!(after.abs() <= before.abs());
            prop_assert!(after == 0 || after.signum() == before.signum());
        }

        #[test]
        fn the_next_change_is_the_first_one(
            points in -100_i16..=100, half_life in HALF_LIVES, days in proptest::collection::vec(0_i64..300, 1..6),
            now in 0_i64..400,
        ) {
            let given: Vec<_> = days.into_iter().map(at).collect();
            let dose = Dose { points, at: &given, half_life, lasts_days: None };
            match dose.changes_at(at(now)) {
                None => prop_assert_eq!(dose.value(at(now)), 0),
                Some(change) => {
                    prop_assert!(change > at(now));
                    prop_assert_ne!(dose.value(change), dose.value(at(now)));
                    let just_before = change.checked_sub(SignedDuration::from_secs(1)).unwrap();
                    prop_assert_eq!(dose.value(just_before), dose.value(at(now)));
                    let gone = dose.gone_at(at(now)).unwrap();
                    prop_assert!(gone >= change);
                    prop_assert_eq!(dose.value(gone), 0);
                }
            }
        }
    }
}
