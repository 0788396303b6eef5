use async_trait::async_trait;
use qualify_domain::{farewell::Farewell, id::FarewellId};

use super::StorageError;

/// The last mails to people whose accounts are gone, or of whom nothing is kept any more.
#[async_trait]
pub trait FarewellStore: Send {
    /// Keeps where one goes.
    async fn insert(&mut self, farewell: &Farewell) -> Result<(), StorageError>;

    /// Where it goes; none if it went.
    async fn find(&mut self, id: FarewellId) -> Result<Option<Farewell>, StorageError>;

    /// Takes the address out of the notices of up to `limit` submissions more; true once there are no more.
    async fn rewrite_notices(&mut self, id: FarewellId, limit: u16) -> Result<bool, StorageError>;

    /// Forgets where it went.
    async fn remove(&mut self, id: FarewellId) -> Result<(), StorageError>;
}
