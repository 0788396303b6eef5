//! By when the law wants an answer: in a month, or in three after an extension, and never on a day on which nobody works
//! in France (DSR-3, DSR-4).

mod working_day;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use self::working_day::{working_day_from, working_days_after};

/// Whoever asks waits for an answer so many months at most.
const MONTHS: i32 = 1;
/// After an extension, so many.
const MONTHS_EXTENDED: i32 = 3;
/// The operator passes on what is an organization's within so many working days (DSR-2).
const DAYS_TO_PASS_ON: usize = 2;

/// The last day on which something is in time. It counts to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Date);

impl Deadline {
    /// For the answer to what was received at that moment.
    pub fn of_answer(received_at: Timestamp) -> Self {
        Self::after(received_at, MONTHS)
    }

    /// For the answer to what was received at that moment, if the time for it was extended.
    pub fn of_extended_answer(received_at: Timestamp) -> Self {
        Self::after(received_at, MONTHS_EXTENDED)
    }

    /// For passing on to an organization what the operator received at that moment (DSR-2): the day on which it came does not
    /// count.
    pub fn of_passing_on(received_at: Timestamp) -> Self {
        Self(working_days_after(paris_day(received_at), DAYS_TO_PASS_ON))
    }

    fn after(received_at: Timestamp, months: i32) -> Self {
        // A month that has no such day ends on its last one.
        Self(working_day_from(paris_day(received_at).saturating_add(months.months())))
    }

    /// The day.
    pub const fn day(self) -> Date {
        self.0
    }

    /// When that day is over.
    pub fn ends_at(self) -> Timestamp {
        self.0.tomorrow().map_or(Timestamp::MAX, paris_midnight)
    }

    /// Whether it is too late.
    pub fn is_over(self, now: Timestamp) -> bool {
        self.ends_at() <= now
    }
}

/// The day that it is in Paris, by whose calendar the law is read.
pub fn paris_day(at: Timestamp) -> Date {
    paris().to_datetime(at).date()
}

/// When the month of the calendar began that it is in Paris.
pub fn paris_month(at: Timestamp) -> Timestamp {
    paris_midnight(paris_day(at).first_of_month())
}

/// When a day begins in Paris.
pub(crate) fn paris_midnight(day: Date) -> Timestamp {
    paris().to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX)
}

/// The zone of Paris.
pub(crate) fn paris() -> TimeZone {
    TimeZone::get("Europe/Paris").unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;
    use proptest::prelude::*;

    use super::{working_day::is_working_day, *};

    const NANOSECOND: SignedDuration = SignedDuration::from_nanos(1);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// The first and the last moment of a day in Paris.
    fn ends(text: &str) -> [Timestamp; 2] {
        [paris_midnight(day(text)), paris_midnight(day(text).tomorrow().unwrap()) - NANOSECOND]
    }

    #[test]
    fn dsr_3_an_answer_is_due_on_the_same_day_of_the_next_month_or_on_the_next_working_day() {
        for (received, due) in [
            ("2026-03-05", "2026-04-07"), // Easter Sunday and Easter Monday
            ("2026-08-31", "2026-09-30"), // no 31 September
            ("2026-01-31", "2026-03-02"), // no 31 February, and the 28th is a Saturday
            ("2028-01-31", "2028-02-29"), // a leap year
            ("2026-04-14", "2026-05-15"), // Ascension
            ("2026-11-25", "2026-12-28"), // Christmas on a Friday
            ("2026-12-01", "2027-01-04"), // New Year on a Friday
            ("2026-10-11", "2026-11-12"), // Armistice
            ("2026-04-25", "2026-05-26"), // Whit Monday
            ("2043-04-07", "2043-05-11"), // Ascension, Victory Day on the Friday after it, and a weekend
        ] {
            for moment in ends(received) {
                assert_eq!(Deadline::of_answer(moment).day(), day(due), "received at {moment}");
            }
        }
    }

    #[test]
    fn dsr_3_the_day_of_receipt_is_the_one_in_paris() {
        assert_eq!(Deadline::of_answer(at("2026-08-31T22:30:00Z")).day(), day("2026-10-01"), "1 September, in summer");
        assert_eq!(Deadline::of_answer(at("2026-08-31T21:59:59Z")).day(), day("2026-09-30"));
        assert_eq!(Deadline::of_answer(at("2026-02-28T23:00:00Z")).day(), day("2026-04-01"), "1 March, in winter");
        assert_eq!(Deadline::of_answer(at("2026-02-28T22:59:59Z")).day(), day("2026-03-30"));
    }

    #[test]
    fn dsr_3_the_last_day_counts_to_its_end() {
        for (received, end) in
            [("2026-03-05T09:00:00Z", "2026-04-07T22:00:00Z"), ("2026-11-25T09:00:00Z", "2026-12-28T23:00:00Z")]
        {
            let deadline = Deadline::of_answer(at(received));
            assert_eq!(deadline.ends_at(), at(end));
            assert!(!deadline.is_over(at(end) - NANOSECOND));
            assert!(deadline.is_over(at(end)));
        }
    }

    #[test]
    fn dsr_2_what_the_operator_received_is_passed_on_within_two_working_days() {
        for (received, due) in [
            ("2026-11-24", "2026-11-26"), // a Tuesday
            ("2026-11-26", "2026-11-30"), // a Thursday, with a weekend between
            ("2026-11-28", "2026-12-01"), // a Saturday
            ("2026-04-02", "2026-04-07"), // before Easter, whose Monday is free
            ("2026-12-24", "2026-12-29"), // before Christmas on a Friday
            ("2026-05-12", "2026-05-15"), // Ascension on the Thursday
        ] {
            for moment in ends(received) {
                assert_eq!(Deadline::of_passing_on(moment).day(), day(due), "received at {moment}");
            }
        }
    }

    #[test]
    fn dsr_4_an_extended_answer_is_due_three_months_after_receipt_or_on_the_next_working_day() {
        for (received, due) in [
            ("2026-01-31", "2026-04-30"),
            ("2026-10-01", "2027-01-04"), // New Year on a Friday
            ("2026-11-30", "2027-03-01"), // no 30 February, and the 28th is a Sunday
        ] {
            for moment in ends(received) {
                assert_eq!(Deadline::of_extended_answer(moment).day(), day(due), "received at {moment}");
            }
        }
    }

    #[test]
    fn at_the_ends_of_all_time_there_are_deadlines_still() {
        assert_eq!(Deadline::of_extended_answer(Timestamp::MAX).ends_at(), Timestamp::MAX);
        assert!(Deadline::of_answer(Timestamp::MIN).is_over(Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn a_month_begins_at_midnight_in_paris() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (now, month) in [
            ("2026-11-23T12:00:00Z", "2026-10-31T23:00:00Z"),
            ("2026-11-30T22:59:59Z", "2026-10-31T23:00:00Z"),
            ("2026-11-30T23:00:00Z", "2026-11-30T23:00:00Z"),
            // Summer there when it began, and winter by now.
            ("2026-10-31T12:00:00Z", "2026-09-30T22:00:00Z"),
            ("2026-06-30T22:00:00Z", "2026-06-30T22:00:00Z"),
        ] {
            assert_eq!(paris_month(at(now)), at(month), "{now}");
        }
    }

    proptest! {
        #[test]
        fn dsr_3_a_deadline_is_a_working_day_a_month_away_or_few_days_more(second in 0_i64..4_000_000_000) {
            let received_at = Timestamp::from_second(second).unwrap();
            let due = Deadline::of_answer(received_at).day();
            let in_a_month = paris_day(received_at).checked_add(1.month()).unwrap();
            prop_assert!(is_working_day(due));
            prop_assert!(in_a_month <= due);
            let between = in_a_month.series(1.day()).take_while(|day| *day < due);
            prop_assert!(between.clone().all(|day| !is_working_day(day)), "{} would have done", in_a_month);
            prop_assert!(between.count() <= 4);
        }

        #[test]
        fn dsr_3_whoever_asks_later_is_never_answered_earlier(
            second in 0_i64..4_000_000_000,
            wait in 0_i64..50_000_000,
        ) {
            let earlier = Timestamp::from_second(second).unwrap();
            let later = earlier + SignedDuration::from_secs(wait);
            prop_assert!(Deadline::of_answer(earlier) <= Deadline::of_answer(later));
            prop_assert!(Deadline::of_extended_answer(earlier) <= Deadline::of_extended_answer(later));
            prop_assert!(Deadline::of_answer(earlier) < Deadline::of_extended_answer(earlier));
        }

        #[test]
        fn dsr_3_a_deadline_ends_with_its_day_in_paris(second in 0_i64..4_000_000_000) {
            let deadline = Deadline::of_answer(Timestamp::from_second(second).unwrap());
            prop_assert_eq!(paris_day(deadline.ends_at() - NANOSECOND), deadline.day());
            prop_assert_eq!(paris_day(deadline.ends_at()), deadline.day().tomorrow().unwrap());
        }
    }
}
