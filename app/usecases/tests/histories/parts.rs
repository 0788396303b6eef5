//! What a history puts between the product and the world: a clock that stands, a storage at which the process can die, and a
//! line to the provider on which nobody waits.

use std::{
    future::pending,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    access::TenantScope,
    id::{OrganizationId, SessionId, UserId},
    ledger::Bill,
    plan::PlanCode,
    subscription::{Fetched, PaymentLink, ProviderId},
    text::Email,
};
use qualify_fake_provider::FakeProvider;
use qualify_lemonsqueezy::BILLING;
use qualify_ports::{
    billing::{AskCheckout, Billing, BillingError, Hint, HintError, Place},
    plugin::Settings,
    storage::{Authenticated, Intake, PlatformTask, PlatformTx, Recorded, Storage, StorageError, TenantTx},
    time::Clock,
};
use tokio::sync::Notify;

/// A clock that stands until it is set.
pub struct Still(Mutex<Timestamp>);

impl Still {
    pub const fn at(moment: Timestamp) -> Self {
        Self(Mutex::new(moment))
    }

    pub fn set(&self, moment: Timestamp) {
        *self.0.lock().unwrap() = moment;
    }
}

impl Clock for Still {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

/// A storage at which the process dies before some piece of work, if it is told to: what was committed before is there, and
/// nothing else.
pub struct Fuse {
    storage: Arc<dyn Storage>,
    /// How many pieces of work may still begin.
    left: AtomicU64,
    blown: Notify,
}

impl Fuse {
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        Self { storage, left: AtomicU64::new(u64::MAX), blown: Notify::new() }
    }

    /// From now on so many pieces of work may begin.
    pub fn set(&self, left: u64) {
        self.left.store(left, Ordering::SeqCst);
    }

    /// No end any more.
    pub fn mend(&self) {
        self.set(u64::MAX);
    }

    /// Waits for the moment at which the process dies.
    pub async fn blown(&self) {
        self.blown.notified().await;
    }

    async fn burn(&self) {
        let left = self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_err() {
            self.blown.notify_one();
            pending::<()>().await;
        }
    }
}

#[async_trait]
impl Storage for Fuse {
    async fn tenant(&self, scope: &TenantScope) -> Result<Box<dyn TenantTx>, StorageError> {
        self.burn().await;
        self.storage.tenant(scope).await
    }

    async fn beside(&self, scope: &TenantScope) -> Result<Option<Box<dyn TenantTx>>, StorageError> {
        self.storage.beside(scope).await
    }

    async fn platform(&self, task: PlatformTask) -> Result<Box<dyn PlatformTx>, StorageError> {
        self.burn().await;
        self.storage.platform(task).await
    }

    async fn authenticate(
        &self,
        user: UserId,
        session: SessionId,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<Option<Authenticated>, StorageError> {
        self.storage.authenticate(user, session, organization, now).await
    }

    async fn record(&self, scope: &TenantScope, intake: Intake) -> Result<Recorded, StorageError> {
        self.storage.record(scope, intake).await
    }

    async fn ready(&self) -> Result<(), StorageError> {
        self.storage.ready().await
    }
}

/// The adapter, made anew for each call: it limits itself to 120 calls a minute on the machine's clock (BIL-4), and here months
/// go by in a minute. What it does in a call is all its own.
pub struct Line {
    provider: Arc<FakeProvider>,
    /// How often nobody answered.
    unanswered: AtomicU64,
}

impl Line {
    pub const fn to(provider: Arc<FakeProvider>) -> Self {
        Self { provider, unanswered: AtomicU64::new(0) }
    }

    /// How often nobody answered since this was asked last.
    pub fn unanswered(&self) -> u64 {
        self.unanswered.swap(0, Ordering::SeqCst)
    }

    fn adapter(&self) -> Arc<dyn Billing> {
        let config = self.provider.config();
        let defaults = BILLING.keys.iter().filter_map(|key| Some((key.name.to_owned(), key.default?.to_owned())));
        let settings = Settings::new(BILLING.name, defaults)
            .with("url", self.provider.url())
            .with("key", config.key)
            .with("store", config.store.to_string())
            .with("webhook_secret", config.webhook_secret)
            .with("variants", "solo:101,team:102,business:103");
        (BILLING.build)(settings).unwrap()
    }

    fn heard<T>(&self, answer: Result<T, BillingError>) -> Result<T, BillingError> {
        if answer.as_ref().is_err_and(BillingError::is_passing) {
            self.unanswered.fetch_add(1, Ordering::SeqCst);
        }
        answer
    }
}

#[async_trait]
impl Billing for Line {
    fn is_billed(&self) -> bool {
        self.adapter().is_billed()
    }

    fn plans(&self) -> Vec<PlanCode> {
        self.adapter().plans()
    }

    fn key_expires_at(&self) -> Option<Timestamp> {
        self.adapter().key_expires_at()
    }

    fn read(&self, signature: Option<&str>, body: &[u8]) -> Result<Hint, HintError> {
        self.adapter().read(signature, body)
    }

    async fn check_out(&self, checkout: &AskCheckout) -> Result<PaymentLink, BillingError> {
        self.heard(self.adapter().check_out(checkout).await)
    }

    async fn subscription(&self, id: &ProviderId) -> Result<Option<Fetched>, BillingError> {
        self.heard(self.adapter().subscription(id).await)
    }

    async fn subscriptions_of(&self, email: &Email, since: Timestamp) -> Result<Vec<Fetched>, BillingError> {
        self.heard(self.adapter().subscriptions_of(email, since).await)
    }

    async fn bills(&self, subscription: &ProviderId) -> Result<Vec<Bill>, BillingError> {
        self.heard(self.adapter().bills(subscription).await)
    }

    async fn document(&self, bill: &Bill) -> Result<Option<PaymentLink>, BillingError> {
        self.heard(self.adapter().document(bill).await)
    }

    async fn place(&self, subscription: &ProviderId, place: Place) -> Result<PaymentLink, BillingError> {
        self.heard(self.adapter().place(subscription, place).await)
    }

    async fn change_plan(&self, subscription: &ProviderId, plan: PlanCode) -> Result<Fetched, BillingError> {
        self.heard(self.adapter().change_plan(subscription, plan).await)
    }

    async fn cancel(&self, subscription: &ProviderId) -> Result<Fetched, BillingError> {
        self.heard(self.adapter().cancel(subscription).await)
    }

    async fn resume(&self, subscription: &ProviderId) -> Result<Fetched, BillingError> {
        self.heard(self.adapter().resume(subscription).await)
    }
}
