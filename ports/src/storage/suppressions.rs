use async_trait::async_trait;
use qualify_domain::suppression::{AddressHash, Suppression};

use super::StorageError;

/// Addresses to which nothing goes that their owners did not ask for since (DSR-11).
#[async_trait]
pub trait SuppressionStore: Send {
    /// What stands against writing to an address.
    async fn find(&mut self, address: AddressHash) -> Result<Option<Suppression>, StorageError>;

    /// The same of many addresses, in no order; what nothing stands against is left out.
    async fn all(&mut self, addresses: &[AddressHash]) -> Result<Vec<Suppression>, StorageError>;

    /// Keeps one, in place of what stood against that address before: the later of both counts, and that somebody was
    /// forgotten is never forgotten itself.
    async fn keep(&mut self, suppression: &Suppression) -> Result<(), StorageError>;
}
