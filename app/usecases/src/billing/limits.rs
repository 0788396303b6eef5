use std::sync::Arc;

use qualify_domain::{deadline::paris_month, plan::Metered};
use qualify_ports::{billing::Billing as Provider, storage::TenantTx, time::Clock};

use super::standing;
use crate::{Broken, Error, Ports};

/// Whether there is room for more. What is there stays, however small the plan: only adding is refused.
#[derive(Clone)]
pub(crate) struct Room {
    provider: Arc<dyn Provider>,
    clock: Arc<dyn Clock>,
}

impl Room {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { provider: ports.payments.provider.clone(), clock: ports.clock.clone() }
    }

    /// Asks for room for so many more, in the work that adds them; who else asks waits for its end.
    pub(crate) async fn for_more(&self, tx: &mut dyn TenantTx, thing: Metered, more: u32) -> Result<(), Error> {
        if !self.provider.is_billed() {
            return Ok(());
        }
        let now = self.clock.now();
        let grounds = tx.billing().record_locked().await?.map(|record| record.grounds());
        let usage = tx.billing().usage(paris_month(now)).await?;
        standing(true, grounds, now).may_add(thing, more, usage).map_err(|refused| Broken::PlanFull(refused).into())
    }
}
