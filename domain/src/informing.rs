//! Telling people that their data is kept who did not give it themselves (GDPR Art. 14; PRV-6): within a month, or at the
//! first contact if that is sooner.

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};

use crate::{
    deadline::{paris_day, paris_midnight},
    id::LeadId,
    lead::Source,
};

/// They are told within so many months.
const MONTHS: i32 = 1;
/// Members are reminded so many days before.
const REMIND_DAYS: i64 = 7;
/// Whether somebody came in meanwhile is looked at this often.
const LOOK: SignedDuration = SignedDuration::from_hours(24);

/// People who came in together and were not told yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// From where: a file, or a program.
    pub source: Source,
    /// On which day, in Paris.
    pub day: Date,
    /// How many there are.
    pub leads: u64,
    /// The first of them, by what they are called.
    pub first: Vec<(LeadId, String)>,
}

/// The last day on which those are told in time who came in on that day. A month that has no such day ends on its last one.
pub fn due_on(day: Date) -> Date {
    day.saturating_add(MONTHS.months())
}

/// That members were reminded of those who came in on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reminder {
    /// The day, in Paris.
    pub day: Date,
    /// Whether it was too late already to tell them in time.
    pub is_late: bool,
}

impl Reminder {
    /// What members are to be reminded of, if the first of those who wait came in on `first`: once when the last day on which
    /// they are told in time comes within a week, and again when it is over. `told` is what they were reminded of last.
    pub fn due(first: Date, told: Option<Self>, now: Timestamp) -> Option<Self> {
        let [soon, late] = moments(first);
        let due = Self { day: first, is_late: late <= now };
        (soon <= now && told != Some(due)).then_some(due)
    }
}

/// When members are reminded of those who came in on that day: soon, and too late.
fn moments(day: Date) -> [Timestamp; 2] {
    let last = due_on(day);
    [last.saturating_sub(REMIND_DAYS.days()), last.saturating_add(1.day())].map(paris_midnight)
}

/// When to look again whether members are to be reminded, if the first of those who wait came in on `first`.
pub fn next_look(first: Option<Date>, now: Timestamp) -> Timestamp {
    let moments = first.into_iter().flat_map(moments).filter(|moment| now < *moment);
    moments.fold(now.saturating_add(LOOK).unwrap_or(Timestamp::MAX), Timestamp::min)
}

impl Batch {
    /// The last day on which they are told in time.
    pub fn due_on(&self) -> Date {
        due_on(self.day)
    }

    /// Whether it is too late.
    pub fn is_late(&self, now: Timestamp) -> bool {
        self.due_on() < paris_day(now)
    }

    /// Whether they can have been told on that day: not before they came, and not in the future.
    pub fn can_be_told_on(&self, day: Date, now: Timestamp) -> bool {
        self.day <= day && day <= paris_day(now)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::id::ImportId;

    fn batch(day: &str) -> Batch {
        let source = Source::Import(ImportId(Uuid::nil()));
        Batch { source, day: day.parse().unwrap(), leads: 1, first: vec![] }
    }

    #[test]
    fn people_are_told_within_a_calendar_month_and_at_a_months_end_on_the_last_day_there_is() {
        for (day, due) in [
            ("2026-01-31", "2026-02-28"),
            ("2028-01-31", "2028-02-29"),
            ("2026-02-28", "2026-03-28"),
            ("2026-08-31", "2026-09-30"),
            ("2026-12-15", "2027-01-15"),
        ] {
            assert_eq!(batch(day).due_on().to_string(), due);
        }
    }

    #[test]
    fn the_day_that_is_due_is_in_time_to_its_end_in_paris() {
        let batch = batch("2026-01-31");
        let is_late = |now: &str| batch.is_late(now.parse().unwrap());
        assert!(!is_late("2026-02-28T22:59:59Z"));
        assert!(is_late("2026-02-28T23:00:00Z"));
    }

    #[test]
    fn prv_6_members_are_reminded_a_week_before_and_when_it_is_too_late_each_once_to_the_second() {
        let due = |day: &str, told, now: &str| Reminder::due(day.parse().unwrap(), told, now.parse().unwrap());
        let said = |day: &str, is_late| Some(Reminder { day: day.parse().unwrap(), is_late });
        let (soon, late) = (said("2026-01-31", false), said("2026-01-31", true));
        // They are told by the 28th of February; the 21st begins at 23:00 UTC.
        assert_eq!(due("2026-01-31", None, "2026-02-20T22:59:59Z"), None);
        assert_eq!(due("2026-01-31", None, "2026-02-20T23:00:00Z"), soon);
        assert_eq!(due("2026-01-31", soon, "2026-02-20T23:00:00Z"), None);
        assert_eq!(due("2026-01-31", soon, "2026-02-28T22:59:59Z"), None);
        assert_eq!(due("2026-01-31", soon, "2026-02-28T23:00:00Z"), late);
        assert_eq!(due("2026-01-31", late, "2026-12-31T23:00:00Z"), None);
        assert_eq!(due("2026-01-31", None, "2026-02-28T23:00:00Z"), late, "one of two that were missed");
        assert_eq!(due("2026-02-01", late, "2026-02-22T12:00:00Z"), said("2026-02-01", false), "others");
        // Summer there: a day begins an hour earlier.
        assert_eq!(due("2026-06-10", None, "2026-07-02T21:59:59Z"), None);
        assert_eq!(due("2026-06-10", None, "2026-07-02T22:00:00Z"), said("2026-06-10", false));
    }

    #[test]
    fn it_is_looked_at_when_somebody_is_to_be_reminded_and_once_a_day_at_least() {
        let next = |day: Option<&str>, now: &str| {
            next_look(day.map(|day| day.parse().unwrap()), now.parse().unwrap()).to_string()
        };
        assert_eq!(next(None, "2026-02-01T10:00:00Z"), "2026-02-02T10:00:00Z");
        for (now, later) in [
            ("2026-02-19T22:00:00Z", "2026-02-20T22:00:00Z"),
            ("2026-02-20T22:00:00Z", "2026-02-20T23:00:00Z"),
            ("2026-02-20T23:00:00Z", "2026-02-21T23:00:00Z"),
            ("2026-02-28T22:59:59Z", "2026-02-28T23:00:00Z"),
            ("2026-02-28T23:00:00Z", "2026-03-01T23:00:00Z"),
        ] {
            assert_eq!(next(Some("2026-01-31"), now), later, "{now}");
        }
    }

    #[test]
    fn nobody_was_told_before_they_came_or_tomorrow() {
        let batch = batch("2026-01-31");
        let now = "2026-02-03T12:00:00Z".parse().unwrap();
        let can = |day: &str| batch.can_be_told_on(day.parse().unwrap(), now);
        assert_eq!(["2026-01-30", "2026-01-31", "2026-02-03", "2026-02-04"].map(can), [false, true, true, false]);
    }
}
