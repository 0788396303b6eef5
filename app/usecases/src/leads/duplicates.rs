use qualify_domain::{
    access::{Actor, Permission},
    duplicate::{Likeness, likeness},
    id::LeadId,
    lead::Lead,
    person::Person,
    text::{Email, Phone},
};
use qualify_ports::storage::TenantTx;

use super::found;
use crate::Error;

/// At most so many are shown; whoever has more of a kind merges these first.
const SHOWN: u16 = 20;

/// A lead that may be of the same person as another.
#[derive(Clone, Debug)]
pub struct Duplicate {
    /// The lead.
    pub lead: Lead,
    /// What they have in common, the most telling first.
    pub likeness: Vec<Likeness>,
}

impl super::Leads {
    /// The leads that may be of the same person as this one, as far as the actor may see leads: those that surely are first.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Merged`].
    pub async fn duplicates(&self, actor: &Actor, id: LeadId) -> Result<Vec<Duplicate>, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let lead = found(&mut *tx, id).await?;
        alike(&mut *tx, &lead.person(), Some(id)).await
    }
}

/// The leads that may be of that person, without one of them.
pub(super) async fn alike(
    tx: &mut dyn TenantTx,
    person: &Person,
    without: Option<LeadId>,
) -> Result<Vec<Duplicate>, Error> {
    let found = tx.merges().alike(person, without, SHOWN).await?;
    let alike = found.into_iter().map(|lead| Duplicate { likeness: likeness(person, &lead.person()), lead });
    // The database's small letters and ours may differ in some script; then there is nothing to show.
    let mut alike: Vec<_> = alike.filter(|duplicate| !duplicate.likeness.is_empty()).collect();
    // Who is known by an address or a number of a lead that became part of another.
    let emails: Vec<String> = person.email.iter().map(Email::normalized).collect();
    let phones: Vec<String> = person.phone.as_ref().and_then(Phone::e164).map(str::to_owned).into_iter().collect();
    for (alias, lead) in tx.lead_batches().known_as(&emails, &phones).await? {
        if Some(lead.id) != without && alike.iter().all(|duplicate| duplicate.lead.id != lead.id) {
            let likeness = if emails.contains(&alias) { Likeness::Email } else { Likeness::Phone };
            alike.push(Duplicate { lead, likeness: vec![likeness] });
        }
    }
    alike.sort_by(|one, other| one.likeness.cmp(&other.likeness));
    Ok(alike)
}
