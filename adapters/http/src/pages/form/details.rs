//! What is set about a form, thing by thing, in the reader's words.

use std::collections::BTreeMap;

use qualify_domain::{
    form::{BUILT_IN, Detail, FieldDetail, FormField, FormSettings, LegalBasis},
    language::Language,
    lead_field::LeadField,
    property::Property,
};

use crate::{pages::choices, public::inputs::label, text::Text};

/// What it takes to tell details in words.
pub struct Teller<'a> {
    t: Text,
    properties: &'a [Property],
    /// How fields are called, by their words.
    labels: BTreeMap<String, String>,
}

impl<'a> Teller<'a> {
    /// For the details of these settings; of fields that stand in several, the last ones name them.
    pub fn of(t: Text, properties: &'a [Property], settings: &[&FormSettings]) -> Self {
        let fields = settings.iter().flat_map(|settings| &settings.fields);
        let called = |field: &FormField| (field.key().to_owned(), label(field, t));
        Self { t, properties, labels: fields.map(called).collect() }
    }

    /// Under which heading a detail stands.
    pub fn heading(&self, detail: &Detail) -> String {
        match detail {
            Detail::Setting(_) => self.t.get("form-settings"),
            Detail::Notice(_) => self.t.get("form-notice"),
            Detail::Box(_) | Detail::Confirmation(_) => self.t.get("form-set-consents"),
            Detail::Order => self.t.get("fields-title"),
            Detail::Field(key, _) => self.field(key),
        }
    }

    /// How a detail is called.
    pub fn name(&self, detail: &Detail) -> String {
        match detail {
            Detail::Setting(word) => self.t.get(match *word {
                "name" => "form-name",
                "language" => "form-language",
                "legal_basis" => "legal-basis",
                "consent_wording" => "consent-wording",
                "allowed_origins" => "form-origins",
                "thank_you" => "form-thank-you",
                "requires_token" => "form-requires-token",
                "requires_work" => "form-requires-work",
                _ => "known-person",
            }),
            Detail::Notice(part) => self.t.get(&format!("notice-{part}")),
            Detail::Box(purpose) => choices::purpose(self.t, *purpose),
            Detail::Confirmation(purpose) => {
                self.t.with("form-confirm-by-mail", "purpose", choices::purpose(self.t, *purpose))
            }
            Detail::Order => self.t.get("edition-order"),
            Detail::Field(_, part) => self.part(*part),
        }
    }

    /// What a detail holds.
    pub fn value(&self, detail: &Detail, value: &str) -> String {
        match detail {
            Detail::Setting("language") => {
                value.parse().map_or_else(|_| value.to_owned(), |one: Language| choices::language_name(one).to_owned())
            }
            Detail::Setting("legal_basis") => {
                value.parse().map_or_else(|_| value.to_owned(), |one: LegalBasis| choices::legal_basis(self.t, one))
            }
            Detail::Setting("known_person") => self.t.get(&format!("known-person-{}", value.replace('_', "-"))),
            Detail::Setting("requires_token" | "requires_work")
            | Detail::Confirmation(_)
            | Detail::Field(_, FieldDetail::Required | FieldDetail::Hidden) => {
                self.t.get(if value == "true" { "yes" } else { "no" })
            }
            Detail::Order => value.lines().map(|key| self.field(key)).collect::<Vec<_>>().join("\n"),
            Detail::Field(_, FieldDetail::Kind) if value == BUILT_IN => self.t.get("field-built-in"),
            Detail::Field(_, FieldDetail::Kind) => choices::property_kind(self.t, value),
            Detail::Field(_, FieldDetail::Tells) => self.tells(value),
            _ => value.to_owned(),
        }
    }

    fn field(&self, key: &str) -> String {
        self.labels.get(key).cloned().unwrap_or_else(|| key.to_owned())
    }

    fn part(&self, part: FieldDetail) -> String {
        let in_language = |key, language: Language| self.t.with(key, "language", choices::language_name(language));
        match part {
            FieldDetail::Kind => self.t.get("property-kind"),
            FieldDetail::Label(language) => in_language("field-label", language),
            FieldDetail::Help(language) => in_language("field-help", language),
            FieldDetail::Required => self.t.get("field-required"),
            FieldDetail::Hidden => self.t.get("field-hidden"),
            FieldDetail::Purpose => self.t.get("property-purpose"),
            FieldDetail::Choices => self.t.get("property-choices"),
            FieldDetail::Least => self.t.get("field-least"),
            FieldDetail::Most => self.t.get("field-most"),
            FieldDetail::Tells => self.t.get("field-tells"),
        }
    }

    fn tells(&self, word: &str) -> String {
        match word.parse() {
            Ok(LeadField::Property(id)) => {
                let property = self.properties.iter().find(|property| property.id == id);
                property.map_or_else(|| word.to_owned(), |property| property.name.to_string())
            }
            _ => self.t.find(word).unwrap_or_else(|| word.to_owned()),
        }
    }
}
