//! Which leads a list shows.

use serde::{Deserialize, Serialize};

use crate::{
    id::{FormId, StageId},
    lead::Lead,
    violation::Rule,
};

/// A prefix search has at least this many characters.
pub const MIN_SEARCH: usize = 2;

/// The beginning of a name, an e-mail address or a telephone number, in lower case.
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
        let digits: String = self.0.chars().filter(|c| !" ./()-".contains(*c)).collect();
        let number = digits.strip_prefix('+')?;
        (number.len() >= 2 && number.chars().all(|c| c.is_ascii_digit())).then_some(digits)
    }
}

/// Which leads a list shows: all conditions must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeadFilter {
    /// Standing in this stage.
    pub stage: Option<StageId>,
    /// First brought by this form.
    pub form: Option<FormId>,
    /// Whose name, e-mail address or telephone number begins so.
    pub search: Option<Search>,
}

impl LeadFilter {
    /// Whether the lead is shown. The storage's queries are tested against this.
    pub fn matches(&self, lead: &Lead) -> bool {
        self.stage.is_none_or(|stage| lead.stage == stage)
            && self.form.is_none_or(|form| lead.form == Some(form))
            && self.search.as_ref().is_none_or(|search| search.finds(lead))
    }

    /// Whether it shows everything.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Search {
    fn finds(&self, lead: &Lead) -> bool {
        let begins = |text: Option<&str>| text.is_some_and(|text| text.to_lowercase().starts_with(&self.0));
        let number = lead.phone.as_ref().and_then(|phone| phone.e164());
        begins(lead.name.as_deref())
            || begins(lead.email.as_deref())
            || self.phone_prefix().is_some_and(|prefix| number.is_some_and(|number| number.starts_with(&prefix)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_reads_a_number_however_it_is_spaced() {
        assert_eq!(Search::parse("+33 6.12").unwrap().phone_prefix().as_deref(), Some("+33612"));
        assert_eq!(Search::parse("anna").unwrap().phone_prefix(), None);
        assert_eq!(Search::parse("0612").unwrap().phone_prefix(), None);
    }

    #[test]
    fn a_search_is_long_enough_to_mean_something() {
        assert_eq!(Search::parse(" a "), Err(Rule::TooShort(2)));
        assert_eq!(Search::parse("a\0b"), Err(Rule::ControlCharacter));
    }
}
