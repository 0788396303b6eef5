//! A field of what is known of a lead, to be filled in as its kind wants it.

use std::collections::BTreeSet;

use qualify_domain::property::{Property, PropertyKind};

/// A field.
pub struct Input {
    /// Which: text, email, tel, url, date, area, choice, several, checkbox.
    pub kind: &'static str,
    /// The name by which it is sent, and the id of its element.
    pub name: String,
    pub label: String,
    pub value: String,
    /// What there is to choose from, and whether it is chosen.
    pub choices: Vec<(String, bool)>,
    pub fault: String,
    /// Whether it stands where no label is beside it.
    pub alone: bool,
}

impl Input {
    /// A field for what an organization wants to know, with what was typed so far.
    pub fn of(property: &Property, name: String, typed: &[String], fault: String) -> Self {
        Self {
            kind: kind(&property.kind),
            name,
            label: property.name.to_string(),
            value: typed.join("\n"),
            choices: choices(&property.kind, typed),
            fault,
            alone: false,
        }
    }
}

/// By which field a property is filled in.
pub fn kind(kind: &PropertyKind) -> &'static str {
    match kind {
        PropertyKind::LongText => "area",
        PropertyKind::Date => "date",
        PropertyKind::Url => "url",
        PropertyKind::Choice(_) => "choice",
        PropertyKind::MultipleChoice(_) => "several",
        PropertyKind::Checkbox => "checkbox",
        PropertyKind::Text | PropertyKind::Number => "text",
    }
}

/// What there is to choose from, and whether it is chosen.
pub fn choices(kind: &PropertyKind, chosen: &[String]) -> Vec<(String, bool)> {
    let chosen: BTreeSet<&str> = chosen.iter().map(String::as_str).collect();
    kind.choices().iter().map(|choice| (choice.to_string(), chosen.contains(&**choice))).collect()
}
