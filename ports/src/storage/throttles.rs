use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::login_throttle::Tally;

use super::StorageError;

/// What was counted, by keys that tell nothing about whom.
#[async_trait]
pub trait ThrottleStore: Send {
    /// The tallies of these keys, in their order. Who asks holds them until the end of their work: of two at once, the
    /// second sees what the first has counted. What nobody has counted on is forgotten after `unused`.
    async fn hold(&mut self, keys: &[[u8; 32]], unused: Timestamp) -> Result<Vec<Tally>, StorageError>;

    /// Keeps a tally until `expiry`; for good without one.
    async fn keep(&mut self, key: &[u8; 32], tally: &Tally, expiry: Option<Timestamp>) -> Result<(), StorageError>;

    /// Forgets a tally.
    async fn forget(&mut self, key: &[u8; 32]) -> Result<(), StorageError>;
}
