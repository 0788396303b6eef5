use std::{fmt, sync::Arc, time::Duration};

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::Permission,
    id::OrganizationId,
    subscription::{BillingRecord, CHECKOUT_KEPT, CONFIRMED, Checkout, Fetched, Status},
};
use qualify_ports::{
    billing::{Billing as Provider, BillingError, Hint},
    storage::{PlatformTask, Storage, StorageError, WaitingHint},
    time::Clock,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::{
    follow::{FollowError, Follower, Source},
    product,
};
use crate::Ports;

/// What was heard is looked at this often, and what should have been.
const LOOKING: Duration = Duration::from_secs(2);
/// Those whose end the provider does not confirm are asked about this often.
const ASKING: Duration = Duration::from_mins(5);
/// So many are taken up at once.
const AT_ONCE: u16 = 20;
/// Whoever takes something up has so long before others may.
const LEASE: SignedDuration = SignedDuration::from_mins(5);
/// The first wait after the provider did not answer; it doubles to the longest.
const WAITS: (i64, i64) = (60, 3_600);
/// A purge is confirmed from so long before it is due, and again when the provider's word is so old.
const CONFIRMING: (SignedDuration, SignedDuration) = (SignedDuration::from_hours(6), SignedDuration::from_hours(12));

/// Follows what the provider tells, and asks for what it should have told (BIL-3, BIL-4).
#[derive(Clone)]
pub(crate) struct Keeper {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    provider: Arc<dyn Provider>,
    follower: Follower,
}

impl Keeper {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            provider: ports.payments.provider.clone(),
            follower: Follower::new(ports),
        }
    }

    /// Works until `stop`; not at all where nobody pays.
    pub(crate) async fn run(&self, stop: &CancellationToken) {
        let mut confirmed_at = None;
        while !stop.is_cancelled() && self.provider.is_billed() {
            let is_turn = confirmed_at.is_none_or(|at: Instant| at.elapsed() >= ASKING);
            if is_turn {
                confirmed_at = Some(Instant::now());
            }
            if let Err(error) = self.round(is_turn, stop).await {
                error!(error = &error as &dyn std::error::Error, "payments cannot be looked after");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(LOOKING) => {}
            }
        }
    }

    /// Does all that is due now.
    pub(crate) async fn drain(&self, stop: &CancellationToken) -> Result<(), StorageError> {
        if self.provider.is_billed() { self.round(true, stop).await } else { Ok(()) }
    }

    async fn round(&self, confirms: bool, stop: &CancellationToken) -> Result<(), StorageError> {
        while !stop.is_cancelled() && self.follow_hints().await? {}
        while !stop.is_cancelled() && self.check_due().await? {}
        if confirms { self.confirm_ends().await } else { Ok(()) }
    }

    /// Follows hints that wait; false if none did.
    async fn follow_hints(&self) -> Result<bool, StorageError> {
        let now = self.clock.now();
        let mut tx = self.storage.platform(PlatformTask::FollowBilling).await?;
        let hints = tx.payments().claim(now, later(now, LEASE), AT_ONCE).await?;
        tx.commit().await?;
        for waiting in &hints {
            let outcome = self.follow_hint(&waiting.hint).await;
            self.put_away(waiting, outcome).await?;
        }
        Ok(!hints.is_empty())
    }

    async fn put_away(&self, waiting: &WaitingHint, outcome: Result<(), FollowError>) -> Result<(), StorageError> {
        let (key, now) = (&waiting.hint.key, self.clock.now());
        let mut tx = self.storage.platform(PlatformTask::FollowBilling).await?;
        match outcome {
            Ok(()) => tx.payments().settle(key, now).await?,
            Err(error) if error.may_pass() => {
                let wait = back_off(waiting.attempts, &error);
                tell_later(&error, key, "what a webhook tells is followed later");
                tx.payments().postpone(key, later(now, wait)).await?;
            }
            Err(error) => {
                error!(error = &error as &dyn std::error::Error, %key, "what a webhook tells cannot be followed");
                tx.payments().settle(key, now).await?;
            }
        }
        tx.commit().await
    }

    async fn follow_hint(&self, hint: &Hint) -> Result<(), FollowError> {
        let Some(home) = self.home(hint).await? else {
            warn!(event = %hint.event, "a webhook tells of a subscription that nobody here began");
            return Ok(());
        };
        let Some(id) = &hint.subscription else {
            // An order says that somebody paid, and the subscription is told of beside it.
            return self.check(home).await;
        };
        match (self.provider.subscription(id).await, &hint.told) {
            (Ok(Some(fetched)), _) => self.follower.follow(home, &fetched, Source::Asked).await,
            (Ok(None), _) => {
                warn!(event = %hint.event, "a webhook tells of a subscription that the provider does not know");
                Ok(())
            }
            (Err(error), Some(told)) if error.is_passing() && self.is_news(home, told).await? => {
                self.follower.follow(home, told, Source::Told).await?;
                // It is asked all the same as soon as it can be.
                Err(error.into())
            }
            (Err(error), _) => Err(error.into()),
        }
    }

    /// Whose subscription it is: whoever has it, else whoever began the checkout.
    async fn home(&self, hint: &Hint) -> Result<Option<OrganizationId>, StorageError> {
        let mut tx = self.storage.platform(PlatformTask::FollowBilling).await?;
        if let Some(id) = &hint.subscription
            && let Some(home) = tx.payments().of_subscription(id).await?
        {
            return Ok(Some(home));
        }
        match &hint.reference {
            Some(reference) => tx.payments().of_reference(reference).await,
            None => Ok(None),
        }
    }

    /// Whether what was told is newer than what is kept (BIL-3).
    async fn is_news(&self, home: OrganizationId, told: &Fetched) -> Result<bool, FollowError> {
        let mut tx = self.storage.tenant(&product(home).permit(Permission::FollowBilling)?).await?;
        let kept = tx.billing().record().await?.and_then(|record| record.subscription);
        Ok(kept.is_none_or(|kept| kept.updated_at < told.updated_at))
    }

    /// Asks about those whose turn has come; false if there were none.
    async fn check_due(&self) -> Result<bool, StorageError> {
        let now = self.clock.now();
        let mut tx = self.storage.platform(PlatformTask::FollowBilling).await?;
        let homes = tx.payments().to_check(now, later(now, LEASE), AT_ONCE).await?;
        tx.commit().await?;
        let mut is_away = false;
        for home in &homes {
            // The others are asked about all the same.
            if let Err(error) = self.check(*home).await {
                tell_later(&error, home, "an organization’s subscription is asked about later");
                is_away = true;
            }
        }
        Ok(!homes.is_empty() && !is_away)
    }

    /// Asks the provider about an organization, whatever was told of it.
    async fn check(&self, home: OrganizationId) -> Result<(), FollowError> {
        let asked_at = self.clock.now();
        let record = self.follower.look_after(home).await?;
        let kept = record.subscription.as_ref();
        if let Some(kept) = kept {
            if let Some(fetched) = self.provider.subscription(&kept.id).await? {
                self.follower.follow(home, &fetched, Source::Asked).await?;
            } else {
                error!(id = %kept.id, "the payment provider does not know a subscription any more");
            }
            if kept.is_to_be_cancelled(self.clock.now()) {
                self.end_unpaid(home, &record).await?;
            }
        }
        for id in &record.earlier {
            if let Some(fetched) = self.provider.subscription(id).await? {
                self.follower.follow(home, &fetched, Source::Asked).await?;
            }
        }
        // As it stands now that it was asked about.
        let record = if kept.is_some() { self.follower.look_after(home).await? } else { record };
        let is_open = record.subscription.as_ref().is_some_and(|current| current.ended_at(asked_at).is_none());
        if !is_open && !self.find_unheard(home, &record).await? {
            return Ok(());
        }
        self.follower.confirm(home, asked_at).await
    }

    /// Ends what was not paid for too long (RET-10), unless it was paid just now.
    async fn end_unpaid(&self, home: OrganizationId, record: &BillingRecord) -> Result<(), FollowError> {
        let Some(kept) = &record.subscription else { return Ok(()) };
        let fetched = self.provider.subscription(&kept.id).await?;
        if fetched.is_some_and(|fetched| fetched.status == Some(Status::Unpaid)) {
            let answer = self.provider.cancel(&kept.id).await?;
            self.follower.follow(home, &answer, Source::Asked).await?;
        }
        Ok(())
    }

    /// Looks for a subscription of which every webhook was lost: the one that whoever began a checkout has since then, for
    /// that plan, and that is nobody's here. Of several none is taken: the operator says which. Tells whether nothing is left that
    /// somebody may have paid for.
    async fn find_unheard(&self, home: OrganizationId, record: &BillingRecord) -> Result<bool, FollowError> {
        let now = self.clock.now();
        let since = now.saturating_sub(CHECKOUT_KEPT).unwrap_or(now);
        let mut tx = self.storage.tenant(&product(home).permit(Permission::FollowBilling)?).await?;
        let (mut asked, mut is_known) = (Vec::new(), true);
        for checkout in tx.billing().checkouts(since).await? {
            let heard = record.subscription.as_ref().is_some_and(|kept| checkout.created_at < kept.created_at);
            if heard {
                continue;
            }
            let member = match checkout.by {
                Some(by) => tx.members().find(by).await?,
                None => None,
            };
            match member {
                Some(member) => asked.push((checkout, member.email)),
                // By which address it was paid, if it was, nobody knows any more.
                None => is_known = false,
            }
        }
        drop(tx);
        for (checkout, email) in asked {
            // The provider's times are whole seconds.
            let began = checkout.created_at.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(checkout.created_at);
            let found = self.provider.subscriptions_of(&email, began).await?;
            let candidates = self.unowned(&checkout, found).await?;
            match candidates.as_slice() {
                [] => {}
                [one] => {
                    self.follower.follow(home, one, Source::Asked).await?;
                    return Ok(false);
                }
                several => {
                    is_known = false;
                    error!(organization = %home, count = several.len(), "several subscriptions may be what an organization paid for");
                }
            }
        }
        Ok(is_known)
    }

    async fn unowned(&self, checkout: &Checkout, found: Vec<Fetched>) -> Result<Vec<Fetched>, StorageError> {
        let mut tx = self.storage.platform(PlatformTask::FollowBilling).await?;
        let mut candidates = Vec::new();
        for fetched in found {
            let is_for_it = fetched.plan == Some(checkout.plan);
            if is_for_it && tx.payments().of_subscription(&fetched.id).await?.is_none() {
                candidates.push(fetched);
            }
        }
        Ok(candidates)
    }

    /// Asks again about those whose data are to go: without a fresh word nothing goes (RET-8).
    async fn confirm_ends(&self) -> Result<(), StorageError> {
        let now = self.clock.now();
        let (soon, fresh) = (later(now, CONFIRMING.0), now.saturating_sub(CONFIRMING.1).unwrap_or(now));
        let mut after = None;
        loop {
            let mut tx = self.storage.platform(PlatformTask::FollowBilling).await?;
            let homes = tx.payments().to_confirm(soon, fresh, after, AT_ONCE).await?;
            drop(tx);
            for home in &homes {
                let Err(error) = self.check(*home).await else { continue };
                let cause = &error as &dyn std::error::Error;
                error!(error = cause, organization = %home, "no data go: the payment provider does not confirm that the subscription has ended");
                if matches!(error, FollowError::Provider(_)) && error.may_pass() {
                    // It does not answer: it is not asked about each of the others, too.
                    return Ok(());
                }
            }
            after = homes.last().copied();
            if after.is_none() {
                return Ok(());
            }
        }
    }
}

fn later(now: Timestamp, wait: SignedDuration) -> Timestamp {
    now.saturating_add(wait).unwrap_or(Timestamp::MAX)
}

/// Says that something is tried again. What does not pass by itself is for the operator.
fn tell_later(error: &FollowError, id: &dyn fmt::Display, what: &str) {
    let cause = error as &dyn std::error::Error;
    if matches!(error, FollowError::Provider(error) if error.is_passing()) {
        warn!(error = cause, %id, "{what}");
    } else {
        error!(error = cause, %id, "{what}");
    }
}

/// How long to wait after so many attempts.
fn back_off(attempts: u16, error: &FollowError) -> SignedDuration {
    let doubled = WAITS.0.saturating_mul(1_i64 << attempts.saturating_sub(1).min(10)).min(WAITS.1);
    let asked = match error {
        FollowError::Provider(BillingError::TooOften(wait)) => i64::try_from(wait.as_secs()).unwrap_or(WAITS.1),
        _ => 0,
    };
    SignedDuration::from_secs(doubled.max(asked))
}

const _: () = assert!(CONFIRMING.1.as_secs() < CONFIRMED.as_secs(), "the provider is asked before its word is too old");
