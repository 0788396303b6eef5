use qualify_domain::{
    access::{Actor, Permission},
    activity::{Activity, What},
    id::LeadId,
    text::Message,
};
use qualify_ports::live::Change;

use crate::Error;

/// A note to write on a lead.
pub struct NoteLead {
    /// The words.
    pub text: Message,
}

impl super::Leads {
    /// Writes a note on a lead.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn note(&self, actor: &Actor, id: LeadId, command: NoteLead) -> Result<(), Error> {
        let scope = actor.permit(Permission::NoteLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.leads().find(id).await?.ok_or(Error::NotFound("lead"))?;
        let note = Activity {
            id: self.ids.next(),
            lead: id,
            at: self.clock.now(),
            author: scope.author(),
            what: What::Noted(command.text),
        };
        tx.activities().insert(&note).await?;
        tx.announce(Change::Lead(id)).await?;
        Ok(tx.commit().await?)
    }
}
