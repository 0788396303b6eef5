//! Conditions on the properties that an organization made for itself.

use jiff::{Timestamp, ToSpan, civil::Date};

use super::{Operator, Viewpoint};
use crate::{
    id::PropertyId,
    property::{Number, Property, PropertyKind, PropertyValue},
    text::Name,
};

/// What must be true of a property. One that nothing is known of makes only [`Self::IsEmpty`] true.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum PropertyTest {
    /// Its text is this, in lower case.
    Is(String),
    /// Its text begins so, in lower case.
    BeginsWith(String),
    /// Its number compares so.
    Number(Comparison, Number),
    /// Its day lies so.
    Day(DayTest),
    /// One of these was chosen.
    OneOf(Vec<Name>),
    /// At least one of these is among what was chosen.
    HasAny(Vec<Name>),
    /// It is a yes, or a no.
    Checked(bool),
    /// Nothing is known of it.
    IsEmpty,
}

/// How a number compares with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// It is the same.
    Equal,
    /// It is more.
    More,
    /// It is as much or more.
    AtLeast,
    /// It is less.
    Less,
    /// It is as much or less.
    AtMost,
}

/// Where a day lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DayTest {
    /// Before that day.
    Before(Date),
    /// On that day or later.
    Since(Date),
    /// Today, or in the so many days before.
    WithinDays(u16),
    /// More than so many days ago.
    OlderThanDays(u16),
    /// Today, or in the so many days to come.
    NextDays(u16),
}

impl PropertyTest {
    /// Whether it holds for what is known.
    pub(crate) fn holds(&self, known: Option<&PropertyValue>, from: &Viewpoint) -> bool {
        match (self, known) {
            (Self::IsEmpty, known) => known.is_none(),
            (Self::Is(wanted), Some(PropertyValue::Text(text))) => text.to_lowercase() == *wanted,
            (Self::BeginsWith(wanted), Some(PropertyValue::Text(text))) => text.to_lowercase().starts_with(&**wanted),
            (Self::Number(how, wanted), Some(PropertyValue::Number(number))) => how.holds(number.get(), wanted.get()),
            (Self::Day(lies), Some(PropertyValue::Text(day))) => {
                // Days are kept as they are written, and stand in their order as texts do.
                let (first, end) = lies.span(from);
                first.is_none_or(|first| **day >= *first.to_string()) && end.is_none_or(|end| **day < *end.to_string())
            }
            (Self::OneOf(wanted), Some(PropertyValue::Text(text))) => wanted.iter().any(|one| **one == **text),
            (Self::HasAny(wanted), Some(PropertyValue::Several(chosen))) => {
                wanted.iter().any(|one| chosen.contains(one))
            }
            (Self::Checked(wanted), Some(PropertyValue::Checked(yes))) => yes == wanted,
            _ => false,
        }
    }

    /// When it next becomes true or false by itself of what is known, because days go by; never for most.
    pub(crate) fn turns_at(&self, known: Option<&PropertyValue>, from: &Viewpoint) -> Option<Timestamp> {
        let (Self::Day(lies), Some(PropertyValue::Text(day))) = (self, known) else { return None };
        lies.turns_at(str::parse(day).ok()?, from)
    }

    /// Whether it is about a property that is out of use or of another kind, where an organization has these.
    pub(crate) fn is_gone(&self, id: PropertyId, own: &[Property]) -> bool {
        let property = own.iter().find(|property| property.id == id && !property.is_archived);
        property.is_none_or(|property| !self.fits(&property.kind))
    }

    /// Whether a property of that kind is compared so.
    pub fn fits(&self, kind: &PropertyKind) -> bool {
        match self {
            Self::Is(_) | Self::BeginsWith(_) => {
                matches!(kind, PropertyKind::Text | PropertyKind::LongText | PropertyKind::Url)
            }
            Self::Number(..) => matches!(kind, PropertyKind::Number),
            Self::Day(_) => matches!(kind, PropertyKind::Date),
            Self::OneOf(_) => matches!(kind, PropertyKind::Choice(_)),
            Self::HasAny(_) => matches!(kind, PropertyKind::MultipleChoice(_)),
            Self::Checked(_) => matches!(kind, PropertyKind::Checkbox),
            Self::IsEmpty => true,
        }
    }
}

impl Comparison {
    fn holds(self, number: f64, wanted: f64) -> bool {
        match self {
            Self::Equal => number.total_cmp(&wanted).is_eq(),
            Self::More => number > wanted,
            Self::AtLeast => number >= wanted,
            Self::Less => number < wanted,
            Self::AtMost => number <= wanted,
        }
    }

    /// The operator of that meaning.
    pub const fn operator(self) -> Operator {
        match self {
            Self::Equal => Operator::Is,
            Self::More => Operator::MoreThan,
            Self::AtLeast => Operator::AtLeast,
            Self::Less => Operator::LessThan,
            Self::AtMost => Operator::AtMost,
        }
    }
}

impl DayTest {
    /// The first day it is true of, and the first after them; none where there is no end.
    pub fn span(self, from: &Viewpoint) -> (Option<Date>, Option<Date>) {
        let today = from.zone.to_datetime(from.now).date();
        let beside = |days: i32| today.saturating_add(days.days());
        match self {
            Self::Before(day) => (None, Some(day)),
            Self::Since(day) => (Some(day), None),
            Self::WithinDays(days) => (Some(beside(-i32::from(days))), Some(beside(1))),
            Self::OlderThanDays(days) => (None, Some(beside(-i32::from(days)))),
            Self::NextDays(days) => (Some(today), Some(beside(i32::from(days) + 1))),
        }
    }

    /// When it next becomes true or false of that day by itself; never for what is compared with a fixed day.
    fn turns_at(self, day: Date, from: &Viewpoint) -> Option<Timestamp> {
        let beside = |days: i32| from.begin_of(day.saturating_add(days.days()));
        let turns = match self {
            Self::Before(_) | Self::Since(_) => return None,
            Self::WithinDays(days) => [beside(0), beside(i32::from(days) + 1)],
            Self::OlderThanDays(days) => [beside(i32::from(days) + 1); 2],
            Self::NextDays(days) => [beside(-i32::from(days)), beside(1)],
        };
        turns.into_iter().filter(|at| *at > from.now).min()
    }
}

impl Operator {
    /// How a property of that kind can be compared.
    pub const fn of_kind(kind: &PropertyKind) -> &'static [Self] {
        match kind {
            PropertyKind::Text | PropertyKind::LongText | PropertyKind::Url => {
                &[Self::Is, Self::BeginsWith, Self::IsEmpty]
            }
            PropertyKind::Number => {
                &[Self::AtLeast, Self::AtMost, Self::MoreThan, Self::LessThan, Self::Is, Self::IsEmpty]
            }
            PropertyKind::Date => {
                &[Self::WithinDays, Self::NextDays, Self::OlderThanDays, Self::Since, Self::Before, Self::IsEmpty]
            }
            PropertyKind::MultipleChoice(_) => &[Self::HasAny, Self::IsEmpty],
            PropertyKind::Choice(_) | PropertyKind::Checkbox => &[Self::Is, Self::IsEmpty],
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, tz::TimeZone};

    use super::*;

    fn kinds() -> Vec<PropertyKind> {
        let choices = || vec!["Small".parse::<Name>().unwrap()];
        PropertyKind::CODES.iter().map(|code| PropertyKind::of(code, choices()).unwrap()).collect()
    }

    fn from() -> Viewpoint {
        // A minute after midnight in Paris.
        let now = "2026-11-24T23:01:00Z".parse().unwrap();
        Viewpoint::of(now, TimeZone::get("Europe/Paris").unwrap(), None, [])
    }

    #[test]
    fn a_day_is_compared_with_today_where_the_member_is() {
        let cases = [
            ("2026-11-25", [true, true, false]),
            ("2026-11-26", [false, true, false]),
            ("2026-11-28", [false, false, false]),
            ("2026-11-23", [true, false, false]),
            ("2026-11-22", [false, false, true]),
        ];
        for (day, expected) in cases {
            let known = PropertyKind::Date.read(&[day]).unwrap();
            let tests = [DayTest::WithinDays(2), DayTest::NextDays(2), DayTest::OlderThanDays(2)];
            let held = tests.map(|test| PropertyTest::Day(test).holds(known.as_ref(), &from()));
            assert_eq!(held, expected, "{day}");
        }
    }

    #[test]
    fn a_day_turns_at_the_midnight_that_makes_it_true_or_false() {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        for test in [DayTest::WithinDays(2), DayTest::OlderThanDays(2), DayTest::NextDays(2)] {
            let test = PropertyTest::Day(test);
            for day in ["2026-11-20", "2026-11-23", "2026-11-25", "2026-11-27", "2026-12-03"] {
                let known = PropertyKind::Date.read(&[day]).unwrap();
                let mut from = from();
                // Whatever is true now stays so until the moment it names, and is false then, or the other way round.
                while let Some(turn) = test.turns_at(known.as_ref(), &from) {
                    let before = Viewpoint::of(turn - SignedDuration::from_secs(1), zone.clone(), None, []);
                    let now = Viewpoint::of(turn, zone.clone(), None, []);
                    let held = [&from, &before, &now].map(|from| test.holds(known.as_ref(), from));
                    assert!(held[0] == held[1] && held[1] != held[2], "{test:?} {day} {turn}");
                    from = now;
                }
                let ever = Viewpoint::of(from.now + SignedDuration::from_hours(24 * 9_999), zone.clone(), None, []);
                assert_eq!(test.holds(known.as_ref(), &from), test.holds(known.as_ref(), &ever), "{test:?} {day}");
            }
        }
        let fixed = PropertyTest::Day(DayTest::Since(jiff::civil::date(2026, 12, 1)));
        assert_eq!(fixed.turns_at(PropertyKind::Date.read(&["2026-12-03"]).unwrap().as_ref(), &from()), None);
    }

    #[test]
    fn a_test_fits_the_kinds_of_which_it_can_be_true() {
        let number = Number::read("5").unwrap();
        let small = || vec!["Small".parse::<Name>().unwrap()];
        let tests = [
            PropertyTest::Is("small".into()),
            PropertyTest::BeginsWith("sm".into()),
            PropertyTest::Number(Comparison::AtMost, number),
            PropertyTest::Day(DayTest::Since(jiff::civil::date(2026, 1, 1))),
            PropertyTest::OneOf(small()),
            PropertyTest::HasAny(small()),
            PropertyTest::Checked(true),
        ];
        for kind in kinds() {
            assert!(PropertyTest::IsEmpty.fits(&kind) && PropertyTest::IsEmpty.holds(None, &from()));
            let written = match kind {
                PropertyKind::Number => "5",
                PropertyKind::Date => "2026-11-26",
                PropertyKind::Checkbox => "yes",
                PropertyKind::Url => "https://example.com",
                _ => "Small",
            };
            let known = kind.read(&[written]).unwrap();
            assert!(tests.iter().any(|test| test.fits(&kind)), "{kind:?}");
            for test in &tests {
                assert!(!test.holds(None, &from()), "{test:?}");
                // Texts, choices, days and addresses are all kept as texts: only their kinds tell them apart.
                let is_text = matches!(known, Some(PropertyValue::Text(_)));
                assert!(is_text || test.holds(known.as_ref(), &from()) == test.fits(&kind), "{kind:?} {test:?}");
            }
        }
    }
}
