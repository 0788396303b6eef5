//! What a form asks: its fields, in their order.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Limits;
use crate::{
    language::Language,
    lead_field::LeadField,
    property::{PropertyKey, PropertyKind, PropertyValue},
    text::Line,
    violation::{Rule, Violations},
};

/// A form asks at most this many things: with what goes along unasked, 50 fields are sent (WEB-5).
pub const MOST_FIELDS: usize = 30;

/// Words that mean something else in what a form sends.
const TAKEN: [&str; 19] = [
    "website",
    "lang",
    "consent_email_marketing",
    "consent_phone_marketing",
    "consent_sharing",
    "consent_profiling",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_term",
    "utm_content",
    "gclid",
    "fbclid",
    "msclkid",
    // Names that a form of a browser has itself, and one of our pages.
    "append",
    "dataset",
    "elements",
    "new",
    "submit",
];

/// One thing that a form asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormField {
    /// What is asked.
    pub asks: Asks,
    /// How it is called on the page; what is built in has words of ours where there are none.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub label: Words,
    /// What helps to answer.
    #[serde(default, skip_serializing_if = "Words::is_empty")]
    pub help: Words,
    /// Whether there is no sending without it.
    #[serde(default)]
    pub is_required: bool,
}

/// What a field asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asks {
    /// The person's name.
    Name,
    /// Their e-mail address.
    Email,
    /// Their telephone number.
    Phone,
    /// What they want to say.
    Message,
    /// What the organization itself wants to know.
    Own(OwnField),
}

/// A field that the organization declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnField {
    /// Its word in what is sent.
    pub key: PropertyKey,
    /// What it can hold.
    pub kind: PropertyKind,
    /// Between which bounds the answer lies.
    #[serde(default, skip_serializing_if = "Limits::is_none")]
    pub limits: Limits,
    /// Whether the page answers it by itself, unseen by the visitor.
    #[serde(default)]
    pub is_hidden: bool,
    /// What it is asked for, as the organization answers for it (DAT-2).
    pub purpose: Line,
    /// What it tells of the lead; nothing where the answer stays with the submission.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tells: Option<LeadField>,
}

impl OwnField {
    /// The answer, if it lies within the bounds.
    ///
    /// # Errors
    /// The bound that it misses.
    pub(super) fn within(&self, value: Option<PropertyValue>) -> Result<Option<PropertyValue>, Rule> {
        value.as_ref().map_or(Ok(()), |value| self.limits.hold(value))?;
        Ok(value)
    }
}

/// Words in the languages of the pages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Words(BTreeMap<Language, Line>);

impl Words {
    /// The words in these languages; a language without any is left out.
    pub fn of(words: impl IntoIterator<Item = (Language, Option<Line>)>) -> Self {
        Self(words.into_iter().filter_map(|(language, line)| Some((language, line?))).collect())
    }

    /// The words in a language.
    pub fn exactly(&self, language: Language) -> Option<&Line> {
        self.0.get(&language)
    }

    /// The words in a language, or in another where there are none.
    pub fn get(&self, language: Language) -> Option<&Line> {
        self.exactly(language).or_else(|| self.0.values().next())
    }

    /// Whether there are none in any language.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Asks {
    /// What is built in.
    pub const BUILT_IN: [Self; 4] = [Self::Name, Self::Email, Self::Phone, Self::Message];

    /// The word by which the answer is sent.
    pub fn key(&self) -> &str {
        match self {
            Self::Name => "name",
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Message => "message",
            Self::Own(own) => own.key.as_str(),
        }
    }

    /// The field that the organization declared, if it is one.
    pub const fn own(&self) -> Option<&OwnField> {
        match self {
            Self::Own(own) => Some(own),
            _ => None,
        }
    }
}

impl FormField {
    /// The fields with which a form begins: what is built in, none of it mandatory.
    pub fn usual() -> Vec<Self> {
        Asks::BUILT_IN.map(Self::plain).into()
    }

    /// A field of which nothing is said but what it asks.
    pub fn plain(asks: Asks) -> Self {
        Self { asks, label: Words::default(), help: Words::default(), is_required: false }
    }

    /// The word by which its answer is sent.
    pub fn key(&self) -> &str {
        self.asks.key()
    }

    pub(super) fn check(&self, faults: &mut Violations) {
        let Asks::Own(own) = &self.asks else { return };
        let at = |part: &str| format!("fields.{}.{part}", own.key);
        if self.label.is_empty() {
            faults.add(at("label"), Rule::Required);
        }
        faults.keep(at("choices"), PropertyKind::of(own.kind.code(), own.kind.choices().to_vec()));
        own.limits.check(&own.kind, at, faults);
        // Nobody could answer it.
        if own.is_hidden && (self.is_required || !matches!(own.kind, PropertyKind::Text)) {
            faults.add(at("hidden"), Rule::NotAChoice);
        }
        match own.tells {
            None | Some(LeadField::Property(_)) => {}
            Some(LeadField::Company) if own.kind == PropertyKind::Text => {}
            Some(_) => faults.add(at("tells"), Rule::NotAChoice),
        }
    }
}

/// Checks what a form asks: somebody who sends it can be answered, and no two fields send the same word.
pub(super) fn check(fields: &[FormField], faults: &mut Violations) {
    if fields.len() > MOST_FIELDS {
        faults.add("fields", Rule::TooMany(MOST_FIELDS));
    }
    if !fields.iter().any(|field| matches!(field.asks, Asks::Email | Asks::Phone)) {
        faults.add("fields", Rule::OneOfRequired);
    }
    for (place, field) in fields.iter().enumerate() {
        if fields.iter().take(place).any(|other| other.key() == field.key()) {
            faults.add(format!("fields.{}", field.key()), Rule::Duplicate);
        }
        field.check(faults);
    }
}

/// Checks that no field is called by a word that means something else; one that is asked already keeps its word, which
/// may have been free then.
pub(super) fn check_words(fields: &[FormField], asked: &[FormField], faults: &mut Violations) {
    let is_new = |field: &&FormField| asked.iter().all(|former| former.key() != field.key());
    for field in fields.iter().filter(is_new).filter(|field| TAKEN.contains(&field.key())) {
        faults.add(format!("fields.{}.key", field.key()), Rule::NotAKey);
    }
}

/// The word that a label suggests, of the words that are free in a form.
pub fn suggest_key(label: &str, fields: &[FormField]) -> PropertyKey {
    PropertyKey::suggest(label, &fields.iter().map(FormField::key).chain(TAKEN).collect::<Vec<_>>())
}
