//! What is known of a lead's person, and how it changes.

use std::{collections::BTreeMap, fmt};

use crate::{
    language::Language,
    lead::Lead,
    property::{Properties, Property},
    text::{Email, Name, Phone},
    violation::{Rule, Violations},
};

/// What is known of a person, as somebody wrote it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct WrittenPerson {
    /// Their name.
    pub name: String,
    /// Their e-mail address.
    pub email: String,
    /// Their telephone number.
    pub phone: String,
    /// Where they work.
    pub company: String,
    /// What else the organization wants to know, by the words of its properties.
    pub properties: WrittenProperties,
}

/// What is written of properties: by their words, several texts where several can be chosen.
pub type WrittenProperties = BTreeMap<String, Vec<String>>;

impl fmt::Debug for WrittenPerson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WrittenPerson([redacted])")
    }
}

/// What is known of a person.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// Their name.
    pub name: Option<Name>,
    /// Their e-mail address.
    pub email: Option<Email>,
    /// Their telephone number.
    pub phone: Option<Phone>,
    /// Where they work.
    pub company: Option<Name>,
    /// What else the organization wants to know.
    pub properties: Properties,
}

impl Person {
    /// Reads what was written; the faults of all fields go to `faults`. Without an address or a number nobody can be
    /// answered.
    pub fn parse(written: &WrittenPerson, own: &[Property], language: Language, faults: &mut Violations) -> Self {
        let mut person = Self {
            name: faults.keep("name", Name::parse_optional(&written.name)).flatten(),
            email: faults.keep("email", Email::parse_optional(&written.email)).flatten(),
            phone: faults.keep("phone", Phone::parse_optional(&written.phone, language)).flatten(),
            company: faults.keep("company", Name::parse_optional(&written.company)).flatten(),
            properties: Properties::default(),
        };
        read_properties(&mut person.properties, &written.properties, own, faults);
        if written.email.trim().is_empty() && written.phone.trim().is_empty() {
            faults.add("email", Rule::OneOfRequired);
        }
        person
    }
}

/// Reads what was written of properties into what is known.
fn read_properties(known: &mut Properties, written: &WrittenProperties, own: &[Property], faults: &mut Violations) {
    for (key, texts) in written {
        let field = format!("properties.{key}");
        let Some(property) = own.iter().find(|property| property.key.as_str() == key && !property.is_archived) else {
            faults.add(field, Rule::NotAChoice);
            continue;
        };
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        if let Some(value) = faults.keep(field, property.kind.read(&texts)) {
            known.set(property.id, value);
        }
    }
}

/// What to change about a person: a field that is left out stays, an empty one is cleared.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PersonChange {
    /// Their name.
    pub name: Option<String>,
    /// Their e-mail address.
    pub email: Option<String>,
    /// Their telephone number.
    pub phone: Option<String>,
    /// Where they work.
    pub company: Option<String>,
    /// What else the organization wants to know; no text clears.
    pub properties: WrittenProperties,
}

impl fmt::Debug for PersonChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonChange([redacted])")
    }
}

impl PersonChange {
    /// Reads what changes; the faults of all fields go to `faults`. What stays is not read again: it may be older than
    /// a rule.
    pub fn parse(&self, lead: &Lead, own: &[Property], language: Language, faults: &mut Violations) -> Person {
        let mut person = lead.person();
        if let Some(name) = &self.name {
            person.name = faults.keep("name", Name::parse_optional(name)).flatten();
        }
        if let Some(email) = &self.email {
            person.email = faults.keep("email", Email::parse_optional(email)).flatten();
        }
        if let Some(phone) = &self.phone {
            person.phone = faults.keep("phone", Phone::parse_optional(phone, language)).flatten();
        }
        if let Some(company) = &self.company {
            person.company = faults.keep("company", Name::parse_optional(company)).flatten();
        }
        read_properties(&mut person.properties, &self.properties, own, faults);
        let emptied = |field: &Option<String>, kept: bool| field.as_ref().map_or(!kept, |text| text.trim().is_empty());
        let touched = self.email.is_some() || self.phone.is_some();
        if touched && emptied(&self.email, lead.email.is_some()) && emptied(&self.phone, lead.phone.is_some()) {
            faults.add("email", Rule::OneOfRequired);
        }
        person
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{id::PropertyId, property::PropertyKind};

    fn own() -> Vec<Property> {
        let property = |key: &str, is_archived| Property {
            id: PropertyId(Uuid::nil()),
            version: 1,
            key: key.parse().unwrap(),
            name: "Seats".parse().unwrap(),
            purpose: "To size the offer".parse().unwrap(),
            kind: PropertyKind::Number,
            is_archived,
        };
        vec![property("seats", false), property("chairs", true)]
    }

    fn faults(written: &WrittenPerson) -> Vec<(String, Rule)> {
        let mut faults = Violations::default();
        let _ = Person::parse(written, &own(), Language::English, &mut faults);
        faults.iter().map(|fault| (fault.field.to_string(), fault.rule)).collect()
    }

    #[test]
    fn a_person_can_be_answered() {
        assert_eq!(faults(&WrittenPerson::default()), [("email".to_owned(), Rule::OneOfRequired)]);
        let phone = WrittenPerson { phone: "+33 6 12 34 56 78".to_owned(), ..WrittenPerson::default() };
        assert_eq!(faults(&phone), []);
    }

    #[test]
    fn all_that_is_wrong_with_a_person_is_told_at_once() {
        let wrong = WrittenPerson {
            name: "a\0".to_owned(),
            email: "nobody".to_owned(),
            phone: "x".to_owned(),
            company: "c".repeat(101),
            properties: [("seats", "many"), ("chairs", "4"), ("nothing", "4")]
                .map(|(key, text)| (key.to_owned(), vec![text.to_owned()]))
                .into(),
        };
        let expected = [
            ("name", Rule::ControlCharacter),
            ("email", Rule::NotAnEmail),
            ("phone", Rule::NotAPhone),
            ("company", Rule::TooLong(100)),
            ("properties.chairs", Rule::NotAChoice),
            ("properties.nothing", Rule::NotAChoice),
            ("properties.seats", Rule::NotANumber),
        ];
        assert_eq!(faults(&wrong), expected.map(|(field, rule)| (field.to_owned(), rule)));
    }
}
