//! The editions of a form: each that was published stays, and tells what is new in it.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::{FormField, FormSettings};
use crate::activity::Author;

/// A form as it was published.
#[derive(Clone, Debug)]
pub struct Edition {
    /// The form's version.
    pub version: i32,
    /// What was published.
    pub settings: FormSettings,
    /// When.
    pub at: Timestamp,
    /// By whom; nobody where the product did it.
    pub author: Option<Author>,
}

/// What is different between two editions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FormChange {
    /// A setting, by its word.
    Setting(&'static str),
    /// A field came.
    Added(String),
    /// A field went.
    Removed(String),
    /// A field is asked otherwise.
    Changed(String),
    /// The fields stand in another order.
    Order,
}

/// What is different from `before` to `after`: settings first, then fields in their order.
pub fn changes(before: &FormSettings, after: &FormSettings) -> Vec<FormChange> {
    let settings = [
        ("name", before.name != after.name),
        ("language", before.language != after.language),
        ("legal_basis", before.legal_basis != after.legal_basis),
        ("consent_wording", before.consent_wording != after.consent_wording),
        ("notice", before.notice != after.notice),
        ("purposes", before.purposes != after.purposes),
        ("allowed_origins", before.allowed_origins != after.allowed_origins),
        ("thank_you", before.thank_you != after.thank_you),
        ("requires_token", before.requires_token != after.requires_token),
        ("requires_work", before.requires_work != after.requires_work),
        ("known_person", before.known_person != after.known_person),
    ];
    let mut found: Vec<_> =
        settings.into_iter().filter(|(_, differs)| *differs).map(|(word, _)| FormChange::Setting(word)).collect();
    let former = |key: &str| before.fields.iter().find(|field| field.key() == key);
    for field in &after.fields {
        match former(field.key()) {
            None => found.push(FormChange::Added(field.key().to_owned())),
            Some(former) if former != field => found.push(FormChange::Changed(field.key().to_owned())),
            Some(_) => {}
        }
    }
    let keys = |fields: &[FormField]| fields.iter().map(|field| field.key().to_owned()).collect::<Vec<_>>();
    let (old, new) = (keys(&before.fields), keys(&after.fields));
    let (old_set, new_set): (BTreeSet<_>, BTreeSet<_>) = (old.iter().collect(), new.iter().collect());
    found.extend(old.iter().filter(|key| !new_set.contains(key)).cloned().map(FormChange::Removed));
    let stayed = |keys: &[String], others: &BTreeSet<&String>| {
        keys.iter().filter(|key| others.contains(key)).cloned().collect::<Vec<_>>()
    };
    if stayed(&old, &new_set) != stayed(&new, &old_set) {
        found.push(FormChange::Order);
    }
    found
}
