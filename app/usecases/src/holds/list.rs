use jiff::Timestamp;
use qualify_domain::{
    access::{Actor, Permission},
    hold::Hold,
    organization::Member,
};

use crate::Error;

/// What is held, and why.
#[derive(Debug)]
pub struct HoldList {
    /// All holds, the next to be reviewed first.
    pub holds: Vec<Hold>,
    /// The members who placed them, and others.
    pub members: Vec<Member>,
    /// When it was asked.
    pub now: Timestamp,
}

impl super::Holds {
    /// The holds that stand.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, actor: &Actor) -> Result<HoldList, Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let (holds, members) = (tx.holds().list().await?, tx.members().list().await?);
        Ok(HoldList { holds, members, now: self.clock.now() })
    }
}
