//! What is known of a lead's person, and how it changes.

use std::fmt;

use crate::{
    language::Language,
    lead::Lead,
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
}

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
}

impl Person {
    /// Reads what was written; the faults of all fields go to `faults`. Without an address or a number nobody can be
    /// answered.
    pub fn parse(written: &WrittenPerson, language: Language, faults: &mut Violations) -> Self {
        let person = Self {
            name: faults.keep("name", Name::parse_optional(&written.name)).flatten(),
            email: faults.keep("email", Email::parse_optional(&written.email)).flatten(),
            phone: faults.keep("phone", Phone::parse_optional(&written.phone, language)).flatten(),
        };
        if written.email.trim().is_empty() && written.phone.trim().is_empty() {
            faults.add("email", Rule::OneOfRequired);
        }
        person
    }

    /// What is known of a lead's person, as it would be written.
    pub fn written(lead: &Lead) -> WrittenPerson {
        WrittenPerson {
            name: lead.name.as_deref().unwrap_or_default().to_owned(),
            email: lead.email.as_deref().unwrap_or_default().to_owned(),
            phone: lead.phone.as_ref().map(Phone::written).unwrap_or_default().to_owned(),
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
}

impl fmt::Debug for PersonChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonChange([redacted])")
    }
}

impl PersonChange {
    /// Reads what changes; the faults of all fields go to `faults`. What stays is not read again: it may be older than
    /// a rule.
    pub fn parse(&self, lead: &Lead, language: Language, faults: &mut Violations) -> Person {
        let mut person = Person { name: lead.name.clone(), email: lead.email.clone(), phone: lead.phone.clone() };
        if let Some(name) = &self.name {
            person.name = faults.keep("name", Name::parse_optional(name)).flatten();
        }
        if let Some(email) = &self.email {
            person.email = faults.keep("email", Email::parse_optional(email)).flatten();
        }
        if let Some(phone) = &self.phone {
            person.phone = faults.keep("phone", Phone::parse_optional(phone, language)).flatten();
        }
        let emptied = |field: &Option<String>, kept: bool| field.as_ref().map_or(!kept, |text| text.trim().is_empty());
        if emptied(&self.email, lead.email.is_some()) && emptied(&self.phone, lead.phone.is_some()) {
            faults.add("email", Rule::OneOfRequired);
        }
        person
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(written: &WrittenPerson) -> Vec<(&'static str, Rule)> {
        let mut faults = Violations::default();
        let _ = Person::parse(written, Language::English, &mut faults);
        faults.iter().map(|fault| (fault.field, fault.rule)).collect()
    }

    #[test]
    fn a_person_can_be_answered() {
        assert_eq!(faults(&WrittenPerson::default()), [("email", Rule::OneOfRequired)]);
        let phone = WrittenPerson { phone: "+33 6 12 34 56 78".to_owned(), ..WrittenPerson::default() };
        assert_eq!(faults(&phone), []);
    }

    #[test]
    fn all_that_is_wrong_with_a_person_is_told_at_once() {
        let wrong = WrittenPerson { name: "a\0".to_owned(), email: "nobody".to_owned(), phone: "x".to_owned() };
        let expected = [("name", Rule::ControlCharacter), ("email", Rule::NotAnEmail), ("phone", Rule::NotAPhone)];
        assert_eq!(faults(&wrong), expected);
    }
}
