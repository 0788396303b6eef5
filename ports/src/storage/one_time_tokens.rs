use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{id::OneTimeTokenId, one_time::OneTimeToken, pending_sign_up::PendingSignUp};

use super::StorageError;

/// One-time tokens, known by the digests of their secrets (AUTH-11).
#[async_trait]
pub trait OneTimeTokenStore: Send {
    /// Keeps a new token.
    async fn insert(&mut self, token: &OneTimeToken, digest: &[u8; 32]) -> Result<(), StorageError>;

    /// The live token of that digest. Looking uses nothing up.
    async fn find(&mut self, digest: &[u8; 32], now: Timestamp) -> Result<Option<OneTimeToken>, StorageError>;

    /// The live token of that id, and its digest: for its mail, which dies with it (MAIL-2).
    async fn issued(
        &mut self,
        id: OneTimeTokenId,
        now: Timestamp,
    ) -> Result<Option<(OneTimeToken, [u8; 32])>, StorageError>;

    /// Uses a live token up, and ends the others that were issued for the same thing. False if it is used, expired or
    /// ended already: of two who come with it at once, one gets true.
    async fn take(&mut self, token: &OneTimeToken, now: Timestamp) -> Result<bool, StorageError>;

    /// Keeps a sign-up beside its token; it is forgotten with it.
    async fn keep_sign_up(&mut self, pending: &PendingSignUp) -> Result<(), StorageError>;

    /// The sign-up of that token.
    async fn sign_up(&mut self, token: OneTimeTokenId) -> Result<Option<PendingSignUp>, StorageError>;
}
