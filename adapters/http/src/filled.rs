//! A form as its reader left it: the values to show again, and the faults at their fields.

use std::collections::BTreeMap;

use qualify_domain::{subscription::Refused, violation::Violations};

use crate::text::Text;

/// What stands in a form's fields.
#[derive(Clone, Debug, Default)]
pub struct Filled {
    values: BTreeMap<&'static str, String>,
    faults: BTreeMap<String, String>,
}

impl Filled {
    /// The same with a value in a field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.insert(name, value.into());
        self
    }

    /// The same with words of fault at a field, or at `form` for the whole.
    #[must_use]
    pub fn faulty(mut self, name: impl Into<String>, words: impl Into<String>) -> Self {
        self.faults.entry(name.into()).or_insert_with(|| words.into());
        self
    }

    /// The same with all faults, each at its field.
    #[must_use]
    pub fn faulty_all(self, violations: &Violations, text: Text) -> Self {
        violations.iter().fold(self, |filled, violation| {
            filled.faulty(&*violation.field, text.rule(&violation.field, violation.rule))
        })
    }

    /// The same with a value in a field that holds none.
    #[must_use]
    pub fn or(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.entry(name).or_insert_with(|| value.into());
        self
    }

    /// The same with what another holds put over it.
    #[must_use]
    pub fn over(mut self, other: Self) -> Self {
        self.values.extend(other.values);
        self.faults.extend(other.faults);
        self
    }

    /// The same with what the plan allows of what was to be added.
    #[must_use]
    pub fn full(self, refused: Refused, text: Text) -> Self {
        let (thing, used) = (refused.thing.code(), text.number(refused.used.into()));
        let limit = text.times(&format!("plan-holds-{thing}"), "", refused.limit.into());
        let key = format!("plan-full-{thing}");
        self.faulty("plan", text.with_all(&key, [("limit", &*limit), ("used", &*used)]))
    }

    /// What a field holds.
    pub fn value(&self, name: &str) -> &str {
        self.values.get(name).map(String::as_str).unwrap_or_default()
    }

    /// Whether a box is ticked.
    pub fn ticked(&self, name: &str) -> bool {
        !self.value(name).is_empty()
    }

    /// Whether it holds what was typed and is nowhere kept: it came back with faults.
    pub fn is_unsaved(&self) -> bool {
        !self.faults.is_empty()
    }

    /// What is wrong with a field.
    pub fn fault(&self, name: &str) -> Option<&str> {
        self.faults.get(name).map(String::as_str)
    }
}
