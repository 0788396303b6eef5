use qualify_domain::{
    access::{Actor, Permission},
    property::{MOST_PROPERTIES, Property, PropertyKey, PropertyKind},
    text::{Line, Name},
    violation::{Rule, Violations},
};
use qualify_ports::storage::StorageError;

use crate::Error;

/// Something more to know of leads.
#[derive(Debug, Default)]
pub struct MakeProperty {
    /// What members call it.
    pub name: String,
    /// What it is asked for.
    pub purpose: String,
    /// What it can hold, by its stable name.
    pub kind: String,
    /// What there is to choose from.
    pub choices: Vec<String>,
    /// Its word; suggested by the name if empty.
    pub key: String,
}

impl super::Properties {
    /// Makes a property.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] with all faults, too many included; [`Error::Conflict`] if its word is
    /// taken.
    pub async fn make(&self, actor: &Actor, command: MakeProperty) -> Result<Property, Error> {
        let scope = actor.permit(Permission::ShapeLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let others = tx.properties().list().await?;
        let property = self.read(&command, &others)?;
        match tx.properties().insert(&property).await {
            Err(StorageError::Conflict) => return Err(Error::Conflict("property")),
            kept => kept?,
        }
        tx.commit().await?;
        Ok(property)
    }

    fn read(&self, command: &MakeProperty, others: &[Property]) -> Result<Property, Violations> {
        let mut faults = Violations::default();
        let name = faults.keep("name", Name::parse(&command.name));
        let purpose = faults.keep("purpose", Line::parse(&command.purpose));
        let choices = choices(&command.choices, &mut faults);
        let kind = PropertyKind::of(&command.kind, choices);
        let field = if kind == Err(Rule::NotAChoice) { "kind" } else { "choices" };
        let kind = faults.keep(field, kind);
        let key = match command.key.trim() {
            "" => name.as_ref().map(|name| {
                PropertyKey::suggest(name, &others.iter().map(|other| other.key.as_str()).collect::<Vec<_>>())
            }),
            typed => faults.keep("key", typed.parse()),
        };
        if others.len() >= MOST_PROPERTIES {
            faults.add("name", Rule::TooMany(MOST_PROPERTIES));
        }
        let property = name.zip(purpose).zip(kind.zip(key)).map(|((name, purpose), (kind, key))| Property {
            id: self.ids.next(),
            version: 1,
            key,
            name,
            purpose,
            kind,
            is_archived: false,
        });
        faults.or(property)
    }
}

pub(super) fn choices(written: &[String], faults: &mut Violations) -> Vec<Name> {
    written.iter().filter_map(|choice| faults.keep("choices", Name::parse(choice))).collect()
}
