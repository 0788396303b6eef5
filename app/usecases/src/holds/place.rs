use std::collections::BTreeSet;

use jiff::civil::Date;
use qualify_domain::{
    access::{Actor, Forbidden, Permission},
    hold::{Held, Hold},
    id::HoldId,
    text::Message,
};

use crate::Error;

/// A hold as it is wanted.
pub struct PlaceHold {
    /// What it keeps.
    pub records: BTreeSet<Held>,
    /// Why.
    pub reason: Message,
    /// On which day somebody asks whether it is needed still.
    pub review_on: Date,
}

impl super::Holds {
    /// Keeps records from going, whatever else is asked, until the hold is lifted.
    ///
    /// # Errors
    /// [`Error::Forbidden`], for a program too; [`Error::NotFound`] if a record is not there; [`Error::Rule`] without records
    /// or with a review that is not after today and within six months.
    pub async fn place(&self, actor: &Actor, command: PlaceHold) -> Result<HoldId, Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        let author = scope.user().ok_or(Forbidden(Permission::EraseLead))?;
        let PlaceHold { records, reason, review_on } = command;
        let hold = Hold::place(self.ids.next(), records, reason, author, review_on, self.clock.now())?;
        let mut tx = self.storage.tenant(&scope).await?;
        let records: Vec<_> = hold.records.iter().copied().collect();
        if tx.holds().known(&records).await?.len() < records.len() {
            return Err(Error::NotFound("record"));
        }
        tx.holds().insert(&hold).await?;
        tx.commit().await?;
        Ok(hold.id)
    }
}
