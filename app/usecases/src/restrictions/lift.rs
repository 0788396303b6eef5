use qualify_domain::{
    access::{Actor, Permission},
    id::LeadId,
};
use qualify_ports::live::Change;

use crate::{Error, leads::found::found};

impl super::Restrictions {
    /// Has the person told that their lead is used again. The worker mails them, and then it is: the mail goes first. Where
    /// they were told otherwise it is used again at once.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if it is not restricted; [`Error::Rule`] if they are being told already, or
    /// if nobody tells them.
    pub async fn announce_lift(&self, actor: &Actor, lead: LeadId, told_otherwise: bool) -> Result<(), Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut restriction = tx.restrictions().hold(lead).await?.ok_or(Error::NotFound("restriction"))?;
        if told_otherwise {
            tx.restrictions().lift(lead).await?;
            tx.announce(Change::Lead(lead)).await?;
            return Ok(tx.commit().await?);
        }
        let has_address = found(&mut *tx, lead).await?.email.is_some();
        let now = self.clock.now();
        let announced = restriction.announce_lift(has_address, now)?;
        tx.restrictions().update(&restriction).await?;
        tx.outbox().append(&announced, now).await?;
        Ok(tx.commit().await?)
    }
}
