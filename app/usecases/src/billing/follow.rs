use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::{Forbidden, Permission},
    closing::{Closing, ClosingNotice, Ending},
    event::{BillingNews, Event},
    id::OrganizationId,
    ledger::{self, Bill, FiscalYear},
    subscription::{BillingRecord, Checkout, Fetched, Status, Step, Subscription, TRIAL},
};
use qualify_ports::{
    billing::{Billing as Provider, BillingError},
    storage::{Storage, StorageError, TenantTx},
    time::{Clock, Ids},
};
use tracing::{error, warn};

use super::product;
use crate::{Error, Ports, Submissions};

/// Whoever pays hears so many days before a trial ends.
const TRIAL_NOTICES: [u8; 3] = [7, 3, 1];

/// Whoever began to pay is asked about this often, and others once a night.
const SOON: SignedDuration = SignedDuration::from_mins(15);
const NIGHTLY: SignedDuration = SignedDuration::from_hours(24);

/// From where a state of a subscription is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// The provider was asked for it, and answered.
    Asked,
    /// A webhook told of it, and the provider cannot be asked.
    Told,
}

/// What the provider says is not kept.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FollowError {
    /// The provider does not answer.
    #[error(transparent)]
    Provider(#[from] BillingError),
    /// The storage does not.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The product may not: its grants are wrong.
    #[error(transparent)]
    Forbidden(#[from] Forbidden),
}

impl FollowError {
    /// Whether the same may succeed later, if only after the operator has mended something.
    pub(super) const fn may_pass(&self) -> bool {
        !matches!(self, Self::Provider(BillingError::Refused(_)) | Self::Forbidden(_))
    }
}

impl From<FollowError> for Error {
    fn from(error: FollowError) -> Self {
        match error {
            FollowError::Provider(error) => error.into(),
            FollowError::Storage(error) => error.into(),
            FollowError::Forbidden(error) => error.into(),
        }
    }
}

/// Makes of an organization what the provider says of its subscription.
#[derive(Clone)]
pub(crate) struct Follower {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    provider: Arc<dyn Provider>,
    fiscal_year: FiscalYear,
    submissions: Submissions,
}

impl Follower {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            provider: ports.payments.provider.clone(),
            fiscal_year: ports.payments.fiscal_year,
            submissions: Submissions::new(ports),
        }
    }

    /// Keeps a subscription of that organization as it was fetched, with what was paid for it, and does what follows.
    pub(crate) async fn follow(
        &self,
        home: OrganizationId,
        fetched: &Fetched,
        source: Source,
    ) -> Result<(), FollowError> {
        let bills = match source {
            Source::Asked => self.provider.bills(&fetched.id).await?,
            Source::Told => Vec::new(),
        };
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&product(home).permit(Permission::FollowBilling)?).await?;
        let record = self.record(&mut *tx, now).await?;
        let before = record.subscription.as_ref();
        let followed = Subscription::follow(before, fetched, now);
        let mut subscription = followed.subscription;
        if let (Source::Told, Some(subscription)) = (source, &mut subscription) {
            // Only an answer confirms (RET-8).
            subscription.confirmed_at = before.map_or(fetched.updated_at, |before| before.confirmed_at);
        }
        if let Some(kept) = before.filter(|kept| kept.is_doubled_by(fetched, now)) {
            error!(organization = %home, first = %kept.id, second = %fetched.id, "an organization pays for two subscriptions: one is to be cancelled at the provider");
        }
        let record = record.followed(&fetched.id, subscription);
        self.keep(&mut *tx, &record, now).await?;
        if source == Source::Asked {
            self.enter(&mut *tx, &bills, now).await?;
        }
        let is_news = !followed.steps.is_empty();
        for step in followed.steps {
            if step == Step::NotUnderstood {
                error!(id = %fetched.id, "the payment provider says of a subscription what is not known here");
            } else {
                tx.outbox().append(&Event::BillingNewsDue { news: BillingNews::Step(step) }, now).await?;
            }
        }
        self.end_or_reopen(&mut *tx, &record, now).await?;
        tx.commit().await?;
        if is_news {
            self.unseal(home).await;
        }
        Ok(())
    }

    /// Lets out what waits sealed, as far as the organization may receive it by now; the worker does so once an hour, anyway.
    async fn unseal(&self, home: OrganizationId) {
        if let Err(error) = self.submissions.release_sealed(home).await {
            let error = &error as &dyn std::error::Error;
            warn!(error, %home, "what waits sealed is let out later");
        }
    }

    /// Begins to keep an organization's payments, ends it if its time is over, and says when to look again.
    pub(crate) async fn look_after(&self, home: OrganizationId) -> Result<BillingRecord, FollowError> {
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&product(home).permit(Permission::FollowBilling)?).await?;
        let record = self.record(&mut *tx, now).await?;
        self.keep(&mut *tx, &record, now).await?;
        self.end_or_reopen(&mut *tx, &record, now).await?;
        tx.commit().await?;
        Ok(record)
    }

    /// Begins to keep the payments of an organization that is being founded, in the work that founds it; not where nobody pays.
    pub(crate) async fn begin(&self, tx: &mut dyn TenantTx, now: Timestamp) -> Result<(), StorageError> {
        if self.provider.is_billed() {
            self.record(tx, now).await?;
        }
        Ok(())
    }

    /// What is kept, locked; begun if nothing is.
    async fn record(&self, tx: &mut dyn TenantTx, now: Timestamp) -> Result<BillingRecord, StorageError> {
        if let Some(record) = tx.billing().record_locked().await? {
            return Ok(record);
        }
        let founded_at = tx.billing().founded_at().await?;
        let trial_ends_at = founded_at.saturating_add(TRIAL).unwrap_or(Timestamp::MAX);
        let record = BillingRecord { subject: self.ids.next(), trial_ends_at, subscription: None, earlier: Vec::new() };
        tx.billing().keep(&record, now).await?;
        for days in TRIAL_NOTICES {
            let before = SignedDuration::from_hours(24 * i64::from(days));
            let due = trial_ends_at.saturating_sub(before).unwrap_or(now);
            if due >= now {
                let news = BillingNews::TrialEnds(days);
                tx.outbox().append(&Event::BillingNewsDue { news }, due).await?;
            }
        }
        Ok(record)
    }

    /// When the provider is asked about what may change at any moment (BIL-4).
    pub(crate) fn soon(now: Timestamp) -> Timestamp {
        now.saturating_add(SOON).unwrap_or(Timestamp::MAX)
    }

    async fn keep(&self, tx: &mut dyn TenantTx, record: &BillingRecord, now: Timestamp) -> Result<(), StorageError> {
        let since = now.saturating_sub(NIGHTLY).unwrap_or(now);
        let tomorrow = now.saturating_add(NIGHTLY).unwrap_or(Timestamp::MAX);
        let is_paying = !tx.billing().checkouts(since).await?.is_empty();
        let check_at = match &record.subscription {
            Some(subscription) if subscription.status != Status::Expired => subscription.check_at(now),
            // Somebody began to pay, and nothing may be heard of it.
            _ if is_paying => Self::soon(now),
            None if record.trial_ends_at > now => record.trial_ends_at.min(tomorrow),
            _ => tomorrow,
        };
        tx.billing().keep(record, check_at).await
    }

    /// Writes into the ledger what it does not hold yet, and sees whether it says what the provider says (BIL-9).
    async fn enter(&self, tx: &mut dyn TenantTx, bills: &[Bill], now: Timestamp) -> Result<(), StorageError> {
        for bill in bills.iter().filter(|bill| bill.is_strange()) {
            error!(id = %bill.id, "the payment provider gave back more than was charged, or charged less than nothing");
        }
        let entered = tx.billing().entered().await?;
        let missing = ledger::missing(bills, &entered, self.fiscal_year, now);
        let entered = if missing.is_empty() {
            entered
        } else {
            tx.billing().append(&missing).await?;
            tx.billing().entered().await?
        };
        let differing = ledger::differing(bills, &entered, self.fiscal_year, now);
        for bill in &differing {
            let kind = bill.kind.code();
            error!(id = %bill.id, kind, "the ledger and the payment provider say something else about what was paid");
        }
        tx.billing().mark_differing(bills, &differing).await
    }

    /// Ends the organization if what it was entitled to has ended (RET-6), and takes that back if it pays again (RET-7). What
    /// its owner asked for stays.
    async fn end_or_reopen(
        &self,
        tx: &mut dyn TenantTx,
        record: &BillingRecord,
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let closing = tx.organizations().closing().await?;
        let ended_at = record.standing(now).ended_at;
        match (ended_at, closing) {
            (Some(ended_at), None) => {
                let ending = if record.subscription.is_some() { Ending::Subscription } else { Ending::Trial };
                let closing = Closing::heard_of(ended_at, ending, now);
                tx.organizations().close(closing).await?;
                for notice in ClosingNotice::ALL {
                    tx.outbox().append(&Event::ClosingNoticeDue { notice }, closing.due(notice).max(now)).await?;
                }
            }
            (None, Some(closing)) if closing.ending != Ending::Asked => {
                match tx.organizations().reopen(&[Ending::Trial, Ending::Subscription], now).await {
                    // What was paid is kept all the same: whoever paid is owed it back.
                    Err(StorageError::Stale) => {
                        let id = record.subscription.as_ref().map(|subscription| subscription.id.to_string());
                        error!(id, "somebody paid for an organization whose data may be going already");
                    }
                    reopened => reopened?,
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Keeps that the provider, asked for all there is from then on, said that nothing is paid for (RET-8). Not while somebody may
    /// be paying, nor on a word that was not understood.
    pub(crate) async fn confirm(&self, home: OrganizationId, asked_at: Timestamp) -> Result<(), FollowError> {
        let mut tx = self.storage.tenant(&product(home).permit(Permission::FollowBilling)?).await?;
        let Some(record) = tx.billing().record_locked().await? else { return Ok(()) };
        // What was kept has no finer grain than a microsecond.
        let is_since = |at: Timestamp| at.as_microsecond() >= asked_at.as_microsecond();
        let is_said = record.subscription.as_ref().is_none_or(|subscription| is_since(subscription.confirmed_at));
        let open_since = asked_at.saturating_sub(Checkout::OPEN).unwrap_or(asked_at);
        let may_be_paid = !tx.billing().checkouts(open_since).await?.is_empty();
        if is_said && !may_be_paid && record.standing(asked_at).ended_at.is_some() {
            tx.organizations().confirm_end(Some(asked_at)).await?;
        }
        Ok(tx.commit().await?)
    }
}
