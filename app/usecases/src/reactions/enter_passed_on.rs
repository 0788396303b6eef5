use qualify_domain::{access::Permission, id::RightsRequestId};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, scope};

impl Reactions {
    /// Enters what the operator passed on into the organization's register (DSR-2).
    pub(super) async fn enter_passed_on(&self, claimed: &Claimed, request: RightsRequestId) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        if !tx.outbox().complete(claimed.id).await? {
            return Ok(());
        }
        if let Some(passed_on) = tx.rights().take_passed_on(request, self.clock.now()).await? {
            let entered = self.rights.enter_passed_on(&mut *tx, request, passed_on).await;
            entered.map_err(|error| Unfinished::Later(error.into()))?;
        }
        Ok(tx.commit().await?)
    }
}
