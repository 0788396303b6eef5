use qualify_domain::{
    access::{Actor, Permission},
    activity::What,
    event::Event,
    id::{LeadId, UserId},
};
use qualify_ports::live::Change;

use crate::{Broken, Error};

/// A lead's new owner.
pub struct AssignLead {
    /// Who works on it from now on; nobody puts it back into the queue.
    pub owner: Option<UserId>,
    /// The version of the lead that was looked at.
    pub version: i32,
}

impl super::Leads {
    /// Gives a lead to a member. Who reaches own leads only takes one, or puts back their own; who reaches a team gives
    /// within it. Its timeline tells from whom to whom it went.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Rule`] beyond one's reach; [`Error::Stale`].
    pub async fn assign(&self, actor: &Actor, id: LeadId, command: AssignLead) -> Result<(), Error> {
        let scope = actor.permit(Permission::AssignLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut lead = super::found(&mut *tx, id).await?;
        if !scope.may_give_to(command.owner) {
            return Err(Broken::Assignment.into());
        }
        if let Some(owner) = command.owner {
            // Held, so that nobody is given a lead while they are removed.
            tx.members().hold().await?;
            tx.members().find(owner).await?.ok_or(Error::NotFound("member"))?;
        }
        // Told before and after: to whoever sees it no more, and to whoever sees it now.
        tx.announce(Change::Lead(id)).await?;
        let given = lead.give_to(command.owner);
        lead.version = command.version;
        tx.leads().update(&lead).await?;
        if let Some(given) = given {
            let now = self.clock.now();
            tx.activities().insert(&self.entry(&scope, id, What::Assigned(given), now)).await?;
            if let Some(to) = given.to.filter(|to| scope.user() != Some(*to)) {
                tx.outbox().append(&Event::LeadAssigned { lead: id, to, by: scope.user() }, now).await?;
            }
        }
        tx.announce(Change::Lead(id)).await?;
        Ok(tx.commit().await?)
    }
}
