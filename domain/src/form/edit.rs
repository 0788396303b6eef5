//! Changing what a form asks, step by step, before it is published.

use super::{FormField, MOST_FIELDS, field::check_words};
use crate::violation::{Rule, Violations};

/// What a form will ask once it is published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Grows with each step.
    pub version: i32,
    /// The fields, in their order.
    pub fields: Vec<FormField>,
}

/// One step.
#[derive(Clone, Debug)]
pub enum FieldEdit {
    /// A field more, at the end.
    Add(FormField),
    /// Another field in the place of the one with that word.
    Change {
        /// The word.
        key: String,
        /// The field as it was shown to whoever changes it; none if it was not shown.
        seen: Option<FormField>,
        /// The field as it is to be.
        field: FormField,
    },
    /// One field less.
    Remove(String),
    /// The field with that word, at that place, counted from 0; beyond the end is the end.
    Place(String, usize),
    /// The field with that word, one place earlier, or else later; it stays where it would leave the list.
    Shift(String, bool),
}

/// Why a step cannot be done.
#[derive(Debug)]
pub enum EditError {
    /// No field has that word.
    Unknown,
    /// The field was changed since it was shown.
    Stale,
    /// The form would not hold together, each fault at its field.
    Faults(Violations),
}

impl FieldEdit {
    /// Does the step; what is wrong with the field itself is told when it is done.
    ///
    /// # Errors
    /// An unknown field, one that is not as it was shown, one too many, or a second one of the same word.
    pub fn apply(self, fields: &mut Vec<FormField>) -> Result<(), EditError> {
        let place = |fields: &[FormField], key: &str| fields.iter().position(|field| field.key() == key);
        let find = |fields: &[FormField], key: &str| place(fields, key).ok_or(EditError::Unknown);
        match self {
            Self::Add(field) => {
                if fields.len() >= MOST_FIELDS {
                    return Err(fault("form", Rule::TooMany(MOST_FIELDS)));
                }
                fits(fields, &field, None)?;
                fields.push(field);
            }
            Self::Change { key, seen, field } => {
                let at = find(fields, &key)?;
                if seen.is_some_and(|seen| seen != fields[at]) {
                    return Err(EditError::Stale);
                }
                fits(fields, &field, Some(at))?;
                fields[at] = field;
            }
            Self::Remove(key) => drop(fields.remove(find(fields, &key)?)),
            Self::Place(key, to) => {
                let field = fields.remove(find(fields, &key)?);
                fields.insert(to.min(fields.len()), field);
            }
            Self::Shift(key, earlier) => {
                let at = find(fields, &key)?;
                let to = if earlier { at.saturating_sub(1) } else { at + 1 };
                Self::Place(key, to).apply(fields)?;
            }
        }
        Ok(())
    }
}

/// Whether a field is whole and its word free, but for the field that it replaces.
fn fits(fields: &[FormField], field: &FormField, at: Option<usize>) -> Result<(), EditError> {
    let mut others = fields.iter().enumerate().filter(|(place, _)| Some(*place) != at);
    if others.any(|(_, other)| other.key() == field.key()) {
        return Err(fault("key", Rule::Duplicate));
    }
    let mut faults = Violations::default();
    field.check(&mut faults);
    check_words(std::slice::from_ref(field), fields, &mut faults);
    // On the page of one field, its parts have no longer names than that.
    let mut short = Violations::default();
    for found in faults.iter() {
        short.add(found.field.rsplit('.').next().unwrap_or_default().to_owned(), found.rule);
    }
    short.or(Some(())).map_err(EditError::Faults)
}

fn fault(field: &'static str, rule: Rule) -> EditError {
    let mut faults = Violations::default();
    faults.add(field, rule);
    EditError::Faults(faults)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::Asks;

    fn keys(fields: &[FormField]) -> Vec<&str> {
        fields.iter().map(FormField::key).collect()
    }

    fn change(key: &str, field: FormField) -> FieldEdit {
        FieldEdit::Change { key: key.to_owned(), seen: None, field }
    }

    #[test]
    fn fields_come_go_and_change_places() {
        let mut fields = FormField::usual();
        FieldEdit::Place("message".to_owned(), 0).apply(&mut fields).unwrap();
        assert_eq!(keys(&fields), ["message", "name", "email", "phone"]);
        FieldEdit::Shift("message".to_owned(), true).apply(&mut fields).unwrap();
        FieldEdit::Shift("name".to_owned(), true).apply(&mut fields).unwrap();
        FieldEdit::Shift("email".to_owned(), false).apply(&mut fields).unwrap();
        assert_eq!(keys(&fields), ["name", "message", "phone", "email"]);
        FieldEdit::Shift("email".to_owned(), false).apply(&mut fields).unwrap();
        FieldEdit::Shift("email".to_owned(), true).apply(&mut fields).unwrap();
        FieldEdit::Place("message".to_owned(), 99).apply(&mut fields).unwrap();
        FieldEdit::Remove("name".to_owned()).apply(&mut fields).unwrap();
        assert_eq!(keys(&fields), ["email", "phone", "message"]);
        FieldEdit::Add(FormField::plain(Asks::Name)).apply(&mut fields).unwrap();
        let mandatory = FormField { is_required: true, ..FormField::plain(Asks::Email) };
        change("email", mandatory).apply(&mut fields).unwrap();
        assert!(fields[0].is_required && keys(&fields) == ["email", "phone", "message", "name"]);
    }

    #[test]
    fn what_does_not_fit_is_refused_and_nothing_changes() {
        let mut fields = FormField::usual();
        let again = FieldEdit::Add(FormField::plain(Asks::Email)).apply(&mut fields);
        assert!(matches!(again, Err(EditError::Faults(_))));
        assert!(matches!(FieldEdit::Remove("budget".to_owned()).apply(&mut fields), Err(EditError::Unknown)));
        let other = change("name", FormField::plain(Asks::Phone)).apply(&mut fields);
        assert!(matches!(other, Err(EditError::Faults(_))), "another field sends that word");
        assert_eq!(fields, FormField::usual());
    }

    #[test]
    fn a_field_changes_only_as_it_was_shown() {
        let mut fields = FormField::usual();
        let plain = FormField::plain(Asks::Email);
        let mandatory = FormField { is_required: true, ..plain.clone() };
        let edit = FieldEdit::Change { key: "email".to_owned(), seen: Some(plain), field: mandatory };
        edit.clone().apply(&mut fields).unwrap();
        let kept = fields.clone();
        assert!(matches!(edit.apply(&mut fields), Err(EditError::Stale)));
        assert_eq!(fields, kept);
    }
}
