use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{PasskeyId, UserId},
    passkey::Passkey,
};

use super::StorageError;
use crate::passkeys::Credential;

/// Passkeys, and the ceremonies in which they are made and used.
#[async_trait]
pub trait PasskeyStore: Send {
    /// Keeps a ceremony that has begun, under the digest of its reference; for a new passkey it is bound to its user.
    /// Forgets those that have expired.
    async fn begin(
        &mut self,
        digest: &[u8; 32],
        user: Option<UserId>,
        state: &[u8],
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StorageError>;

    /// Takes a ceremony away and tells its state: it can be finished once.
    async fn take(
        &mut self,
        digest: &[u8; 32],
        user: Option<UserId>,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StorageError>;

    /// The user's passkeys, the oldest first.
    async fn list(&mut self, user: UserId) -> Result<Vec<Passkey>, StorageError>;

    /// By what the authenticators know the user's passkeys.
    async fn known(&mut self, user: UserId) -> Result<Vec<Vec<u8>>, StorageError>;

    /// Keeps a new passkey; [`StorageError::Conflict`] if it is known already.
    async fn insert(&mut self, user: UserId, passkey: &Passkey, credential: &Credential) -> Result<(), StorageError>;

    /// The passkey that the authenticator knows by that id, and whose it is. Who asks holds it until the end of their
    /// work: two uses at once are judged one after the other.
    async fn find(&mut self, credential: &[u8]) -> Result<Option<(UserId, Credential)>, StorageError>;

    /// Keeps what using a passkey has changed.
    async fn used(&mut self, credential: &Credential, now: Timestamp) -> Result<(), StorageError>;

    /// Forgets a passkey of the user; false if they have none of that id.
    async fn remove(&mut self, user: UserId, id: PasskeyId) -> Result<bool, StorageError>;
}
