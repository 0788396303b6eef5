use async_trait::async_trait;
use qualify_domain::agreement::Acceptance;

use super::StorageError;

/// Which versions of the processing agreement the organization accepted.
#[async_trait]
pub trait AgreementStore: Send {
    /// All of them, the latest version first.
    async fn list(&mut self) -> Result<Vec<Acceptance>, StorageError>;

    /// Keeps another; [`StorageError::Conflict`] if that version was accepted already.
    async fn insert(&mut self, acceptance: &Acceptance) -> Result<(), StorageError>;
}
