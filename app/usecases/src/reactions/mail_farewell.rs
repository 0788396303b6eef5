use qualify_domain::{access::Permission, id::FarewellId};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, scope};
use crate::letter::Letter;

impl Reactions {
    /// Tells somebody that their account is gone, and forgets where it told them.
    pub(super) async fn mail_farewell(&self, claimed: &Claimed, id: FarewellId) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let farewell = tx.farewells().find(id).await?;
        drop(tx);
        if let Some(farewell) = farewell {
            let letter = Letter::account_deleted(farewell.language, &self.options);
            self.mailer.send(&letter.to_address(claimed.id, &farewell.email)?).await?;
        }
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        tx.farewells().remove(id).await?;
        tx.outbox().complete(claimed.id).await?;
        Ok(tx.commit().await?)
    }
}
