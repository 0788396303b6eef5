//! The daily digest: once per member and day, in the morning where they are.

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};

/// When a digest is mailed.
const MORNING: Time = Time::constant(8, 0, 0, 0);
/// A digest that did not come for so long after its time is planned anew.
const OVERDUE: SignedDuration = SignedDuration::from_hours(24);

/// A member's digests: the next, and the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digests {
    /// When the next is due, if one is.
    pub due_at: Option<Timestamp>,
    /// The day of the last, where the member was.
    pub last: Option<Date>,
}

impl Digests {
    /// Makes the next one due, because there is something to tell; none if one is due already.
    pub fn plan(&mut self, zone: &TimeZone, now: Timestamp) -> Option<Timestamp> {
        if self.due_at.is_some_and(|due| now < due + OVERDUE) {
            return None;
        }
        self.due_at = next(now, zone, self.last);
        self.due_at
    }

    /// Remembers that it was mailed.
    pub fn done(&mut self, zone: &TimeZone, now: Timestamp) {
        *self = Self { due_at: None, last: Some(zone.to_datetime(now).date()) };
    }
}

/// The first morning after `now` on a day after `last`. Where the clocks skip that hour, it is the moment they skip to;
/// where it comes twice, the first.
fn next(now: Timestamp, zone: &TimeZone, last: Option<Date>) -> Option<Timestamp> {
    let mut day = zone.to_datetime(now).date();
    loop {
        let morning = zone.to_timestamp(day.to_datetime(MORNING)).ok()?;
        if morning > now && last.is_none_or(|last| day > last) {
            return Some(morning);
        }
        day = day.tomorrow().ok()?;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn zone(name: &str) -> TimeZone {
        TimeZone::get(name).unwrap()
    }

    fn planned(now: &str, name: &str) -> String {
        Digests::default().plan(&zone(name), now.parse().unwrap()).unwrap().to_string()
    }

    #[test]
    fn the_digest_comes_at_eight_where_the_member_is() {
        assert_eq!(planned("2026-11-25T06:59:59Z", "Europe/Paris"), "2026-11-25T07:00:00Z");
        assert_eq!(planned("2026-11-25T07:00:00Z", "Europe/Paris"), "2026-11-26T07:00:00Z");
        assert_eq!(planned("2026-11-25T07:00:00Z", "America/New_York"), "2026-11-25T13:00:00Z");
        assert_eq!(planned("2026-11-25T23:30:00Z", "Pacific/Auckland"), "2026-11-26T19:00:00Z");
    }

    #[test]
    fn clocks_that_are_changed_change_nothing_for_who_reads_them() {
        assert_eq!(planned("2026-03-28T07:00:00Z", "Europe/Paris"), "2026-03-29T06:00:00Z", "to summer time");
        assert_eq!(planned("2026-10-24T06:00:00Z", "Europe/Paris"), "2026-10-25T07:00:00Z", "and back");
        assert_eq!(planned("2011-12-29T18:00:00Z", "Pacific/Apia"), "2011-12-30T18:00:00Z", "a day that never was");
    }

    #[test]
    fn one_is_planned_at_a_time_and_a_lost_one_anew() {
        let (zone, now) = (zone("Europe/Paris"), "2026-11-25T12:00:00Z".parse::<Timestamp>().unwrap());
        let mut digests = Digests::default();
        let due = digests.plan(&zone, now).unwrap();
        assert_eq!(digests.plan(&zone, now), None);
        assert_eq!(digests.plan(&zone, due + OVERDUE), Some("2026-11-28T07:00:00Z".parse().unwrap()));
    }

    #[test]
    fn who_travels_gets_no_second_digest_on_one_day() {
        let (mut digests, now) = (Digests::default(), "2026-11-25T07:00:01Z".parse().unwrap());
        digests.done(&zone("Europe/Paris"), now);
        let due = digests.plan(&zone("America/New_York"), now).unwrap();
        assert_eq!(due.to_string(), "2026-11-26T13:00:00Z", "not at eight in New York of the same day");
    }

    proptest! {
        #[test]
        fn a_digest_is_due_within_two_days_and_once_a_day(start in 0_i64..2_000_000_000, pauses in prop::collection::vec(1_i64..200_000, 1..30)) {
            for name in ["Europe/Paris", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe"] {
                let (zone, mut digests) = (zone(name), Digests::default());
                let (mut now, mut last) = (Timestamp::from_second(start).unwrap(), None);
                for pause in &pauses {
                    now += SignedDuration::from_secs(*pause);
                    let due = digests.plan(&zone, now).unwrap();
                    prop_assert!(due > now && due.duration_since(now) < SignedDuration::from_hours(50));
                    let day = zone.to_datetime(due).date();
                    prop_assert!(last.is_none_or(|last| day > last));
                    (now, last) = (due, Some(day));
                    digests.done(&zone, now);
                }
            }
        }
    }
}
