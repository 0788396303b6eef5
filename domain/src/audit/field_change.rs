use std::{fmt, str::FromStr};

use crate::violation::Rule;

/// A field that changed: its name, and from what to what where the values are ids or codes, which tell of nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// The field's name.
    pub field: String,
    /// The value before and the one after; none where they may be personal, or where there are none.
    pub values: Option<(String, String)>,
}

impl FieldChange {
    /// A field whose values are nobody's business.
    pub fn of(field: &str) -> Self {
        Self { field: field.to_owned(), values: None }
    }

    /// A field whose values are ids or codes.
    pub fn between(field: &str, before: impl fmt::Display, after: impl fmt::Display) -> Self {
        Self { field: field.to_owned(), values: Some((before.to_string(), after.to_string())) }
    }
}

/// `field`, or `field:before>after`: as the trail keeps it. The database refuses what is neither an id nor a code.
impl fmt::Display for FieldChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.values {
            Some((before, after)) => write!(f, "{}:{before}>{after}", self.field),
            None => f.write_str(&self.field),
        }
    }
}

impl FromStr for FieldChange {
    type Err = Rule;

    fn from_str(kept: &str) -> Result<Self, Rule> {
        let Some((field, values)) = kept.split_once(':') else { return Ok(Self::of(kept)) };
        let (before, after) = values.split_once('>').ok_or(Rule::NotAChoice)?;
        Ok(Self::between(field, before, after))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_comes_back_as_it_was_kept() {
        for change in [
            FieldChange::of("notice"),
            FieldChange::between("owner", "", "7"),
            FieldChange::between("roles", "owner,admin", ""),
        ] {
            assert_eq!(change.to_string().parse(), Ok(change));
        }
    }
}
