//! The payment provider's side for tests (BIL-10), over real HTTP on this machine: its JSON:API, the status machine of
//! subscriptions on a clock that only the test moves, and its webhooks, which the test carries by hand, so that it can double,
//! reorder and lose them.
//!
//! ```ignore
//! let provider = FakeProvider::start(Config::default()).await?;
//! // … the product makes a checkout with a reference …
//! let id = provider.pay(&reference);
//! provider.fail_payments(id);
//! provider.advance(SignedDuration::from_hours(31 * 24));
//! for delivery in provider.take_deliveries() { /* post it, or not */ }
//! ```
//!
//! Nothing is left to chance: ids are counters, and times are those of the test's clock, to the second.
//!
//! People can use it, too: its links lead to little pages, and `/desk` is where time passes and everything goes wrong that can. For them
//! it follows a [`Watch`], and carries its webhooks by itself ([`FakeProvider::carry`]).

mod api;
mod carry;
mod events;
mod json;
mod machine;
mod pages;
mod server;
mod state;

use std::{
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;

use self::state::State;
pub use self::{
    events::Delivery,
    state::{Checkout, Document, DocumentKind, Subscription},
};

/// How the provider is set up.
#[derive(Clone, Debug)]
pub struct Config {
    /// The store that is ours.
    pub store: u64,
    /// The key with which it is asked.
    pub key: String,
    /// With what it signs webhooks.
    pub webhook_secret: String,
    /// What is sold: variants and their price of a month, in cents.
    pub variants: Vec<(u64, i64)>,
    /// What the variants are called on its pages.
    pub names: Vec<(u64, String)>,
    /// Whether no money moves.
    pub is_test: bool,
    /// What time it is first; whole seconds count.
    pub now: Timestamp,
    /// What becomes of a subscription whose payments failed for the last time.
    pub after_failures: AfterFailures,
    /// Under which name somebody pays.
    pub user_name: String,
    /// The brand of their card, and its last four digits.
    pub card: (String, String),
    /// So often it may be asked in a minute of whoever asks.
    pub calls_a_minute: usize,
}

/// What becomes of a subscription whose payments failed for the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailures {
    /// It stays, unpaid.
    Unpaid,
    /// It ends.
    Expired,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            store: 7,
            key: "a key for tests".to_owned(),
            webhook_secret: "a secret for tests".to_owned(),
            variants: vec![(101, 1_900), (102, 4_900), (103, 19_900)],
            names: [(101, "Solo"), (102, "Team"), (103, "Business")].map(|(id, name)| (id, name.to_owned())).into(),
            is_test: false,
            // 2026-11-29, noon in Greenwich.
            now: Timestamp::from_second(1_795_953_600).unwrap_or_default(),
            after_failures: AfterFailures::Unpaid,
            user_name: "Jo Martin".to_owned(),
            card: ("visa".to_owned(), "4242".to_owned()),
            calls_a_minute: 300,
        }
    }
}

/// A clock that the provider goes by. It runs by itself.
pub trait Watch: Send + Sync {
    /// What time it is.
    fn now(&self) -> Timestamp;

    /// Lets time pass at once, for all who go by it.
    fn advance(&self, time: SignedDuration);
}

/// How the provider fails whoever asks it, until a test says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is broken.
    Down,
    /// It takes so long to answer.
    Slow(Duration),
    /// It was asked too often, and wants to be left alone for so many seconds.
    TooOften(u64),
    /// Something in between answers with a page, and says that all is well.
    Html,
    /// Something in between answers with a page, and says that nothing is there.
    HtmlMissing,
    /// The key has expired.
    KeyExpired,
}

/// The payment provider. It is gone once this is dropped.
pub struct FakeProvider {
    state: Arc<Mutex<State>>,
    url: String,
    server: JoinHandle<()>,
}

impl Drop for FakeProvider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Everything the provider knows, as it is by now.
pub(crate) fn open(state: &Mutex<State>) -> MutexGuard<'_, State> {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.look_at_watch();
    state
}

impl FakeProvider {
    /// Opens the provider's doors.
    ///
    /// # Errors
    /// If this machine has no port for it.
    pub async fn start(config: Config) -> io::Result<Self> {
        Self::open(config, None).await
    }

    /// The same, by that watch.
    ///
    /// # Errors
    /// If this machine has no port for it.
    pub async fn start_by(watch: Arc<dyn Watch>, config: Config) -> io::Result<Self> {
        Self::open(Config { now: watch.now(), ..config }, Some(watch)).await
    }

    async fn open(config: Config, watch: Option<Arc<dyn Watch>>) -> io::Result<Self> {
        let (listener, url) = server::listen().await?;
        let state = Arc::new(Mutex::new(State::new(config, url.clone(), watch)));
        let server = tokio::spawn(server::serve(listener, Arc::clone(&state)));
        Ok(Self { state, url, server })
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where people let time pass, and things go wrong.
    pub fn desk(&self) -> String {
        format!("{}/desk", self.url)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        open(&self.state)
    }

    /// How it was set up.
    pub fn config(&self) -> Config {
        self.state().config.clone()
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.state().now
    }

    /// Lets time pass, and everything happen that is due.
    pub fn advance(&self, duration: SignedDuration) {
        self.state().advance(duration);
    }

    /// The buyer pays a checkout. Tells which subscription begins; none if there is no such checkout or it is too late for it.
    pub fn pay(&self, reference: &str) -> Option<u64> {
        self.state().pay(reference)
    }

    /// From now on payments of that subscription fail.
    pub fn fail_payments(&self, id: u64) {
        self.state().change(id, |subscription| subscription.is_failing = true);
    }

    /// The buyer gives another card: what is owed is paid, and so is what comes.
    pub fn recover(&self, id: u64) {
        self.state().recover(id);
    }

    /// The buyer cancels. Tells whether that is possible.
    pub fn cancel(&self, id: u64) -> bool {
        self.state().cancel(id)
    }

    /// The buyer takes a cancellation back. Tells whether that is possible.
    pub fn resume(&self, id: u64) -> bool {
        self.state().resume(id)
    }

    /// Nothing is collected from now on: `free` or `void`.
    pub fn pause(&self, id: u64, mode: &str) {
        self.state().pause(id, mode);
    }

    /// It is collected again.
    pub fn unpause(&self, id: u64) {
        self.state().unpause(id);
    }

    /// Gives money back on an invoice: so many cents more, even more than was paid.
    pub fn refund(&self, invoice: u64, cents: i64) {
        self.state().refund(invoice, cents);
    }

    /// The webhooks that are due, in order, once: the test carries them, or does not.
    pub fn take_deliveries(&self) -> Vec<Delivery> {
        self.state().take_deliveries()
    }

    /// What a webhook was answered. On anything but 200 it comes again after 5, 25 and 125 seconds, and then no more.
    pub fn answered(&self, delivery: &Delivery, status: u16) {
        self.state().answered(delivery, status);
    }

    /// All subscriptions as they are, which is the truth.
    pub fn subscriptions(&self) -> Vec<Subscription> {
        self.state().subscriptions.clone()
    }

    /// All orders and invoices as they are.
    pub fn bills(&self) -> Vec<Document> {
        self.state().documents.clone()
    }

    /// The checkouts that were made.
    pub fn checkouts(&self) -> Vec<Checkout> {
        self.state().checkouts.clone()
    }

    /// How often it was asked.
    pub fn calls(&self) -> usize {
        self.state().calls
    }

    /// Fails whoever asks from now on; none to be well again.
    pub fn fail(&self, fault: Option<Fault>) {
        self.state().fault = fault;
    }

    /// Says of a subscription whatever a test wants it to, and sends `subscription_updated`: a word that nobody knows as its
    /// status, another store, the other mode.
    pub fn distort(&self, id: u64, how: impl FnOnce(&mut Subscription)) {
        self.state().distort(id, how);
    }
}
