use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::signing_key::SigningKey;

use super::StorageError;

/// The names of the keys that sign access tokens, for all processes.
#[async_trait]
pub trait SigningKeyStore: Send {
    /// All there are, the newest first.
    async fn list(&mut self) -> Result<Vec<SigningKey>, StorageError>;

    /// The same, and nobody else changes them until the end of the work.
    async fn hold(&mut self) -> Result<Vec<SigningKey>, StorageError>;

    /// Keeps a new one.
    async fn insert(&mut self, key: &SigningKey) -> Result<(), StorageError>;

    /// Forgets those created before `created`: what they signed is worth nothing any more.
    async fn forget_before(&mut self, created: Timestamp) -> Result<(), StorageError>;
}
