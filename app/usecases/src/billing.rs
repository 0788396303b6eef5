//! What an organization subscribed to: it chooses a plan, pays at the provider, and stands as the provider says (BIL-3). What
//! is no longer paid for ends (RET-6).

mod books;
mod choose;
mod claim;
mod follow;
mod hear;
mod keeper;
mod limits;
mod look;
mod watch;

use std::sync::Arc;

use jiff::Timestamp;
use qualify_domain::{
    access::{Actor, Duty},
    closing::Closing,
    id::OrganizationId,
    ledger::FiscalYear,
    plan::{PlanCode, Usage},
    subscription::{Account, Grounds, Standing, Subscription},
};
use qualify_ports::{
    billing::{Billing as Provider, BillingError},
    storage::Storage,
    time::Clock,
    tokens::Tokens,
};

pub use self::{
    books::Books,
    hear::HearError,
    watch::{WatchedPayments, watched_payments},
};
pub(crate) use self::{follow::Follower, keeper::Keeper, limits::Room};
use crate::{Broken, Error, Ports};

/// Where organizations pay, and by whose calendar the books are kept.
#[derive(Clone)]
pub struct Payments {
    /// The provider.
    pub provider: Arc<dyn Provider>,
    /// Where the browser comes back to from there.
    pub return_to: String,
    /// When the fiscal year ends of whoever runs the installation.
    pub fiscal_year: FiscalYear,
}

/// What an organization subscribed to.
#[derive(Clone)]
pub struct Billing {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    tokens: Arc<dyn Tokens>,
    payments: Payments,
    follower: Follower,
}

/// What an organization subscribed to, and what it uses.
#[derive(Clone, Debug)]
pub struct BillingOverview {
    /// What counts now.
    pub standing: Standing,
    /// Until when it tries the product.
    pub trial_ends_at: Timestamp,
    /// What it subscribed to, if it did.
    pub subscription: Option<Subscription>,
    /// What it uses.
    pub usage: Usage,
    /// What can be bought, the smallest first.
    pub plans: Vec<PlanCode>,
    /// Its end, if it ends.
    pub closing: Option<Closing>,
    /// Whether somebody began to pay within a day, and nothing was heard of it yet.
    pub is_awaited: bool,
}

impl Billing {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            tokens: ports.tokens.clone(),
            payments: ports.payments.clone(),
            follower: Follower::new(ports),
        }
    }

    /// Whether anybody pays here.
    pub fn is_billed(&self) -> bool {
        self.payments.provider.is_billed()
    }

    /// Nothing is to be seen where nobody pays.
    fn require_billed(&self) -> Result<(), Error> {
        if self.is_billed() { Ok(()) } else { Err(Error::NotFound("billing")) }
    }
}

/// What an organization may do on those grounds. Where nothing is kept yet, it has just begun to try the product.
pub(crate) fn standing(is_billed: bool, grounds: Option<Grounds>, now: Timestamp) -> Standing {
    let new = Grounds { trial_ends_at: Timestamp::MAX, bought: None };
    let account = if is_billed { Account::Billed(grounds.unwrap_or(new)) } else { Account::Unbilled };
    account.standing(now)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the provider's word is kept in the organization whose subscription it is"
)]
fn product(organization: OrganizationId) -> Actor {
    Actor::product(organization, Duty::Bill)
}

impl From<BillingError> for Error {
    fn from(error: BillingError) -> Self {
        match error {
            BillingError::TooOften(wait) => Self::TooOften(wait.as_secs().max(1)),
            BillingError::Refused(_) => Self::Rule(Broken::PaymentRefused),
            BillingError::Unavailable(_) | BillingError::NotUnderstood(_) => Self::Rule(Broken::ProviderAway),
            BillingError::KeyRefused => Self::Failed(error.into()),
        }
    }
}
