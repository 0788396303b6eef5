use std::{collections::VecDeque, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::{Config, Fault, Watch, carry::Carried, events::Pending};

/// What was asked for at a checkout.
#[derive(Clone, Debug)]
pub struct Checkout {
    /// Its id.
    pub id: u64,
    /// What comes back of it.
    pub reference: String,
    /// What is bought.
    pub variant: u64,
    /// The address in the form.
    pub email: String,
    /// Where the browser goes afterwards.
    pub redirect_url: String,
    /// In which language its page is.
    pub locale: Option<String>,
    /// From when on nobody can pay by it.
    pub expires_at: Option<Timestamp>,
    /// Everything in it that was given as custom data.
    pub custom: serde_json::Value,
}

/// A subscription.
#[derive(Clone, Debug)]
pub struct Subscription {
    /// Its id.
    pub id: u64,
    /// The store it is of.
    pub store: u64,
    /// The order that began it.
    pub order: u64,
    /// Who pays.
    pub customer: u64,
    /// Under which address.
    pub email: String,
    /// What came of the checkout.
    pub reference: String,
    /// What is bought.
    pub variant: u64,
    /// How it stands, in the provider's word.
    pub status: String,
    /// How it is paused, if it is.
    pub pause: Option<String>,
    /// When the next payment is collected.
    pub renews_at: Timestamp,
    /// When it ends, once that is known.
    pub ends_at: Option<Timestamp>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Whether no money moves.
    pub is_test: bool,
    /// Whether payments fail.
    pub is_failing: bool,
    /// When the payment that is owed failed first, and how often it was tried since.
    pub owed: Option<(Timestamp, usize)>,
}

/// What a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentKind {
    /// What was ordered.
    Order,
    /// What was charged for a period.
    Invoice,
}

/// An order or an invoice.
#[derive(Clone, Debug)]
pub struct Document {
    /// An order or an invoice.
    pub kind: DocumentKind,
    /// Its id.
    pub id: u64,
    /// The store it is of.
    pub store: u64,
    /// For which subscription.
    pub subscription: u64,
    /// Who pays.
    pub customer: u64,
    /// Under which address.
    pub email: String,
    /// Why: `initial`, `renewal` or `updated`.
    pub reason: &'static str,
    /// How it stands: `pending`, `paid`, `void`, `refunded` or `partial_refund`.
    pub status: &'static str,
    /// Before tax, in cents.
    pub subtotal: i64,
    /// The tax, in cents: a fifth.
    pub tax: i64,
    /// What was given back, in cents.
    pub refunded: i64,
    /// When money was given back last.
    pub refunded_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Whether no money moved.
    pub is_test: bool,
}

impl Document {
    /// What was charged, in cents.
    pub const fn total(&self) -> i64 {
        self.subtotal + self.tax
    }
}

/// Everything the provider knows.
pub(crate) struct State {
    pub(crate) config: Config,
    pub(crate) url: String,
    pub(crate) now: Timestamp,
    pub(crate) checkouts: Vec<Checkout>,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) documents: Vec<Document>,
    pub(crate) pending: Vec<Pending>,
    pub(crate) fault: Option<Fault>,
    pub(crate) calls: usize,
    /// When it was asked in the last minute, on the clock of whoever asks.
    pub(crate) asked: VecDeque<Instant>,
    /// Whether webhooks get lost on their way.
    pub(crate) is_losing: bool,
    pub(crate) carried: Carried,
    watch: Option<Arc<dyn Watch>>,
    last_id: u64,
}

impl State {
    pub(crate) fn new(config: Config, url: String, watch: Option<Arc<dyn Watch>>) -> Self {
        Self {
            now: Timestamp::from_second(config.now.as_second()).unwrap_or_default(),
            config,
            url,
            checkouts: Vec::new(),
            subscriptions: Vec::new(),
            documents: Vec::new(),
            pending: Vec::new(),
            fault: None,
            calls: 0,
            asked: VecDeque::new(),
            is_losing: false,
            carried: Carried::default(),
            watch,
            last_id: 1_000,
        }
    }

    /// Comes to the time that the watch shows, if there is one.
    pub(crate) fn look_at_watch(&mut self) {
        if let Some(watch) = &self.watch {
            let passed = watch.now().duration_since(self.now);
            if passed > SignedDuration::ZERO {
                self.advance(passed);
            }
        }
    }

    /// Lets time pass at the desk: on the watch, too, if there is one.
    pub(crate) fn let_pass(&mut self, time: SignedDuration) {
        if let Some(watch) = &self.watch {
            watch.advance(time);
            self.look_at_watch();
        } else {
            self.advance(time);
        }
    }

    /// What a variant is called.
    pub(crate) fn name(&self, variant: u64) -> String {
        let name = self.config.names.iter().find(|known| known.0 == variant).map(|known| known.1.clone());
        name.unwrap_or_else(|| format!("Variant {variant}"))
    }

    pub(crate) const fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    pub(crate) fn price(&self, variant: u64) -> Option<i64> {
        self.config.variants.iter().find(|known| known.0 == variant).map(|known| known.1)
    }

    pub(crate) fn subscription(&self, id: u64) -> Option<&Subscription> {
        self.subscriptions.iter().find(|subscription| subscription.id == id)
    }

    pub(crate) fn document(&self, kind: DocumentKind, id: u64) -> Option<&Document> {
        self.documents.iter().find(|document| document.kind == kind && document.id == id)
    }

    /// Changes a subscription, without a word about it.
    pub(crate) fn change(&mut self, id: u64, how: impl FnOnce(&mut Subscription)) {
        if let Some(subscription) = self.subscriptions.iter_mut().find(|subscription| subscription.id == id) {
            how(subscription);
        }
    }
}
