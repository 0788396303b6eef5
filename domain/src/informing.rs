//! Telling people that their data is kept who did not give it themselves (GDPR Art. 14; PRV-6): within a month, or at the
//! first contact if that is sooner.

use jiff::{Timestamp, ToSpan, civil::Date};

use crate::{deadline::paris_day, id::LeadId, lead::Source};

/// They are told within so many months.
const MONTHS: i32 = 1;

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
    fn nobody_was_told_before_they_came_or_tomorrow() {
        let batch = batch("2026-01-31");
        let now = "2026-02-03T12:00:00Z".parse().unwrap();
        let can = |day: &str| batch.can_be_told_on(day.parse().unwrap(), now);
        assert_eq!(["2026-01-30", "2026-01-31", "2026-02-03", "2026-02-04"].map(can), [false, true, true, false]);
    }
}
