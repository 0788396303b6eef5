use jiff::Timestamp;

use super::{Account, Grounds, ProviderId, Standing, Subscription};
use crate::id::BillingSubjectId;

/// What is kept about the payments of an organization.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BillingRecord {
    /// By what the ledger knows the organization.
    pub subject: BillingSubjectId,
    /// Until when it tries the product.
    pub trial_ends_at: Timestamp,
    /// What it subscribed to, if it did.
    pub subscription: Option<Subscription>,
    /// Subscriptions of it that do not count any more, the first first: money may still be given back on them.
    pub earlier: Vec<ProviderId>,
}

impl BillingRecord {
    /// The record once a subscription of the organization was followed: what counts now is `subscription`, whichever that is.
    #[must_use]
    pub fn followed(self, fetched: &ProviderId, subscription: Option<Subscription>) -> Self {
        let current = subscription.as_ref().map(|current| &current.id);
        let before = self.subscription.map(|before| before.id);
        let mut earlier: Vec<_> = self.earlier.into_iter().filter(|id| Some(id) != current).collect();
        for id in before.iter().chain([fetched]) {
            if current.is_some_and(|current| current != id) && !earlier.contains(id) {
                earlier.push(id.clone());
            }
        }
        Self { subject: self.subject, trial_ends_at: self.trial_ends_at, subscription, earlier }
    }

    /// From what follows what the organization may do.
    pub fn grounds(&self) -> Grounds {
        Grounds { trial_ends_at: self.trial_ends_at, bought: self.subscription.as_ref().map(Subscription::bought) }
    }

    /// What the organization may do at `now`.
    pub fn standing(&self, now: Timestamp) -> Standing {
        Account::Billed(self.grounds()).standing(now)
    }
}
