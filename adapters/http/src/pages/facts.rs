//! Where a visit came from, as pairs of words and value. The values are a stranger's words: shown as text, never as links.

use qualify_domain::{
    form::Form,
    property::PropertyValue,
    submission::{Answers, Attribution},
};

use crate::{public::inputs::label, text::Text};

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
pub fn own_answers(answers: &Answers, form: Option<&Form>, t: Text) -> Vec<Fact> {
    let fields = form.map(|form| form.settings.fields.as_slice()).unwrap_or_default();
    let fact = |(key, value): (&qualify_domain::property::PropertyKey, &PropertyValue)| {
        let field = fields.iter().find(|field| field.key() == key.as_str());
        let value = match value {
            PropertyValue::Checked(true) => t.get("yes"),
            PropertyValue::Checked(false) => t.get("no"),
            value => value.written().replace('\n', ", "),
        };
        (field.map_or_else(|| key.to_string(), |field| label(field, t)), value)
    };
    answers.own.iter().map(fact).collect()
}
