//! Tells endpoints of other people's choosing (WEB-7).

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    hook::{Answer, HookUrl},
    id::DeliveryId,
};

/// One attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// Where to.
    pub url: HookUrl,
    /// The header `webhook-id`.
    pub id: DeliveryId,
    /// The header `webhook-timestamp`.
    pub at: Timestamp,
    /// The header `webhook-signature`.
    pub signatures: String,
    /// What is told, as JSON.
    pub body: HookBody,
}

/// What an endpoint is told, as JSON: it may tell of somebody.
#[derive(Clone, PartialEq, Eq)]
pub struct HookBody(pub String);

impl std::fmt::Debug for HookBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("HookBody([redacted])")
    }
}

/// Tells endpoints of other people's choosing. It goes nowhere but to the address it checked (WEB-7), follows no
/// redirection, asks no proxy, waits 10 s for a connection and 15 s in all, and reads 64 KiB of the answer at most.
#[async_trait]
pub trait HookSender: Send + Sync {
    /// Posts once. Whatever goes wrong is an answer too.
    async fn send(&self, attempt: &Attempt) -> Answer;
}
