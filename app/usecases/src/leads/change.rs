use qualify_domain::{
    access::{Actor, Permission},
    activity::{Activity, What},
    id::LeadId,
    person::PersonChange,
    violation::Violations,
};
use qualify_ports::live::Change;

use crate::Error;

/// A change of what is known of a lead's person.
#[derive(Debug)]
pub struct ChangeLead {
    /// What changes.
    pub person: PersonChange,
    /// The version of the lead that was looked at.
    pub version: i32,
}

impl super::Leads {
    /// Changes what is known of a lead's person, if nobody changed the lead meanwhile. Tells the lead's version after it.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] with all faults; [`Error::Stale`].
    pub async fn change(&self, actor: &Actor, id: LeadId, command: ChangeLead) -> Result<i32, Error> {
        let scope = actor.permit(Permission::ChangeLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut lead = tx.leads().find(id).await?.ok_or(Error::NotFound("lead"))?;
        let language = tx.organizations().own().await?.language;
        let mut faults = Violations::default();
        let person = command.person.parse(&lead, language, &mut faults);
        let person = faults.or(Some(person))?;
        if lead.version != command.version {
            return Err(Error::Stale);
        }
        if !lead.change(person) {
            return Ok(lead.version);
        }
        tx.leads().update(&lead).await?;
        let (author, at) = (scope.author(), self.clock.now());
        tx.activities().insert(&Activity { id: self.ids.next(), lead: id, at, author, what: What::Changed }).await?;
        tx.announce(Change::Lead(id)).await?;
        tx.commit().await?;
        Ok(lead.version + 1)
    }
}
