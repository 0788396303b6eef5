//! Properties of an organization's own and conditions on them, made by chance. Each kind of value stands under each
//! property sooner or later: a condition is not true of what is of another kind.

use jiff::{Span, civil::Date};
use proptest::{prelude::*, sample::select};
use qualify_domain::{
    id::PropertyId,
    lead_filter::{Comparison, Condition, DayTest, PropertyTest},
    property::{Number, Properties, PropertyKind, PropertyValue},
    text::{Message, Name},
};
use uuid::Uuid;

use super::generated::LETTERS;

/// What could be taken for a pattern, for JSON or for a number.
const CHOICES: [&str; 6] = ["Small", "small", "Large", "%", "[\"Small\"]", "12"];
const NUMBERS: [f64; 9] = [-1e300, -3.5, -1e-7, 0.0, 0.1, 1.0, 12.0, 12.000_000_000_000_002, 1e300];

/// The third is one that is kept of no lead.
fn ids() -> impl Strategy<Value = PropertyId> {
    (1_u128..=3).prop_map(|n| PropertyId(Uuid::from_u128(n)))
}

fn names() -> impl Strategy<Value = Vec<Name>> {
    prop::sample::subsequence(CHOICES.map(|word| word.parse::<Name>().unwrap()).to_vec(), 1..=3)
}

fn days() -> impl Strategy<Value = Date> {
    (-80_i32..80).prop_map(|days| Date::constant(2026, 11, 23).saturating_add(Span::new().days(days)))
}

fn number() -> impl Strategy<Value = Number> {
    prop_oneof![select(&NUMBERS[..]), -20.0..20.0_f64].prop_map(|number| number.try_into().unwrap())
}

fn value() -> impl Strategy<Value = PropertyValue> {
    let text = LETTERS.prop_filter_map("a text", |raw| Message::parse(&raw).ok().map(PropertyValue::Text));
    let long = LETTERS.prop_map(|raw| PropertyValue::Text(Message::parse(&format!("É{raw}\n\tΣ{raw}")).unwrap()));
    let chosen = select(&CHOICES[..]).prop_map(|word| PropertyValue::Text(Message::parse(word).unwrap()));
    let url = "https://[ab]{1,2}\\.com/".prop_map(|url| PropertyKind::Url.read(&[&url]).unwrap().unwrap());
    let day = days().prop_map(|day| PropertyKind::Date.read(&[&day.to_string()]).unwrap().unwrap());
    prop_oneof![
        text,
        long,
        chosen,
        url,
        day,
        number().prop_map(PropertyValue::Number),
        any::<bool>().prop_map(PropertyValue::Checked),
        names().prop_map(|names| PropertyValue::Several(names.into_iter().collect())),
    ]
}

/// What is known of a lead's properties: of one or two, or nothing.
pub fn known() -> impl Strategy<Value = Properties> {
    (prop::option::weighted(0.8, value()), prop::option::weighted(0.8, value())).prop_map(|(one, two)| {
        let mut known = Properties::default();
        known.set(PropertyId(Uuid::from_u128(1)), one);
        known.set(PropertyId(Uuid::from_u128(2)), two);
        known
    })
}

fn tests() -> impl Strategy<Value = PropertyTest> {
    let written = || prop_oneof![LETTERS, "É[aAbB]?", "https://[ab]?", "[sS]mall", "2026-1?"];
    let written = move || written().prop_map(|raw| raw.trim().to_lowercase());
    let how = [Comparison::Equal, Comparison::More, Comparison::AtLeast, Comparison::Less, Comparison::AtMost];
    let day = prop_oneof![
        days().prop_map(DayTest::Before),
        days().prop_map(DayTest::Since),
        (1_u16..90).prop_map(DayTest::WithinDays),
        (1_u16..90).prop_map(DayTest::OlderThanDays),
        (1_u16..90).prop_map(DayTest::NextDays),
    ];
    prop_oneof![
        1 => written().prop_map(PropertyTest::Is),
        2 => written().prop_map(PropertyTest::BeginsWith),
        3 => (select(how.to_vec()), number()).prop_map(|(how, number)| PropertyTest::Number(how, number)),
        3 => day.prop_map(PropertyTest::Day),
        2 => names().prop_map(PropertyTest::OneOf),
        2 => names().prop_map(PropertyTest::HasAny),
        1 => any::<bool>().prop_map(PropertyTest::Checked),
        1 => Just(PropertyTest::IsEmpty),
    ]
}

pub fn conditions() -> impl Strategy<Value = Condition> {
    (ids(), tests()).prop_map(|(id, test)| Condition::Property(id, test))
}
