//! What a rule of the score asks of a property of the organization's own, as the form of a rule offers and takes it.

use qualify_domain::{
    csv,
    id::PropertyId,
    lead_filter::{Comparison, DayTest, MOST_DAYS, Operator, PropertyTest, WrittenValue},
    property::{CHOICE_MARKS, Number, PropertyKind, read_date},
    score::PropertyFact,
    violation::Rule,
};

/// A way to ask for a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Something is known of it.
    Filled,
    /// Its number is this.
    Equal,
    /// Its number is this or more.
    AtLeast,
    /// Its number is this or less.
    AtMost,
    /// Its number is more.
    MoreThan,
    /// Its number is less.
    LessThan,
    /// Its day is today, or one of the last so many.
    WithinDays,
    /// Its day is today, or one of the next so many.
    NextDays,
    /// Its day is longer ago than so many.
    OlderThanDays,
    /// Its day is this or later.
    Since,
    /// Its day is before this.
    Before,
    /// One of these was chosen.
    OneOf,
    /// One of these is among what was chosen.
    HasAny,
    /// It is a yes.
    Yes,
    /// It is a no.
    No,
}

impl Way {
    /// All there are.
    pub const ALL: [Self; 15] = [
        Self::Filled,
        Self::Equal,
        Self::AtLeast,
        Self::AtMost,
        Self::MoreThan,
        Self::LessThan,
        Self::WithinDays,
        Self::NextDays,
        Self::OlderThanDays,
        Self::Since,
        Self::Before,
        Self::OneOf,
        Self::HasAny,
        Self::Yes,
        Self::No,
    ];

    /// The stable name, in the form and in the catalogue.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Filled => "filled",
            Self::Equal => "equal",
            Self::AtLeast => "at-least",
            Self::AtMost => "at-most",
            Self::MoreThan => "more-than",
            Self::LessThan => "less-than",
            Self::WithinDays => "within-days",
            Self::NextDays => "next-days",
            Self::OlderThanDays => "older-than-days",
            Self::Since => "since",
            Self::Before => "before",
            Self::OneOf => "one-of",
            Self::HasAny => "has-any",
            Self::Yes => "yes",
            Self::No => "no",
        }
    }

    /// The one of that name.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.code() == code)
    }

    /// The ways to ask for a property of that kind, in the order in which they are offered.
    pub const fn of_kind(kind: &PropertyKind) -> &'static [Self] {
        match kind {
            PropertyKind::Text | PropertyKind::LongText | PropertyKind::Url => &[Self::Filled],
            PropertyKind::Number => {
                &[Self::AtLeast, Self::AtMost, Self::MoreThan, Self::LessThan, Self::Equal, Self::Filled]
            }
            PropertyKind::Date => {
                &[Self::WithinDays, Self::NextDays, Self::OlderThanDays, Self::Since, Self::Before, Self::Filled]
            }
            PropertyKind::Choice(_) => &[Self::OneOf, Self::Filled],
            PropertyKind::MultipleChoice(_) => &[Self::HasAny, Self::Filled],
            PropertyKind::Checkbox => &[Self::Yes, Self::No, Self::Filled],
        }
    }

    /// The way in which something is asked.
    pub const fn of(fact: &PropertyFact) -> Self {
        match fact.test() {
            // Texts are never asked for.
            PropertyTest::IsEmpty | PropertyTest::Is(_) | PropertyTest::BeginsWith(_) => Self::Filled,
            PropertyTest::Number(Comparison::Equal, _) => Self::Equal,
            PropertyTest::Number(Comparison::More, _) => Self::MoreThan,
            PropertyTest::Number(Comparison::AtLeast, _) => Self::AtLeast,
            PropertyTest::Number(Comparison::Less, _) => Self::LessThan,
            PropertyTest::Number(Comparison::AtMost, _) => Self::AtMost,
            PropertyTest::Day(DayTest::Before(_)) => Self::Before,
            PropertyTest::Day(DayTest::Since(_)) => Self::Since,
            PropertyTest::Day(DayTest::WithinDays(_)) => Self::WithinDays,
            PropertyTest::Day(DayTest::OlderThanDays(_)) => Self::OlderThanDays,
            PropertyTest::Day(DayTest::NextDays(_)) => Self::NextDays,
            PropertyTest::OneOf(_) => Self::OneOf,
            PropertyTest::HasAny(_) => Self::HasAny,
            PropertyTest::Checked(true) => Self::Yes,
            PropertyTest::Checked(false) => Self::No,
        }
    }

    /// Whether what it is compared with is typed beside it.
    pub const fn is_typed(self) -> bool {
        !matches!(self, Self::Filled | Self::Yes | Self::No)
    }

    /// Whether a condition says it the other way round: what is filled in is not empty.
    pub const fn is_turned(self) -> bool {
        matches!(self, Self::Filled)
    }

    /// What is asked so of a property, with what was typed.
    ///
    /// # Errors
    /// The rule that what was typed breaks.
    pub fn read(self, property: PropertyId, typed: &str) -> Result<PropertyFact, Rule> {
        let typed = typed.trim();
        if self.is_typed() && typed.is_empty() {
            return Err(Rule::Required);
        }
        let value = match self {
            Self::Filled => None,
            Self::Yes => Some(WrittenValue::Checked(true)),
            Self::No => Some(WrittenValue::Checked(false)),
            Self::Equal | Self::AtLeast | Self::AtMost | Self::MoreThan | Self::LessThan => {
                Some(WrittenValue::Decimal(Number::read(typed)?))
            }
            Self::WithinDays | Self::NextDays | Self::OlderThanDays => Some(WrittenValue::Number(days(typed)?)),
            Self::Since | Self::Before => Some(WrittenValue::Text(read_date(typed)?.to_string())),
            Self::OneOf | Self::HasAny => Some(WrittenValue::Texts(csv::split(typed, &CHOICE_MARKS))),
        };
        PropertyFact::read(property, self.operator(), value)
    }

    const fn operator(self) -> Operator {
        match self {
            Self::Filled => Operator::IsEmpty,
            Self::Equal | Self::OneOf | Self::Yes | Self::No => Operator::Is,
            Self::AtLeast => Operator::AtLeast,
            Self::AtMost => Operator::AtMost,
            Self::MoreThan => Operator::MoreThan,
            Self::LessThan => Operator::LessThan,
            Self::WithinDays => Operator::WithinDays,
            Self::NextDays => Operator::NextDays,
            Self::OlderThanDays => Operator::OlderThanDays,
            Self::Since => Operator::Since,
            Self::Before => Operator::Before,
            Self::HasAny => Operator::HasAny,
        }
    }
}

fn days(typed: &str) -> Result<u16, Rule> {
    let digits = typed.bytes().all(|byte| byte.is_ascii_digit());
    let days = typed.parse().ok().filter(|days| digits && (1..=MOST_DAYS).contains(days));
    days.ok_or(Rule::OutOfRange(MOST_DAYS.into()))
}

/// What a property is compared with, as it would be typed.
pub fn typed(fact: &PropertyFact) -> String {
    match fact.test() {
        PropertyTest::Number(_, number) => number.to_string(),
        PropertyTest::Day(DayTest::Before(day) | DayTest::Since(day)) => day.to_string(),
        PropertyTest::Day(DayTest::WithinDays(days) | DayTest::OlderThanDays(days) | DayTest::NextDays(days)) => {
            days.to_string()
        }
        PropertyTest::OneOf(chosen) | PropertyTest::HasAny(chosen) => {
            csv::join(chosen.iter().map(|choice| &**choice), &CHOICE_MARKS)
        }
        PropertyTest::Checked(_) | PropertyTest::IsEmpty | PropertyTest::Is(_) | PropertyTest::BeginsWith(_) => {
            String::new()
        }
    }
}

/// How a way of asking for a property stands in the form.
pub fn written(fact: &PropertyFact) -> String {
    format!("{}={}", fact.about(), Way::of(fact).code())
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn sample(way: Way) -> &'static str {
        match way {
            Way::Since | Way::Before => "26/11/2026",
            Way::OneOf | Way::HasAny => "Small; \"a; b\"",
            Way::Filled | Way::Yes | Way::No => "",
            Way::WithinDays | Way::NextDays | Way::OlderThanDays => "30",
            Way::Equal | Way::AtLeast | Way::AtMost | Way::MoreThan | Way::LessThan => "1 200,5",
        }
    }

    #[test]
    fn whatever_is_asked_in_the_form_is_shown_in_it_as_it_was() {
        let id = PropertyId(Uuid::from_u128(7));
        for way in Way::ALL {
            let fact = way.read(id, sample(way)).unwrap();
            assert_eq!((Way::of(&fact), Way::of_code(way.code())), (way, Some(way)));
            assert_eq!(way.read(id, &typed(&fact)), Ok(fact.clone()), "{way:?}");
            assert_eq!(written(&fact), format!("property:{id}={}", way.code()));
        }
    }

    #[test]
    fn what_cannot_be_compared_is_told_by_its_rule() {
        let id = PropertyId(Uuid::from_u128(7));
        for way in Way::ALL.into_iter().filter(|way| way.is_typed()) {
            assert_eq!(way.read(id, " "), Err(Rule::Required), "{way:?}");
        }
        assert_eq!(Way::AtLeast.read(id, "many"), Err(Rule::NotANumber));
        assert_eq!(Way::Before.read(id, "soon"), Err(Rule::NotADate));
        for days in ["0", "-1", "+1", "3651", "1.5"] {
            assert_eq!(Way::NextDays.read(id, days), Err(Rule::OutOfRange(3_650)), "{days}");
        }
        assert_eq!(Way::OneOf.read(id, ";"), Err(Rule::NotAChoice));
    }
}
