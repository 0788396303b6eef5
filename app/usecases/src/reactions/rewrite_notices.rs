use std::time::Duration;

use qualify_domain::{access::Permission, id::FarewellId};
use qualify_ports::storage::Claimed;
use tokio::time::Instant;

use super::{Reactions, Unfinished, scope};
use crate::accounts::delete::rewrite_some;

/// After so long without a pause there is time for other things, well before the reaction would be given up.
const STRETCH: Duration = Duration::from_secs(4);

impl Reactions {
    /// Takes the address of somebody whose account left out of the notices that people were shown, piece by piece, and forgets
    /// it then.
    pub(super) async fn rewrite_notices(&self, claimed: &Claimed, id: FarewellId) -> Result<(), Unfinished> {
        let begin = Instant::now();
        while begin.elapsed() < STRETCH {
            let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
            let is_done = rewrite_some(&mut *tx, id).await?;
            if is_done {
                tx.outbox().complete(claimed.id).await?;
            }
            tx.commit().await?;
            if is_done {
                return Ok(());
            }
        }
        Err(Unfinished::NotYet(self.clock.now()))
    }
}
