use qualify_domain::{
    access::{Actor, Permission, TenantScope},
    id::PropertyId,
    property::{Property, PropertyKind},
    score::Edition,
    text::{Line, Name},
    violation::Violations,
};
use qualify_ports::storage::{StorageError, TenantTx};

use super::make::choices;
use crate::Error;

/// What of a property changes; its kind and its word never do.
#[derive(Debug)]
pub struct ChangeProperty {
    /// What members call it.
    pub name: String,
    /// What it is asked for.
    pub purpose: String,
    /// What there is to choose from; what was chosen before stays known.
    pub choices: Vec<String>,
    /// Whether it is out of use: what is known stays, nothing new is asked.
    pub is_archived: bool,
    /// The version that was looked at.
    pub version: i32,
}

impl super::Properties {
    /// Changes a property, or takes it out of use and back. Where the rules of the score ask for it, leads are scored anew
    /// then: such a rule counts nothing while its property is out of use. For other choices they are not: what was chosen
    /// stays known, and counts as it did.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] with all faults; [`Error::Stale`].
    pub async fn change(&self, actor: &Actor, id: PropertyId, command: ChangeProperty) -> Result<(), Error> {
        let scope = actor.permit(Permission::ShapeLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let known = tx.properties().list().await?;
        let property = known.into_iter().find(|property| property.id == id).ok_or(Error::NotFound("property"))?;
        let was_archived = property.is_archived;
        let changed = read(property, &command)?;
        tx.properties().update(&changed, self.clock.now()).await?;
        if changed.is_archived != was_archived {
            self.score_anew(&mut *tx, &scope, id).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The same rules as another version, by which all leads are scored in the background, if one of them asks for the
    /// property.
    async fn score_anew(&self, tx: &mut dyn TenantTx, scope: &TenantScope, id: PropertyId) -> Result<(), Error> {
        let Some(present) = tx.scores().newest().await?.filter(|edition| edition.book.properties().contains(&id))
        else {
            return Ok(());
        };
        let (made_at, made_by) = (self.clock.now(), scope.author());
        let edition = Edition { version: present.version + 1, book: present.book, made_at, made_by };
        match tx.scores().put_into_force(&edition).await {
            // Somebody put other rules into force at the same moment.
            Err(StorageError::Conflict) => Err(Error::Stale),
            other => Ok(other?),
        }
    }
}

fn read(property: Property, command: &ChangeProperty) -> Result<Property, Violations> {
    let mut faults = Violations::default();
    let name = faults.keep("name", Name::parse(&command.name));
    let purpose = faults.keep("purpose", Line::parse(&command.purpose));
    let choices = choices(&command.choices, &mut faults);
    let kind = faults.keep("choices", PropertyKind::of(property.kind.code(), choices));
    let changed = name.zip(purpose).zip(kind).map(|((name, purpose), kind)| Property {
        name,
        purpose,
        kind,
        is_archived: command.is_archived,
        version: command.version,
        ..property
    });
    faults.or(changed)
}
