//! Where a visit came from, as pairs of words and value. The values are a stranger's words: shown as text, never as links.

use qualify_domain::{
    form::Form,
    property::{PropertyKey, PropertyKind, PropertyValue, read_date},
    submission::{Answers, Attribution},
};

use crate::{moment::Calendar, public::inputs::label, text::Text};

/// A word and its value.
pub type Fact = (String, String);

/// What is known of a visit.
pub fn attribution(t: Text, visit: &Attribution) -> Vec<Fact> {
    let facts = [
        ("attribution-source", visit.source.as_deref()),
        ("attribution-medium", visit.medium.as_deref()),
        ("attribution-campaign", visit.campaign.as_deref()),
        ("attribution-term", visit.term.as_deref()),
        ("attribution-content", visit.content.as_deref()),
        ("attribution-page", visit.page.as_deref()),
        ("attribution-landing", visit.landing_page.as_deref()),
        ("attribution-referrer", visit.referrer.as_deref()),
        ("attribution-gclid", visit.gclid.as_deref()),
        ("attribution-fbclid", visit.fbclid.as_deref()),
        ("attribution-msclkid", visit.msclkid.as_deref()),
    ];
    facts.into_iter().filter_map(|(key, value)| Some((t.get(key), without_scheme(value?)))).collect()
}

/// The scheme of an address says nothing to a reader.
fn without_scheme(value: &str) -> String {
    let short = value.strip_prefix("https://").unwrap_or(value);
    short.strip_suffix('/').unwrap_or(short).to_owned()
}

/// What was answered to the fields that the organization declares, as its form calls them now.
pub fn own_answers(answers: &Answers, form: Option<&Form>, t: Text, calendar: &Calendar) -> Vec<Fact> {
    let fields = form.map(|form| form.settings.fields.as_slice()).unwrap_or_default();
    let fact = |(key, value): (&PropertyKey, &PropertyValue)| {
        let field = fields.iter().find(|field| field.key() == key.as_str());
        let kind = field.and_then(|field| field.asks.own()).map(|own| &own.kind);
        let name = field.map_or_else(|| key.to_string(), |field| label(field, t));
        (name, value_shown(t, calendar, kind, value).join(", "))
    };
    answers.own.iter().map(fact).collect()
}

/// A value in the reader's language; each of several alone.
pub fn value_shown(t: Text, calendar: &Calendar, kind: Option<&PropertyKind>, value: &PropertyValue) -> Vec<String> {
    let written = value.written();
    match (value, kind) {
        (PropertyValue::Checked(yes), _) => vec![t.get(if *yes { "yes" } else { "no" })],
        (PropertyValue::Number(number), _) => vec![t.decimal(number.get())],
        (PropertyValue::Several(_), _) => written.lines().map(str::to_owned).collect(),
        (PropertyValue::Text(_), Some(PropertyKind::Date)) => {
            vec![read_date(&written).map_or(written, |day| calendar.date(day))]
        }
        (PropertyValue::Text(_), _) => vec![written],
    }
}
