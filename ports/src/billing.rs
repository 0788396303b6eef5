//! Where organizations pay.

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    language::Language,
    ledger::Bill,
    plan::PlanCode,
    subscription::{Fetched, PaymentLink, ProviderId},
    text::Email,
};

use crate::BoxError;

/// What is asked for at a checkout. The provider asks the buyer for all else by itself.
#[derive(Clone, Debug)]
pub struct AskCheckout {
    /// All that the provider is told of the organization; it comes back with what follows (BIL-6).
    pub reference: String,
    /// For which plan.
    pub plan: PlanCode,
    /// Whose address stands in the form already.
    pub email: Email,
    /// Where the browser goes afterwards, which proves nothing.
    pub return_to: String,
    /// From when on nobody can pay by it.
    pub expires_at: Timestamp,
    /// In which language the provider's page is.
    pub language: Language,
}

/// What a webhook is about, as far as it may be kept: no name, no address, no card (BIL-2, DAT-5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The provider's own id of the delivery, or the hash of its body: the same twice is one.
    pub key: String,
    /// What happened, in the provider's word.
    pub event: String,
    /// The subscription it is about, if it is about one (BIL-5).
    pub subscription: Option<ProviderId>,
    /// The order it is about, if it is about one.
    pub order: Option<ProviderId>,
    /// The invoice it is about, if it is about one (BIL-5).
    pub invoice: Option<ProviderId>,
    /// What came back of a checkout (BIL-6).
    pub reference: Option<String>,
    /// Whether it comes from another store, or from test mode where this is none, or the other way round (BIL-6).
    pub is_foreign: bool,
    /// The subscription as the body tells it, for when the provider cannot be asked (BIL-3).
    pub told: Option<Fetched>,
}

/// A webhook is not taken.
#[derive(Debug, thiserror::Error)]
pub enum HintError {
    /// Nobody who knows the secret signed these bytes (BIL-1).
    #[error("the signature is missing or wrong")]
    NotSigned,
    /// It is signed, and nothing can be made of it.
    #[error("the body is no event")]
    Malformed,
    /// No provider sends webhooks here.
    #[error("no webhooks are taken here")]
    NotHere,
}

/// A place the provider shows to whoever pays: signed by it, good for a day, and so never kept (BIL-8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Everything about the subscription.
    Portal,
    /// Where another card is given.
    Card,
}

/// Where organizations pay. Whatever it answers is read as the provider's present state.
#[async_trait]
pub trait Billing: Send + Sync {
    /// Whether there is somebody to pay. If not, everything is entitled and nothing below is called.
    fn is_billed(&self) -> bool;

    /// Which plans can be bought.
    fn plans(&self) -> Vec<PlanCode>;

    /// When the key expires with which the provider is asked, if that is known (WEB-10).
    fn key_expires_at(&self) -> Option<Timestamp>;

    /// Reads a webhook: verifies its signature over the raw bytes first (BIL-1), then takes out what may be kept (BIL-2). What
    /// it does not know it ignores.
    ///
    /// # Errors
    /// [`HintError`].
    fn read(&self, signature: Option<&str>, body: &[u8]) -> Result<Hint, HintError>;

    /// Makes a checkout, and tells where to pay.
    ///
    /// # Errors
    /// [`BillingError`].
    async fn check_out(&self, checkout: &AskCheckout) -> Result<PaymentLink, BillingError>;

    /// The subscription; none if there is none of that id in our store and mode.
    ///
    /// # Errors
    /// [`BillingError`].
    async fn subscription(&self, id: &ProviderId) -> Result<Option<Fetched>, BillingError>;

    /// The subscriptions that somebody with that address began since then, the newest first: what a lost webhook would have told.
    ///
    /// # Errors
    /// [`BillingError`].
    async fn subscriptions_of(&self, email: &Email, since: Timestamp) -> Result<Vec<Fetched>, BillingError>;

    /// All invoices of a subscription, and the order that began it, the oldest first.
    ///
    /// # Errors
    /// [`BillingError`].
    async fn bills(&self, subscription: &ProviderId) -> Result<Vec<Bill>, BillingError>;

    /// Where the document of an invoice can be read now; none if there is none.
    ///
    /// # Errors
    /// [`BillingError`].
    async fn document(&self, bill: &Bill) -> Result<Option<PaymentLink>, BillingError>;

    /// Where the provider shows that now.
    ///
    /// # Errors
    /// [`BillingError`].
    async fn place(&self, subscription: &ProviderId, place: Place) -> Result<PaymentLink, BillingError>;

    /// Changes the plan; the difference is settled at once.
    ///
    /// # Errors
    /// [`BillingError`].
    async fn change_plan(&self, subscription: &ProviderId, plan: PlanCode) -> Result<Fetched, BillingError>;

    /// Cancels at the end of what is paid for. What is cancelled already stays so.
    ///
    /// # Errors
    /// [`BillingError`].
    async fn cancel(&self, subscription: &ProviderId) -> Result<Fetched, BillingError>;

    /// Takes a cancellation back, before its end.
    ///
    /// # Errors
    /// [`BillingError`]; [`BillingError::Refused`] once it has expired.
    async fn resume(&self, subscription: &ProviderId) -> Result<Fetched, BillingError>;
}

/// The provider does not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum BillingError {
    /// It cannot be reached, is too slow, or broke: later.
    #[error("the payment provider cannot be reached")]
    Unavailable(#[source] BoxError),
    /// It was asked too often: after that long.
    #[error("the payment provider was asked too often")]
    TooOften(std::time::Duration),
    /// It does not know our key any more: the operator must give another.
    #[error("the payment provider refuses the key")]
    KeyRefused,
    /// It refuses this, for a reason of its own.
    #[error("the payment provider refuses: {0}")]
    Refused(String),
    /// It answered what cannot be read.
    #[error("the payment provider's answer cannot be read")]
    NotUnderstood(#[source] BoxError),
}

impl BillingError {
    /// Whether the same may succeed later.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::TooOften(_) | Self::NotUnderstood(_))
    }
}
