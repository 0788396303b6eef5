use qualify_domain::{access::Permission, event::Event, id::FarewellId};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, scope};
use crate::letter::Letter;

impl Reactions {
    /// Tells somebody that their account is gone, or that nothing is kept of them any more, and forgets where it told them.
    pub(super) async fn mail_farewell(&self, claimed: &Claimed, id: FarewellId) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let farewell = tx.farewells().find(id).await?;
        let organization = tx.organizations().own().await?;
        let rights = format!("{}/o/{}/privacy", self.options.base_url, tx.rights().slug().await?);
        drop(tx);
        if let Some(farewell) = farewell {
            let letter = match claimed.event {
                Event::PersonForgotten { .. } => Letter::person_erased(farewell.language, &organization.name, rights),
                _ => Letter::account_deleted(farewell.language, &self.options),
            };
            self.mailer.send(&letter.to_address(claimed.id, &farewell.email)?).await?;
        }
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        tx.farewells().remove(id).await?;
        tx.outbox().complete(claimed.id).await?;
        Ok(tx.commit().await?)
    }
}
