use qualify_domain::{
    access::{Actor, Permission},
    activity::{Activity, What},
    event::Event,
    form::LegalBasis,
    id::LeadId,
    lead::{Lead, Source},
    person::{Person, WrittenPerson},
    text::Message,
    violation::Violations,
};
use qualify_ports::live::Change;

use super::{Duplicate, duplicates::alike};
use crate::Error;

/// A lead that a member makes.
#[derive(Debug)]
pub struct AddLead {
    /// Who it is.
    pub person: WrittenPerson,
    /// What there is to say about it: the first note.
    pub message: String,
    /// The ground on which the lead is kept.
    pub legal_basis: LegalBasis,
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
    /// Makes a lead of the member's own, unless one they can see may be of the same person: these are shown first.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] with all faults.
    pub async fn add(&self, actor: &Actor, command: AddLead) -> Result<Added, Error> {
        let scope = actor.permit(Permission::CreateLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let language = tx.organizations().own().await?.language;
        let mut faults = Violations::default();
        let own = tx.properties().list().await?;
        let person = Person::parse(&command.person, &own, language, &mut faults);
        let message = faults.keep("message", Message::parse_optional(&command.message));
        let message = faults.or(message)?;
        if !command.anyway {
            let alike = alike(&mut *tx, &person, None).await?;
            if !alike.is_empty() {
                return Ok(Added::Alike(alike));
            }
        }
        let (now, author) = (self.clock.now(), scope.author());
        let pipeline = tx.pipelines().first().await?.ok_or(Error::NotFound("pipeline"))?;
        let mut lead = Lead::make(self.ids.next(), person, Source::Member, command.legal_basis, &pipeline, now)?;
        lead.owner = scope.user();
        tx.leads().insert(&lead).await?;
        for what in [Some(What::Created), message.map(What::Noted)].into_iter().flatten() {
            tx.activities().insert(&Activity { id: self.ids.next(), lead: lead.id, at: now, author, what }).await?;
        }
        tx.outbox().append(&Event::LeadMade { lead: lead.id, first: true, by: scope.user() }, now).await?;
        tx.announce(Change::Lead(lead.id)).await?;
        tx.commit().await?;
        Ok(Added::Made(lead.id))
    }
}
