//! Conditions as they are written: a field, an operator and mostly a value.

use std::str::FromStr;

use jiff::civil::Date;

use super::{
    Comparison, Condition, DayTest, FilterFault, MOST_DAYS, MOST_TEXT, MOST_VALUES, Operator, OwnerIs, PropertyTest,
    Subject, TagTest, TextField, TextTest, TimeTest, WrittenValue, search::number as phone_number,
};
use crate::{
    pipeline::StageKind,
    property::Number,
    text::{Name, Tag},
};

impl Condition {
    /// The condition of these words. Whether a property is of the kind that is compared so, only
    /// [`Condition::is_gone`] tells.
    ///
    /// # Errors
    /// [`FilterFault`] if the field is not compared so, or not with that value.
    pub fn read(subject: Subject, operator: Operator, value: Option<WrittenValue>) -> Result<Self, FilterFault> {
        if Operator::of(subject).contains(&operator) {
            read(subject, operator, value).ok_or(FilterFault::Value)
        } else {
            Err(FilterFault::Operator)
        }
    }

    /// How it compares, and with what.
    pub fn written(&self) -> (Operator, Option<WrittenValue>) {
        match self {
            Self::Stage(ids) => (Operator::Is, Some(texts(ids, ToString::to_string))),
            Self::StageKind(kinds) => (Operator::Is, Some(texts(kinds, |kind| kind.code().to_owned()))),
            Self::Pipeline(ids) => (Operator::Is, Some(texts(ids, ToString::to_string))),
            Self::Stale(yes) => (Operator::Is, Some(WrittenValue::Checked(*yes))),
            Self::Owner(owners) => (Operator::Is, Some(texts(owners, |owner| owner.written()))),
            Self::Form(forms) => (Operator::Is, Some(texts(forms, |form| form.map_or_else(none, |id| id.to_string())))),
            Self::LegalBasis(bases) => (Operator::Is, Some(texts(bases, |basis| basis.code().to_owned()))),
            Self::Grade(grades) => (Operator::Is, Some(texts(grades, ToString::to_string))),
            Self::Text(_, test) => match test {
                TextTest::Is(said) => (Operator::Is, Some(WrittenValue::Text(said.clone()))),
                TextTest::BeginsWith(said) => (Operator::BeginsWith, Some(WrittenValue::Text(said.clone()))),
                TextTest::IsEmpty => (Operator::IsEmpty, None),
            },
            Self::Time(_, test) => match test {
                TimeTest::Before(day) => (Operator::Before, Some(WrittenValue::Text(day.to_string()))),
                TimeTest::Since(day) => (Operator::Since, Some(WrittenValue::Text(day.to_string()))),
                TimeTest::WithinDays(days) => (Operator::WithinDays, Some(WrittenValue::Number(*days))),
                TimeTest::OlderThanDays(days) => (Operator::OlderThanDays, Some(WrittenValue::Number(*days))),
            },
            Self::Tags(TagTest::HasAny(tags)) => (Operator::HasAny, Some(WrittenValue::Texts(tags.clone()))),
            Self::Tags(TagTest::IsEmpty) => (Operator::IsEmpty, None),
            Self::Property(_, test) => test.written(),
        }
    }
}

impl PropertyTest {
    /// The test of these words. What it is compared with tells the kind it is made for; whether a property is of that kind
    /// is asked where properties are known.
    ///
    /// # Errors
    /// [`FilterFault::Value`] if nothing is compared so with that value.
    pub fn read(operator: Operator, value: Option<WrittenValue>) -> Result<Self, FilterFault> {
        property_test(operator, value).ok_or(FilterFault::Value)
    }

    /// How it compares, and with what.
    pub fn written(&self) -> (Operator, Option<WrittenValue>) {
        let text = |text: &str| Some(WrittenValue::Text(text.to_owned()));
        match self {
            Self::Is(said) => (Operator::Is, text(said)),
            Self::BeginsWith(said) => (Operator::BeginsWith, text(said)),
            Self::Number(how, number) => (how.operator(), Some(number_written(*number))),
            Self::Day(DayTest::Before(day)) => (Operator::Before, text(&day.to_string())),
            Self::Day(DayTest::Since(day)) => (Operator::Since, text(&day.to_string())),
            Self::Day(DayTest::WithinDays(days)) => (Operator::WithinDays, Some(WrittenValue::Number(*days))),
            Self::Day(DayTest::OlderThanDays(days)) => (Operator::OlderThanDays, Some(WrittenValue::Number(*days))),
            Self::Day(DayTest::NextDays(days)) => (Operator::NextDays, Some(WrittenValue::Number(*days))),
            Self::OneOf(chosen) => (Operator::Is, Some(texts(chosen, ToString::to_string))),
            Self::HasAny(chosen) => (Operator::HasAny, Some(texts(chosen, ToString::to_string))),
            Self::Checked(yes) => (Operator::Is, Some(WrittenValue::Checked(*yes))),
            Self::IsEmpty => (Operator::IsEmpty, None),
        }
    }
}

/// Whole numbers are written without a point.
fn number_written(number: Number) -> WrittenValue {
    number.to_string().parse().map_or(WrittenValue::Decimal(number), WrittenValue::Number)
}

const NONE: &str = "none";

fn none() -> String {
    NONE.to_owned()
}

fn texts<T>(values: &[T], written: impl Fn(&T) -> String) -> WrittenValue {
    WrittenValue::Texts(values.iter().map(written).collect())
}

impl OwnerIs {
    /// The owner as it is written: `me`, `nobody` or a user's id.
    pub fn written(self) -> String {
        match self {
            Self::Me => "me".to_owned(),
            Self::Nobody => "nobody".to_owned(),
            Self::Member(user) => user.to_string(),
        }
    }
}

fn owner(text: &str) -> Option<OwnerIs> {
    match text {
        "me" => Some(OwnerIs::Me),
        "nobody" => Some(OwnerIs::Nobody),
        id => id.parse().ok().map(OwnerIs::Member),
    }
}

fn read(subject: Subject, operator: Operator, value: Option<WrittenValue>) -> Option<Condition> {
    match subject {
        Subject::Stage => each(value, parsed).map(Condition::Stage),
        Subject::StageKind => each(value, parsed::<StageKind>).map(Condition::StageKind),
        Subject::Pipeline => each(value, parsed).map(Condition::Pipeline),
        Subject::Stale => match value {
            Some(WrittenValue::Checked(yes)) => Some(Condition::Stale(yes)),
            _ => None,
        },
        Subject::Owner => each(value, owner).map(Condition::Owner),
        Subject::Form => {
            each(value, |text| if text == NONE { Some(None) } else { parsed(text).map(Some) }).map(Condition::Form)
        }
        Subject::LegalBasis => each(value, parsed).map(Condition::LegalBasis),
        Subject::Grade => each(value, parsed).map(Condition::Grade),
        Subject::Text(field) => text_test(field, operator, value).map(|test| Condition::Text(field, test)),
        Subject::Time(field) => time_test(operator, value).map(|test| Condition::Time(field, test)),
        Subject::Tags => match operator {
            Operator::IsEmpty if value.is_none() => Some(Condition::Tags(TagTest::IsEmpty)),
            Operator::HasAny => {
                let tag = |text: &str| Tag::parse(text).ok().map(|tag| tag.to_lowercase());
                each(value, tag).map(|tags| Condition::Tags(TagTest::HasAny(tags)))
            }
            _ => None,
        },
        Subject::Property(id) => property_test(operator, value).map(|test| Condition::Property(id, test)),
    }
}

/// What a property is compared with tells the kind it is of; whether it is of that kind is asked where properties are
/// known.
fn property_test(operator: Operator, value: Option<WrittenValue>) -> Option<PropertyTest> {
    let compared = |how| number(value.as_ref()).map(|number| PropertyTest::Number(how, number));
    match (operator, &value) {
        (Operator::IsEmpty, None) => Some(PropertyTest::IsEmpty),
        (Operator::Is, Some(WrittenValue::Text(said))) => text(said).map(PropertyTest::Is),
        (Operator::BeginsWith, Some(WrittenValue::Text(said))) => text(said).map(PropertyTest::BeginsWith),
        (Operator::Is, Some(WrittenValue::Checked(yes))) => Some(PropertyTest::Checked(*yes)),
        (Operator::Is, Some(WrittenValue::Texts(_))) => {
            each(value, |one| Name::parse(one).ok()).map(PropertyTest::OneOf)
        }
        (Operator::HasAny, _) => each(value, |one| Name::parse(one).ok()).map(PropertyTest::HasAny),
        (Operator::Is, _) => compared(Comparison::Equal),
        (Operator::MoreThan, _) => compared(Comparison::More),
        (Operator::AtLeast, _) => compared(Comparison::AtLeast),
        (Operator::LessThan, _) => compared(Comparison::Less),
        (Operator::AtMost, _) => compared(Comparison::AtMost),
        (Operator::NextDays, _) => days(value.as_ref()).map(DayTest::NextDays).map(PropertyTest::Day),
        _ => time_test(operator, value).map(|test| {
            PropertyTest::Day(match test {
                TimeTest::Before(day) => DayTest::Before(day),
                TimeTest::Since(day) => DayTest::Since(day),
                TimeTest::WithinDays(days) => DayTest::WithinDays(days),
                TimeTest::OlderThanDays(days) => DayTest::OlderThanDays(days),
            })
        }),
    }
}

fn number(value: Option<&WrittenValue>) -> Option<Number> {
    match value? {
        WrittenValue::Number(number) => f64::from(*number).try_into().ok(),
        WrittenValue::Decimal(number) => Some(*number),
        _ => None,
    }
}

fn parsed<T: FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// Several values, each one that can be read, and none twice.
fn each<T: PartialEq>(value: Option<WrittenValue>, parse: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let WrittenValue::Texts(texts) = value? else { return None };
    let mut values: Vec<T> = Vec::with_capacity(texts.len());
    for text in &texts {
        let value = parse(text)?;
        if !values.contains(&value) {
            if values.len() == MOST_VALUES {
                return None;
            }
            values.push(value);
        }
    }
    (!values.is_empty()).then_some(values)
}

fn text_test(field: TextField, operator: Operator, value: Option<WrittenValue>) -> Option<TextTest> {
    let text = match (operator, value) {
        (Operator::IsEmpty, None) => return Some(TextTest::IsEmpty),
        (Operator::Is | Operator::BeginsWith, Some(WrittenValue::Text(text))) => text,
        _ => return None,
    };
    let text = self::text(&text)?;
    let text = if field == TextField::Phone { phone_number(&text)? } else { text };
    Some(if operator == Operator::Is { TextTest::Is(text) } else { TextTest::BeginsWith(text) })
}

/// A text as it is compared, in lower case.
fn text(said: &str) -> Option<String> {
    let text = said.trim().to_lowercase();
    let fits = (1..=MOST_TEXT).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    fits.then_some(text)
}

fn days(value: Option<&WrittenValue>) -> Option<u16> {
    match value {
        Some(WrittenValue::Number(days)) => Some(*days).filter(|days| (1..=MOST_DAYS).contains(days)),
        _ => None,
    }
}

fn time_test(operator: Operator, value: Option<WrittenValue>) -> Option<TimeTest> {
    let day = |value| match value {
        Some(WrittenValue::Text(text)) => day(&text),
        _ => None,
    };
    match operator {
        Operator::Before => day(value).map(TimeTest::Before),
        Operator::Since => day(value).map(TimeTest::Since),
        Operator::WithinDays => days(value.as_ref()).map(TimeTest::WithinDays),
        Operator::OlderThanDays => days(value.as_ref()).map(TimeTest::OlderThanDays),
        _ => None,
    }
}

/// A day as it is written, `2026-11-26`, of the years in which leads are.
fn day(text: &str) -> Option<Date> {
    let day: Date = text.parse().ok()?;
    (text.len() == 10 && (1970..=2200).contains(&day.year())).then_some(day)
}
