use std::collections::BTreeSet;

use jiff::SignedDuration;
use qualify_domain::{access::Permission, id::RightsRequestId, text::Email};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, scope};
use crate::rights::{awaits_answer, forget};

/// An answer that has not gone out is waited for so long before somebody looks again.
const AGAIN: SignedDuration = SignedDuration::from_mins(1);

impl Reactions {
    /// Forgets who asked, of whom nothing is kept any more but where the answer goes, once it went out. An answer that the
    /// mail server refused for good is not waited for.
    pub(super) async fn forget_asker(&self, claimed: &Claimed, request: RightsRequestId) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        let kept = tx.rights().find(request).await?;
        let address = kept.as_ref().and_then(|kept| kept.request.address());
        let address: BTreeSet<_> = address.map(Email::normalized).into_iter().collect();
        let unmailed = tx.rights().unmailed(&address).await?;
        let held = tx.rights().hold_of(&address).await?;
        for mut kept in held.into_iter().filter(|kept| kept.request.id == request) {
            if awaits_answer(&kept, &unmailed) {
                return Err(Unfinished::NotYet(self.clock.now() + AGAIN));
            }
            forget(&mut kept, None, self.clock.now());
            tx.rights().keep(&kept).await?;
        }
        tx.outbox().complete(claimed.id).await?;
        Ok(tx.commit().await?)
    }
}
