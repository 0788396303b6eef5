use jiff::Timestamp;

use super::free_mail::is_free;
use crate::{
    id::FormId,
    language::Language,
    lead::{Lead, Source},
    property::{Properties, Property, PropertyValue},
    submission::Attribution,
    text::{Phone, Tag},
};

/// Whose mailbox an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    /// A company's own.
    Company,
    /// One that anybody can have.
    Free,
}

impl MailKind {
    /// Whose mailbox that address is, by its domain.
    pub fn of(address: &str) -> Self {
        let (_, domain) = address.rsplit_once('@').unwrap_or_default();
        if is_free(domain) { Self::Free } else { Self::Company }
    }
}

/// What is known of a lead that a rule may speak of. Nothing that somebody wrote in their own words is among it.
#[derive(Clone, PartialEq, Eq)]
pub struct Facts {
    /// Whether there is a name.
    pub has_name: bool,
    /// Whose mailbox the address is, if there is one.
    pub mail: Option<MailKind>,
    /// Whether there is a telephone number.
    pub has_phone: bool,
    /// Whether a company is known.
    pub has_company: bool,
    /// The words by which members group it.
    pub tags: Vec<Tag>,
    /// The number in E.164, if it could be read so.
    pub e164: Option<String>,
    /// The form that brought it first.
    pub form: Option<FormId>,
    /// The language of that form.
    pub language: Option<Language>,
    /// What brought it first, by its stable name.
    pub source: String,
    /// Where the first visit came from, and the latest.
    pub touches: [Attribution; 2],
    /// What is known of properties of the organization's own that rules ask for. Of one that is free text only a yes, if there
    /// is anything.
    pub properties: Properties,
    /// When the lead was opened.
    pub opened_at: Timestamp,
}

impl Facts {
    /// The facts of a lead that a form of that language brought first, as far as rules ask for these properties.
    pub fn of(lead: &Lead, language: Option<Language>, own: &[Property]) -> Self {
        let mut properties = Properties::default();
        for property in own {
            let known = lead.properties.get(property.id);
            let is_free = property.kind.is_free_text();
            let told = known.map(|known| if is_free { PropertyValue::Checked(true) } else { known.clone() });
            properties.set(property.id, told);
        }
        Self {
            has_name: lead.name.is_some(),
            mail: lead.email.as_deref().map(MailKind::of),
            has_phone: lead.phone.is_some(),
            has_company: lead.company.is_some(),
            tags: lead.tags.clone(),
            e164: lead.phone.as_ref().and_then(Phone::e164).map(str::to_owned),
            form: lead.form,
            language,
            source: Source::code(lead.source).to_owned(),
            touches: [lead.first_touch.clone(), lead.last_touch.clone()],
            properties,
            opened_at: lead.created_at,
        }
    }
}

/// Facts hide themselves: they tell of somebody.
impl std::fmt::Debug for Facts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Facts([redacted])")
    }
}
