use qualify_domain::{
    access::{Actor, Permission},
    activity::What,
    event::Event,
    form::LegalBasis,
    id::LeadId,
    person::WrittenPerson,
    submission::Attribution,
};
use qualify_ports::live::Change;

use super::{Duplicate, LeadStart, duplicates::alike, start::Beginning};
use crate::{Error, restrictions::refuse_restricted};

/// A lead that a member makes.
#[derive(Debug)]
pub struct AddLead {
    /// Who it is.
    pub person: WrittenPerson,
    /// What there is to say about it: the first note.
    pub message: String,
    /// The ground on which the lead is kept.
    pub legal_basis: LegalBasis,
    /// With what it begins beside that.
    pub start: LeadStart,
    /// Whether it is made though others may be of the same person.
    pub anyway: bool,
}

/// What came of it.
#[derive(Debug)]
pub enum Added {
    /// The lead is there.
    Made(LeadId),
    /// These may be of the same person: nothing is made until the member has seen them.
    Alike(Vec<Duplicate>),
}

impl super::Leads {
    /// Makes a lead, the member's own unless they name another owner; first, those they can see that may be of the same
    /// person are shown.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] with all faults; [`Error::Rule`] if its owner is beyond one's reach, or its
    /// person has a lead that is restricted.
    pub async fn add(&self, actor: &Actor, command: AddLead) -> Result<Added, Error> {
        let scope = actor.permit(Permission::CreateLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let (new, message) =
            Beginning::read(&mut *tx, actor, &command.person, &command.message, &command.start).await?;
        refuse_restricted(&mut *tx, new.person.email.as_ref(), new.person.phone.as_ref()).await?;
        if !command.anyway {
            let alike = alike(&mut *tx, &new.person, None).await?;
            if !alike.is_empty() {
                return Ok(Added::Alike(alike));
            }
        }
        let (now, unknown) = (self.clock.now(), Attribution::default());
        let lead = self.open_for(&mut *tx, &scope, new, command.legal_basis, unknown, now).await?.lead;
        if let Some(message) = message {
            tx.activities().insert(&self.entry(&scope, lead, What::Noted(message), now)).await?;
        }
        tx.outbox().append(&Event::LeadMade { lead, first: true, by: scope.user() }, now).await?;
        tx.announce(Change::Lead(lead)).await?;
        tx.commit().await?;
        Ok(Added::Made(lead))
    }
}
