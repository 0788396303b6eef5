//! What of a lead a member or a program may change, by its stable word.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{id::PropertyId, lead::Lead, property::PropertyValue, text::Phone, violation::Rule};

/// One thing that is known of a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum LeadField {
    /// The person's name.
    Name,
    /// Their e-mail address.
    Email,
    /// Their telephone number.
    Phone,
    /// Where they work.
    Company,
    /// The words by which leads are grouped.
    Tags,
    /// A property of the organization's own.
    Property(PropertyId),
}

/// What stands before the id of a property of the organization's own.
const OWN: &str = "property:";

/// The property that a word such as `property:0192…` names.
pub(crate) fn own(word: &str) -> Option<PropertyId> {
    // Written in one way only, so that what is written is read as it was.
    word.strip_prefix(OWN).and_then(|id| id.parse::<PropertyId>().ok().filter(|read| read.to_string() == id))
}

/// Writes the word that names a property.
pub(crate) fn write_own(id: PropertyId, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    write!(f, "{OWN}{id}")
}

impl LeadField {
    /// What is known of it, as it would be written: several tags or choices one a line; nothing if nothing is known.
    pub fn written(self, lead: &Lead) -> String {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        match self {
            Self::Name => text(lead.name.as_deref()),
            Self::Email => text(lead.email.as_deref()),
            Self::Phone => text(lead.phone.as_ref().map(Phone::written)),
            Self::Company => text(lead.company.as_deref()),
            Self::Tags => lead.tags.iter().map(|tag| &**tag).collect::<Vec<_>>().join("\n"),
            Self::Property(id) => lead.properties.get(id).map(PropertyValue::written).unwrap_or_default(),
        }
    }
}

impl FromStr for LeadField {
    type Err = Rule;

    fn from_str(word: &str) -> Result<Self, Rule> {
        match word {
            "name" => Ok(Self::Name),
            "email" => Ok(Self::Email),
            "phone" => Ok(Self::Phone),
            "company" => Ok(Self::Company),
            "tags" => Ok(Self::Tags),
            _ => own(word).map(Self::Property).ok_or(Rule::NotAChoice),
        }
    }
}

impl TryFrom<String> for LeadField {
    type Error = Rule;

    fn try_from(word: String) -> Result<Self, Rule> {
        word.parse()
    }
}

impl From<LeadField> for String {
    fn from(field: LeadField) -> Self {
        field.to_string()
    }
}

impl fmt::Display for LeadField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name => f.write_str("name"),
            Self::Email => f.write_str("email"),
            Self::Phone => f.write_str("phone"),
            Self::Company => f.write_str("company"),
            Self::Tags => f.write_str("tags"),
            Self::Property(id) => write_own(*id, f),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn every_field_is_found_by_its_word() {
        let own = LeadField::Property(PropertyId(Uuid::from_u128(7)));
        for field in [LeadField::Name, LeadField::Email, LeadField::Phone, LeadField::Company, LeadField::Tags, own] {
            assert_eq!(field.to_string().parse(), Ok(field));
        }
        assert_eq!("property:x".parse::<LeadField>(), Err(Rule::NotAChoice));
    }
}
