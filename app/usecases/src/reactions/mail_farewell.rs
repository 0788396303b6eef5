use std::collections::BTreeSet;

use jiff::SignedDuration;
use qualify_domain::{access::Permission, event::Event, id::FarewellId};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, scope};
use crate::letter::Letter;

/// Other mails to the same address are waited for so long before somebody looks again.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);

impl Reactions {
    /// Tells somebody that their account is gone, or that nothing is kept of them any more, and forgets where it told them.
    pub(super) async fn mail_farewell(&self, claimed: &Claimed, id: FarewellId) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let farewell = tx.farewells().find(id).await?;
        let address: BTreeSet<_> = farewell.iter().map(|farewell| farewell.email.normalized()).collect();
        if !tx.rights().unmailed(&address).await?.is_empty() {
            // What they were answered goes first: this is the last mail.
            return Err(Unfinished::NotYet(self.clock.now() + AGAIN));
        }
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
