use std::fmt;

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, MapAccess, Visitor},
};

use super::{Condition, FilterFault, LeadFilter, MOST_DEPTH, Node, Operator, Subject};
use crate::property::Number;

/// A filter that cannot be: what is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// The place in the tree, such as `any[1].not`; empty for the whole.
    pub place: String,
    /// What is wrong there.
    pub fault: FilterFault,
}

impl FilterError {
    pub(super) fn new(place: &str, fault: FilterFault) -> Self {
        Self { place: place.to_owned(), fault }
    }
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.place.is_empty() { "the filter" } else { &self.place };
        write!(f, "{}: {place}", self.fault.code())
    }
}

impl std::error::Error for FilterError {}

/// A value as it is written.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum WrittenValue {
    /// A number of days, or another small whole number.
    Number(u16),
    /// Any other number.
    Decimal(Number),
    /// Yes or no.
    Checked(bool),
    /// A text, a day, an id.
    Text(String),
    /// Several.
    Texts(Vec<String>),
}

/// Values hide themselves: they may be somebody's name.
impl fmt::Debug for WrittenValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WrittenValue([redacted])")
    }
}

/// A filter as addresses, views and the API write it: a group (`all`, `any` or `not`) or a condition (`field`, `op` and
/// mostly a `value`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WrittenFilter {
    /// All of these hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub all: Option<Vec<Self>>,
    /// One of these holds at least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub any: Option<Vec<Self>>,
    /// This does not hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not: Option<Box<Self>>,
    /// What the condition is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// How it is compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op: Option<String>,
    /// What it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<WrittenValue>,
}

/// Read from an object alone: what is derived would take a list of values for one, too.
impl<'de> Deserialize<'de> for WrittenFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Parts)
    }
}

struct Parts;

impl<'de> Visitor<'de> for Parts {
    type Value = WrittenFilter;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a group or a condition")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<WrittenFilter, A::Error> {
        let mut read = WrittenFilter::default();
        let mut seen: Vec<String> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if seen.contains(&name) {
                return Err(A::Error::custom("a part stands twice"));
            }
            match &*name {
                "all" => read.all = map.next_value()?,
                "any" => read.any = map.next_value()?,
                "not" => read.not = map.next_value()?,
                "field" => read.field = map.next_value()?,
                "op" => read.op = map.next_value()?,
                "value" => read.value = map.next_value()?,
                _ => return Err(A::Error::custom("there is no such part")),
            }
            seen.push(name);
        }
        Ok(read)
    }
}

impl WrittenFilter {
    fn node(self, place: &str, depth: usize) -> Result<Node, FilterError> {
        if depth > MOST_DEPTH {
            return Err(FilterError::new(place, FilterFault::TooDeep));
        }
        let dotted = |name: &str| if place.is_empty() { name.to_owned() } else { format!("{place}.{name}") };
        let parts = |name: &str, parts: Vec<Self>| {
            let parts = parts.into_iter().enumerate();
            parts.map(|(at, part)| part.node(&format!("{}[{at}]", dotted(name)), depth + 1)).collect::<Result<_, _>>()
        };
        match self {
            Self { all: Some(all), any: None, not: None, field: None, op: None, value: None } => {
                Ok(Node::All(parts("all", all)?))
            }
            Self { all: None, any: Some(any), not: None, field: None, op: None, value: None } => {
                Ok(Node::Any(parts("any", any)?))
            }
            Self { all: None, any: None, not: Some(not), field: None, op: None, value: None } => {
                Ok(Node::Not(Box::new(not.node(&dotted("not"), depth + 1)?)))
            }
            Self { all: None, any: None, not: None, field: Some(field), op: Some(op), value } => {
                let fault = |fault| FilterError::new(place, fault);
                let subject = Subject::of_code(&field).ok_or_else(|| fault(FilterFault::Field))?;
                let operator = Operator::of_code(&op).ok_or_else(|| fault(FilterFault::Operator))?;
                Condition::read(subject, operator, value).map(Node::Is).map_err(fault)
            }
            _ => Err(FilterError::new(place, FilterFault::Shape)),
        }
    }
}

impl TryFrom<WrittenFilter> for LeadFilter {
    type Error = FilterError;

    fn try_from(written: WrittenFilter) -> Result<Self, FilterError> {
        if written == WrittenFilter::default() {
            return Ok(Self::default());
        }
        match written.node("", 0)? {
            Node::All(parts) => Self::of(parts),
            other => Self::of(vec![other]),
        }
    }
}

impl From<&Node> for WrittenFilter {
    fn from(node: &Node) -> Self {
        let parts = |parts: &[Node]| Some(parts.iter().map(Self::from).collect());
        match node {
            Node::All(all) => Self { all: parts(all), ..Self::default() },
            Node::Any(any) => Self { any: parts(any), ..Self::default() },
            Node::Not(not) => Self { not: Some(Box::new(Self::from(&**not))), ..Self::default() },
            Node::Is(condition) => {
                let (op, value) = condition.written();
                let (field, op) = (Some(condition.subject().to_string()), Some(op.code().to_owned()));
                Self { field, op, value, ..Self::default() }
            }
        }
    }
}

impl From<&LeadFilter> for WrittenFilter {
    fn from(filter: &LeadFilter) -> Self {
        Self { all: Some(filter.parts().iter().map(Self::from).collect()), ..Self::default() }
    }
}

impl Serialize for LeadFilter {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WrittenFilter::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for LeadFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_from(WrittenFilter::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        id::PropertyId,
        lead_filter::{
            Comparison, DayTest, MOST_DAYS, PropertyTest, TagTest, TextField, TextTest, TimeField, TimeTest,
        },
        text::Name,
    };

    fn read(text: &str) -> Result<LeadFilter, String> {
        let written: WrittenFilter = serde_json::from_str(text).map_err(|_| "unreadable".to_owned())?;
        LeadFilter::try_from(written).map_err(|error| error.to_string())
    }

    #[test]
    fn a_filter_is_read_and_written_in_one_way() {
        let text = r#"{"all":[{"field":"stale","op":"is","value":true},{"field":"name","op":"begins_with","value":"an"},{"any":[{"field":"owner","op":"is","value":["me","nobody"]},{"not":{"field":"created","op":"within_days","value":7}}]},{"field":"email","op":"is_empty"},{"field":"last_submission","op":"before","value":"2026-11-01"}]}"#;
        let filter = read(text).unwrap();
        assert_eq!(serde_json::to_string(&filter).unwrap(), text);
        assert_eq!(filter.conditions().len(), 6);
        for (other, same) in [
            (r#"{"field":"email","op":"is_empty"}"#, r#"{"all":[{"field":"email","op":"is_empty"}]}"#),
            ("{}", r#"{"all":[]}"#),
            (r#"{"any":[]}"#, r#"{"all":[{"any":[]}]}"#),
        ] {
            assert_eq!(serde_json::to_string(&read(other).unwrap()).unwrap(), same);
        }
    }

    #[test]
    fn what_is_wrong_with_a_filter_is_told_with_its_place() {
        let cases = [
            (r#"{"all":[],"any":[]}"#, "filter-shape: the filter"),
            (r#"{"any":[{}]}"#, "filter-shape: any[0]"),
            (r#"{"field":"stage"}"#, "filter-shape: the filter"),
            (r#"{"not":{"field":"shoe_size","op":"is","value":["43"]}}"#, "filter-field: not"),
            (r#"{"all":[{"any":[{"field":"stage","op":"before","value":["x"]}]}]}"#, "filter-operator: all[0].any[0]"),
            (r#"{"field":"stage","op":"is","value":["x"]}"#, "filter-value: the filter"),
            (r#"{"field":"stage","op":"is","value":[]}"#, "filter-value: the filter"),
            (r#"{"field":"stage_kind","op":"is","value":"won"}"#, "filter-value: the filter"),
            (r#"{"field":"name","op":"is","value":" "}"#, "filter-value: the filter"),
            (r#"{"field":"name","op":"is","value":"a\u0000"}"#, "filter-value: the filter"),
            (r#"{"field":"phone","op":"is","value":"call me"}"#, "filter-value: the filter"),
            (r#"{"field":"created","op":"within_days","value":0}"#, "filter-value: the filter"),
            (r#"{"field":"created","op":"since","value":"2026-02-30"}"#, "filter-value: the filter"),
            (r#"{"field":"created","op":"since","value":"-009999-01-01"}"#, "filter-value: the filter"),
            (r#"{"field":"email","op":"is_empty","value":"x"}"#, "filter-value: the filter"),
            (r#"{"all":[],"colour":1}"#, "unreadable"),
            (r#"{"field":"created","op":"within_days","value":-3}"#, "filter-value: the filter"),
            (r#"{"field":"created","op":"within_days","value":{}}"#, "unreadable"),
            (r#"{"field":"tags","op":"is","value":["x"]}"#, "filter-operator: the filter"),
            (r#"{"field":"stale","op":"is","value":"true"}"#, "filter-value: the filter"),
            (r#"{"field":"stale","op":"is","value":[true]}"#, "unreadable"),
            (r#"{"field":"stale","op":"is_empty"}"#, "filter-operator: the filter"),
            (r#"{"field":"tags","op":"has_any","value":[" "]}"#, "filter-value: the filter"),
            (r#"{"field":"property:x","op":"is_empty"}"#, "filter-field: the filter"),
            (
                r#"{"field":"property:00000000-0000-0000-0000-00000000000A","op":"is_empty"}"#,
                "filter-field: the filter",
            ),
            (
                r#"{"field":"property:00000000-0000-0000-0000-000000000001","op":"at_least","value":"5"}"#,
                "filter-value: the filter",
            ),
            (
                r#"{"field":"property:00000000-0000-0000-0000-000000000001","op":"has_any","value":true}"#,
                "filter-value: the filter",
            ),
            (
                r#"{"field":"property:00000000-0000-0000-0000-000000000001","op":"next_days","value":4000}"#,
                "filter-value: the filter",
            ),
            (r#"{"all":[],"all":[]}"#, "unreadable"),
            ("[]", "unreadable"),
        ];
        for (text, told) in cases {
            assert_eq!(read(text), Err(told.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_tree_that_is_too_deep_or_too_large_is_refused_however_deep_it_is() {
        let deep = |n: usize| format!("{}{{\"any\":[]}}{}", "{\"not\":".repeat(n), "}".repeat(n));
        assert!(read(&deep(3)).is_ok());
        for n in [4, 20, 100] {
            assert!(read(&deep(n)).unwrap_err().starts_with("filter-too-deep"), "{n}");
        }
        assert_eq!(read(&deep(5_000)), Err("unreadable".to_owned()));
        let wide = vec![r#"{"field":"email","op":"is_empty"}"#; 60].join(",");
        assert_eq!(read(&format!("{{\"any\":[{wide}]}}")), Err("filter-too-many: the filter".to_owned()));
    }

    #[test]
    fn text_that_looks_like_a_pattern_is_text() {
        let filter = read(r#"{"field":"name","op":"begins_with","value":"^(a+)+$%_\\"}"#).unwrap();
        let [Node::Is(Condition::Text(TextField::Name, TextTest::BeginsWith(text)))] = filter.parts() else {
            unreachable!("{filter:?}")
        };
        assert_eq!(text, r"^(a+)+$%_\");
    }

    proptest! {
        #[test]
        fn whatever_is_read_is_written_so_that_it_is_read_again(
            days in 1..=MOST_DAYS, text in "[^\\p{C}\\s]{1,20}", year in 1970_i16..2200, field in 0..3_usize,
            number in any::<f64>().prop_filter_map("a number", |number| Number::try_from(number).ok()), yes in any::<bool>(),
        ) {
            let day = jiff::civil::date(year, 3, 1);
            let name = |test| Condition::Text(TextField::Name, test);
            let time = |test| Condition::Time(TimeField::ALL[field], test);
            let own = |test| Condition::Property(PropertyId(uuid::Uuid::from_u128(u128::from(days))), test);
            let (whole, choice) = (Number::try_from(f64::from(days)).unwrap(), Name::parse(&text).unwrap());
            let parts = [
                name(TextTest::Is(text.to_lowercase())), name(TextTest::BeginsWith(text.to_lowercase())),
                time(TimeTest::Before(day)), time(TimeTest::Since(day)),
                time(TimeTest::WithinDays(days)), time(TimeTest::OlderThanDays(days)),
                own(PropertyTest::Is(text.to_lowercase())), own(PropertyTest::BeginsWith(text.to_lowercase())),
                own(PropertyTest::IsEmpty), own(PropertyTest::Checked(yes)),
                own(PropertyTest::Number(Comparison::Equal, number)),
                own(PropertyTest::Number(Comparison::More, number)),
                own(PropertyTest::Number(Comparison::AtLeast, number)),
                own(PropertyTest::Number(Comparison::Less, whole)),
                own(PropertyTest::Number(Comparison::AtMost, whole)),
                own(PropertyTest::Day(DayTest::Before(day))), own(PropertyTest::Day(DayTest::Since(day))),
                own(PropertyTest::Day(DayTest::WithinDays(days))), own(PropertyTest::Day(DayTest::NextDays(days))),
                own(PropertyTest::Day(DayTest::OlderThanDays(days))),
                own(PropertyTest::OneOf(vec![choice.clone()])), own(PropertyTest::HasAny(vec![choice])),
                Condition::Tags(TagTest::HasAny(vec![text.to_lowercase().chars().take(10).collect()])),
                Condition::Tags(TagTest::IsEmpty), Condition::Stale(yes),
            ];
            let filter = LeadFilter::of(parts.map(Node::Is).to_vec()).unwrap();
            let written = serde_json::to_string(&filter).unwrap();
            prop_assert_eq!(serde_json::from_str::<LeadFilter>(&written).unwrap(), filter);
        }
    }
}
