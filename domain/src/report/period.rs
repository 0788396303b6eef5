use std::str::FromStr;

use jiff::{
    Timestamp, ToSpan,
    civil::{Date, Weekday},
    tz::TimeZone,
};

use crate::violation::Rule;

/// Days in a row: from the beginning of the first to the beginning of the one after the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    first: Date,
    end: Date,
}

impl Span {
    /// From a day to a day, both of them in it.
    ///
    /// # Errors
    /// [`Rule::NotLater`] if the last comes before the first; [`Rule::NotADate`] beyond the years 1970 to 2200.
    pub fn between(first: Date, last: Date) -> Result<Self, Rule> {
        let known = |day: Date| (1970..=2200).contains(&day.year());
        match day_after(last) {
            _ if !known(first) || !known(last) => Err(Rule::NotADate),
            end if end <= first => Err(Rule::NotLater),
            end => Ok(Self { first, end }),
        }
    }

    /// The first day.
    pub const fn first(self) -> Date {
        self.first
    }

    /// The last day.
    pub fn last(self) -> Date {
        self.end.yesterday().unwrap_or(self.end).max(self.first)
    }

    /// How many days.
    pub fn days(self) -> i32 {
        days_from(self.first, self.end)
    }

    /// When it begins and when it is over, where clocks go so. What happens at the end is not in it.
    pub fn instants(self, zone: &TimeZone) -> (Timestamp, Timestamp) {
        (midnight(self.first, zone), midnight(self.end, zone))
    }

    /// How far points are apart that show all of it at a glance.
    pub fn grain(self) -> Grain {
        match self.days() {
            ..=31 => Grain::Day,
            32..=190 => Grain::Week,
            191..=1_830 => Grain::Month,
            _ => Grain::Year,
        }
    }

    /// The first days of its steps. The first step may be shorter than the others, and so may the last.
    pub fn steps(self, grain: Grain) -> Vec<Date> {
        let next = |day: &Date| grain.next(*day).filter(|next| *next < self.end);
        std::iter::successors((self.first < self.end).then_some(self.first), next).collect()
    }

    /// When each of its steps begins, and when the last is over.
    pub fn bounds(self, grain: Grain, zone: &TimeZone) -> Vec<Timestamp> {
        self.steps(grain).into_iter().chain([self.end]).map(|day| midnight(day, zone)).collect()
    }

    /// The same days of the year before.
    fn year_before(self) -> Self {
        let first = months_before(self.first, 12);
        Self { first, end: months_before(self.end, 12).max(day_after(first)) }
    }
}

fn midnight(day: Date, zone: &TimeZone) -> Timestamp {
    zone.to_timestamp(day.at(0, 0, 0, 0)).unwrap_or(Timestamp::MAX)
}

fn day_after(day: Date) -> Date {
    day.tomorrow().unwrap_or(Date::MAX)
}

fn days_from(first: Date, end: Date) -> i32 {
    first.until(end).map(|span| span.get_days()).unwrap_or_default()
}

fn days_before(day: Date, days: i32) -> Date {
    day.checked_sub(days.days()).unwrap_or(Date::MIN)
}

fn months_before(day: Date, months: i32) -> Date {
    day.checked_sub(months.months()).unwrap_or(Date::MIN)
}

/// How far the points of a series are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grain {
    /// A day.
    Day,
    /// From a Monday to the next.
    Week,
    /// From the first of a month to the next.
    Month,
    /// From a New Year's Day to the next.
    Year,
}

impl Grain {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// Where the step after the one begins in which a day lies.
    fn next(self, day: Date) -> Option<Date> {
        match self {
            Self::Day => day.tomorrow().ok(),
            Self::Week => day.nth_weekday(1, Weekday::Monday).ok(),
            Self::Month => day.first_of_month().checked_add(1.month()).ok(),
            Self::Year => day.first_of_year().checked_add(1.year()).ok(),
        }
    }
}

/// A part of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Month,
    Quarter,
    Year,
}

impl Unit {
    const fn months(self) -> i32 {
        match self {
            Self::Month => 1,
            Self::Quarter => 3,
            Self::Year => 12,
        }
    }

    /// The first day of the one in which a day lies.
    fn begin(self, day: Date) -> Date {
        let beyond = match self {
            Self::Month => 0,
            Self::Quarter => (i32::from(day.month()) - 1) % 3,
            Self::Year => i32::from(day.month()) - 1,
        };
        months_before(day.first_of_month(), beyond)
    }
}

/// A period that has a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UsualPeriod {
    /// Today and the six days before.
    Last7Days,
    /// Today and the 29 days before.
    #[default]
    Last30Days,
    /// Today and the 89 days before.
    Last90Days,
    /// Today and the 364 days before.
    Last365Days,
    /// The month until today.
    ThisMonth,
    /// The month before.
    LastMonth,
    /// The quarter until today.
    ThisQuarter,
    /// The quarter before.
    LastQuarter,
    /// The year until today.
    ThisYear,
    /// The year before.
    LastYear,
}

/// What a named period is made of.
enum Shape {
    Days(i32),
    This(Unit),
    Last(Unit),
}

impl UsualPeriod {
    /// Each, in the order in which they are offered.
    pub const ALL: [Self; 10] = [
        Self::Last7Days,
        Self::Last30Days,
        Self::Last90Days,
        Self::Last365Days,
        Self::ThisMonth,
        Self::LastMonth,
        Self::ThisQuarter,
        Self::LastQuarter,
        Self::ThisYear,
        Self::LastYear,
    ];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Last7Days => "last_7_days",
            Self::Last30Days => "last_30_days",
            Self::Last90Days => "last_90_days",
            Self::Last365Days => "last_365_days",
            Self::ThisMonth => "this_month",
            Self::LastMonth => "last_month",
            Self::ThisQuarter => "this_quarter",
            Self::LastQuarter => "last_quarter",
            Self::ThisYear => "this_year",
            Self::LastYear => "last_year",
        }
    }

    const fn shape(self) -> Shape {
        match self {
            Self::Last7Days => Shape::Days(7),
            Self::Last30Days => Shape::Days(30),
            Self::Last90Days => Shape::Days(90),
            Self::Last365Days => Shape::Days(365),
            Self::ThisMonth => Shape::This(Unit::Month),
            Self::LastMonth => Shape::Last(Unit::Month),
            Self::ThisQuarter => Shape::This(Unit::Quarter),
            Self::LastQuarter => Shape::Last(Unit::Quarter),
            Self::ThisYear => Shape::This(Unit::Year),
            Self::LastYear => Shape::Last(Unit::Year),
        }
    }
}

impl FromStr for UsualPeriod {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|period| period.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// The days of which a report tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Period {
    /// By a name, seen from today.
    Usual(UsualPeriod),
    /// From a day to a day.
    Between(Span),
}

impl Default for Period {
    fn default() -> Self {
        Self::Usual(UsualPeriod::default())
    }
}

impl Period {
    /// Its days, seen from today.
    pub fn span(self, today: Date) -> Span {
        let end = day_after(today);
        match self {
            Self::Between(span) => span,
            Self::Usual(usual) => match usual.shape() {
                Shape::Days(days) => Span { first: days_before(end, days), end },
                Shape::This(unit) => Span { first: unit.begin(today), end },
                Shape::Last(unit) => {
                    let end = unit.begin(today);
                    Span { first: months_before(end, unit.months()), end }
                }
            },
        }
    }

    /// The days it is compared with, seen from today.
    pub fn compared(self, comparison: Comparison, today: Date) -> Option<Span> {
        match comparison {
            Comparison::Nothing => None,
            Comparison::Before => Some(self.before(today)),
            Comparison::YearBefore => Some(self.span(today).year_before()),
        }
    }

    /// As many days right before; of a part of the calendar the part before, as far as this one has come.
    fn before(self, today: Date) -> Span {
        let span = self.span(today);
        let shape = if let Self::Usual(usual) = self { usual.shape() } else { Shape::Days(span.days()) };
        match shape {
            Shape::Days(days) => Span { first: days_before(span.first, days), end: span.first },
            Shape::Last(unit) => Span { first: months_before(span.first, unit.months()), end: span.first },
            Shape::This(unit) => {
                let first = months_before(span.first, unit.months());
                let end = first.checked_add(span.days().days()).unwrap_or(span.first);
                Span { first, end: end.min(span.first) }
            }
        }
    }
}

/// With what a period is compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Comparison {
    /// With nothing.
    Nothing,
    /// With the period before.
    #[default]
    Before,
    /// With the same days of the year before.
    YearBefore,
}

impl Comparison {
    /// Each, in the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::Before, Self::YearBefore, Self::Nothing];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nothing => "none",
            Self::Before => "before",
            Self::YearBefore => "year_before",
        }
    }
}

impl FromStr for Comparison {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|comparison| comparison.code() == code).ok_or(Rule::NotAChoice)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn said(span: Span) -> String {
        format!("{}..{}", span.first(), span.last())
    }

    fn spans(code: &str, today: Date) -> [String; 3] {
        let period = Period::Usual(code.parse().unwrap());
        let before = period.compared(Comparison::Before, today).unwrap();
        let year = period.compared(Comparison::YearBefore, today).unwrap();
        [said(period.span(today)), said(before), said(year)]
    }

    #[test]
    fn named_periods_are_seen_from_today() {
        let today = date(2026, 11, 26);
        let expected = [
            ("last_7_days", ["2026-11-20..2026-11-26", "2026-11-13..2026-11-19", "2025-11-20..2025-11-26"]),
            ("this_month", ["2026-11-01..2026-11-26", "2026-10-01..2026-10-26", "2025-11-01..2025-11-26"]),
            ("last_month", ["2026-10-01..2026-10-31", "2026-09-01..2026-09-30", "2025-10-01..2025-10-31"]),
            ("this_quarter", ["2026-10-01..2026-11-26", "2026-07-01..2026-08-26", "2025-10-01..2025-11-26"]),
            ("last_quarter", ["2026-07-01..2026-09-30", "2026-04-01..2026-06-30", "2025-07-01..2025-09-30"]),
            ("this_year", ["2026-01-01..2026-11-26", "2025-01-01..2025-11-26", "2025-01-01..2025-11-26"]),
            ("last_year", ["2025-01-01..2025-12-31", "2024-01-01..2024-12-31", "2024-01-01..2024-12-31"]),
        ];
        for (code, days) in expected {
            assert_eq!(spans(code, today), days, "{code}");
        }
        assert_eq!(spans("this_month", date(2027, 3, 31))[1], "2027-02-01..2027-02-28", "no day counts twice");
        assert_eq!(spans("last_month", date(2024, 3, 31))[..1], ["2024-02-01..2024-02-29"]);
        let leap = Period::Between(Span::between(date(2024, 2, 28), date(2024, 2, 28)).unwrap());
        assert_eq!(leap.compared(Comparison::YearBefore, date(2024, 6, 1)).map(Span::days), Some(1), "a day stays one");
    }

    #[test]
    fn a_span_has_both_its_days_and_its_comparison_as_many_before() {
        let span = Span::between(date(2026, 2, 10), date(2026, 2, 12)).unwrap();
        assert_eq!(span.days(), 3);
        let before = Period::Between(span).compared(Comparison::Before, date(2026, 11, 26)).unwrap();
        assert_eq!(said(before), "2026-02-07..2026-02-09");
        assert_eq!(Period::Between(span).compared(Comparison::Nothing, date(2026, 11, 26)), None);
        assert_eq!(Span::between(date(2026, 2, 12), date(2026, 2, 10)), Err(Rule::NotLater));
        assert!(Span::between(date(2026, 2, 12), date(2026, 2, 12)).is_ok());
        assert_eq!(Span::between(date(1969, 2, 12), date(2026, 2, 10)), Err(Rule::NotADate));
        assert_eq!(Span::between(date(2026, 2, 12), date(9999, 12, 31)), Err(Rule::NotADate));
    }

    #[test]
    fn days_begin_where_the_clocks_say_so() {
        let paris = TimeZone::get("Europe/Paris").unwrap();
        let day = Span::between(date(2026, 3, 29), date(2026, 3, 29)).unwrap();
        let (from, until) = day.instants(&paris);
        assert_eq!(from.to_string(), "2026-03-28T23:00:00Z");
        assert_eq!(until.to_string(), "2026-03-29T22:00:00Z", "the day on which summer begins has 23 hours");
        assert_eq!(day.bounds(Grain::Day, &paris), [from, until]);
    }

    #[test]
    fn steps_begin_where_weeks_and_months_do() {
        let span = Span::between(date(2026, 11, 5), date(2026, 12, 7)).unwrap();
        let steps = |grain| span.steps(grain).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(span.grain(), Grain::Week);
        let weeks = ["2026-11-05", "2026-11-09", "2026-11-16", "2026-11-23", "2026-11-30", "2026-12-07"];
        assert_eq!(steps(Grain::Week), weeks);
        assert_eq!(steps(Grain::Month), ["2026-11-05", "2026-12-01"]);
        assert_eq!(steps(Grain::Year), ["2026-11-05"]);
        let monday = Span::between(date(2026, 11, 9), date(2026, 11, 16)).unwrap();
        assert_eq!(monday.steps(Grain::Week), [date(2026, 11, 9), date(2026, 11, 16)]);
    }

    fn any_day() -> impl Strategy<Value = Date> {
        (0..60_000_i32).prop_map(|days| date(1990, 1, 1) + days.days())
    }

    proptest! {
        #[test]
        fn steps_cover_every_moment_of_the_span_once(first in any_day(), days in 0..3_000_i32, zone in 0..3_usize) {
            let zone = TimeZone::get(["Europe/Paris", "Pacific/Apia", "America/Sao_Paulo"][zone]).unwrap();
            let Ok(span) = Span::between(first, first + days.days()) else { return Ok(()) };
            let (from, until) = span.instants(&zone);
            let bounds = span.bounds(span.grain(), &zone);
            prop_assert_eq!((bounds.first(), bounds.last()), (Some(&from), Some(&until)));
            prop_assert!(bounds.is_sorted(), "{:?}", bounds);
            prop_assert!((2..=70).contains(&bounds.len()), "{}", bounds.len());
        }

        #[test]
        fn what_is_compared_lies_before_and_is_no_longer(today in any_day(), which in 0..10_usize) {
            let period = Period::Usual(UsualPeriod::ALL[which]);
            let (span, before) = (period.span(today), period.compared(Comparison::Before, today).unwrap());
            prop_assert!(before.last() < span.first());
            prop_assert!(before.days() > 0 && before.days() <= span.days().max(366));
            prop_assert!(span.last() <= today);
            let year = period.compared(Comparison::YearBefore, today).unwrap();
            prop_assert!((year.days() - span.days()).abs() <= 1);
        }
    }
}
