use qualify_domain::{
    access::{Actor, Permission},
    organization::Member,
    restriction::Restriction,
};

use crate::Error;

/// What is restricted: nothing of a lead but its id.
#[derive(Debug)]
pub struct Restricted {
    /// All restrictions, newest first.
    pub restrictions: Vec<Restriction>,
    /// The members who made them, and others.
    pub members: Vec<Member>,
}

impl super::Restrictions {
    /// The leads that are kept and not used.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, actor: &Actor) -> Result<Restricted, Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(Restricted { restrictions: tx.restrictions().list().await?, members: tx.members().list().await? })
    }
}
