use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{id::LeadId, lead::Lead, violation::Rule};

/// A prefix search has at least this many characters.
pub const MIN_SEARCH: usize = 2;
/// A search in what was written has at least this many characters.
pub const MIN_WORDS: usize = 3;

/// The beginning of a name, an e-mail address, a company or a telephone number, in lower case; and words that somebody
/// wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Search(String);

impl Search {
    /// Reads what somebody typed into the search field.
    ///
    /// # Errors
    /// Control characters, or fewer than [`MIN_SEARCH`] or more than 100 characters.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let text = raw.trim().to_lowercase();
        match text.chars().count() {
            _ if text.chars().any(char::is_control) => Err(Rule::ControlCharacter),
            n if n < MIN_SEARCH => Err(Rule::TooShort(MIN_SEARCH)),
            n if n > 100 => Err(Rule::TooLong(100)),
            _ => Ok(Self(text)),
        }
    }

    /// The prefix, in lower case.
    pub fn prefix(&self) -> &str {
        &self.0
    }

    /// The prefix as the beginning of an E.164 number, if it could be one: `+336 12` is `+33612`.
    pub fn phone_prefix(&self) -> Option<String> {
        number(&self.0).filter(|number| number.len() >= 3)
    }

    /// What to look for in messages and notes, if it is long enough to mean something.
    pub fn words(&self) -> Option<&str> {
        let letters = self.0.chars().filter(|c| c.is_alphanumeric()).count();
        (letters >= MIN_WORDS).then_some(&*self.0)
    }

    fn finds(&self, lead: &Lead) -> bool {
        let begins = |text: Option<&str>| text.is_some_and(|text| text.to_lowercase().starts_with(&self.0));
        let number = lead.phone.as_ref().and_then(|phone| phone.e164());
        begins(lead.name.as_deref())
            || begins(lead.email.as_deref())
            || self.phone_prefix().is_some_and(|prefix| number.is_some_and(|number| number.starts_with(&prefix)))
    }
}

/// A text as the beginning of an E.164 number, or the whole of one.
pub(super) fn number(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| !" ./()-".contains(*c)).collect();
    let rest = digits.strip_prefix('+')?;
    (!rest.is_empty() && rest.chars().all(|c| c.is_ascii_digit())).then_some(digits)
}

/// The leads in whose messages and notes the words of a search stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The leads.
    pub leads: BTreeSet<LeadId>,
    /// Whether there may be more: there were too many, or the look took too long.
    pub more: bool,
}

/// A search with what it found in what was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// The search.
    pub search: Search,
    /// The leads in whose messages and notes its words stand.
    pub found: Found,
}

impl Sought {
    /// A search by the beginnings alone.
    pub fn by_prefix(search: Search) -> Self {
        Self { search, found: Found::default() }
    }

    /// Whether the lead is found.
    pub fn finds(&self, lead: &Lead) -> bool {
        self.search.finds(lead) || self.found.leads.contains(&lead.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_reads_a_number_however_it_is_spaced() {
        assert_eq!(Search::parse("+33 6.12").unwrap().phone_prefix().as_deref(), Some("+33612"));
        for none in ["anna", "0612", "+3"] {
            assert_eq!(Search::parse(none).unwrap().phone_prefix(), None, "{none}");
        }
    }

    #[test]
    fn a_search_is_long_enough_to_mean_something() {
        assert_eq!(Search::parse(" a "), Err(Rule::TooShort(2)));
        assert_eq!(Search::parse("a\0b"), Err(Rule::ControlCharacter));
        assert_eq!(Search::parse("an").unwrap().words(), None);
        assert_eq!(Search::parse("a.*").unwrap().words(), None);
        assert_eq!(Search::parse("Prix?").unwrap().words(), Some("prix?"));
    }
}
