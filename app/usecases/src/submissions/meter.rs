use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use moka::future::Cache;
use qualify_domain::{
    access::{Actor, Duty, Forbidden, Permission, TenantScope},
    deadline::paris_month,
    id::OrganizationId,
    subscription::{Account, BillingRecord, Capture, Grounds, TRIAL},
};
use qualify_ports::{
    billing::Billing,
    storage::{Storage, TenantTx},
};
use tracing::warn;

use crate::{Broken, Error};

/// How long a process goes by what it read; what it accepts itself meanwhile, it counts.
const MEMORY: Duration = Duration::from_secs(5);
/// How many organizations are remembered.
const REMEMBERED: u64 = 10_000;

/// How much each organization may still receive: a moment's memory, so that a submission costs no look of its own. Several
/// processes know of each other's submissions a moment later, which is near enough.
#[derive(Clone)]
pub(super) struct Meters {
    storage: Arc<dyn Storage>,
    billing: Arc<dyn Billing>,
    kept: Cache<OrganizationId, Arc<Meter>>,
}

/// What an organization may receive, as it was read.
pub(super) struct Meter {
    account: Account,
    month: Timestamp,
    accepted: AtomicU32,
}

impl Meter {
    /// Whether what comes at `now` waits sealed.
    ///
    /// # Errors
    /// [`Broken::Closed`] if nothing is taken in any more (RET-7).
    pub(super) fn seals(&self, now: Timestamp) -> Result<bool, Broken> {
        let standing = self.account.standing(now);
        if standing.capture == Capture::Closed {
            return Err(Broken::Closed);
        }
        Ok(standing.seals(self.accepted.load(Ordering::Relaxed)))
    }

    /// Counts one that was accepted.
    pub(super) fn count(&self) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
    }
}

impl Meters {
    pub(super) fn new(storage: Arc<dyn Storage>, billing: Arc<dyn Billing>) -> Self {
        let kept = Cache::builder().max_capacity(REMEMBERED).time_to_live(MEMORY).build();
        Self { storage, billing, kept }
    }

    /// How much the organization may still receive; none where nobody pays. Where it cannot be told, there is none either: a
    /// visitor never pays for our fault.
    pub(super) async fn of(&self, organization: OrganizationId, now: Timestamp) -> Option<Arc<Meter>> {
        if !self.billing.is_billed() {
            return None;
        }
        let month = paris_month(now);
        if self.kept.get(&organization).await.is_some_and(|meter| meter.month != month) {
            self.forget(organization).await;
        }
        match self.kept.try_get_with(organization, self.read(organization, month)).await {
            Ok(meter) => Some(meter),
            Err(error) => {
                let error = &*error as &dyn std::error::Error;
                warn!(error, %organization, "what an organization may receive cannot be told");
                None
            }
        }
    }

    /// Forgets what is remembered, because it has changed.
    pub(super) async fn forget(&self, organization: OrganizationId) {
        self.kept.invalidate(&organization).await;
    }

    /// On what grounds the organization stands; its record is held until the end of the work.
    ///
    /// # Errors
    /// [`Error::Failed`].
    pub(super) async fn account_held(&self, tx: &mut dyn TenantTx) -> Result<Account, Error> {
        if !self.billing.is_billed() {
            return Ok(Account::Unbilled);
        }
        let record = tx.billing().record_locked().await?;
        billed(tx, record).await
    }

    async fn read(&self, organization: OrganizationId, month: Timestamp) -> Result<Arc<Meter>, Error> {
        let mut tx = self.storage.tenant(&following(organization)?).await?;
        let record = tx.billing().record().await?;
        let account = billed(&mut *tx, record).await?;
        let accepted = tx.billing().usage(month).await?.submissions;
        Ok(Arc::new(Meter { account, month, accepted: AtomicU32::new(accepted) }))
    }
}

/// Who looks after what an organization may receive.
pub(super) fn following(organization: OrganizationId) -> Result<TenantScope, Forbidden> {
    #[expect(clippy::disallowed_methods, reason = "a visitor's form or the storage named the organization")]
    let keeper = Actor::product(organization, Duty::Bill);
    keeper.permit(Permission::FollowBilling)
}

/// Where nothing is kept yet, the organization tries the product.
async fn billed(tx: &mut dyn TenantTx, record: Option<BillingRecord>) -> Result<Account, Error> {
    let grounds = if let Some(record) = record {
        record.grounds()
    } else {
        let founded_at = tx.billing().founded_at().await?;
        let trial_ends_at = founded_at.saturating_add(TRIAL).unwrap_or(Timestamp::MAX);
        Grounds { trial_ends_at, bought: None }
    };
    Ok(Account::Billed(grounds))
}
