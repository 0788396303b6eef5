use async_trait::async_trait;
use qualify_domain::{language::Language, policy_version::PolicyVersion};

use super::StorageError;

/// The versions of the privacy policy.
#[async_trait]
pub trait PolicyStore: Send {
    /// Lets nobody else publish until the end of the work.
    async fn hold(&mut self) -> Result<(), StorageError>;

    /// The newest version in a language, if there is one.
    async fn newest(&mut self, language: Language) -> Result<Option<PolicyVersion>, StorageError>;

    /// The version of that number.
    async fn version(&mut self, language: Language, number: u32) -> Result<Option<PolicyVersion>, StorageError>;

    /// All versions in a language, the newest first.
    async fn versions(&mut self, language: Language) -> Result<Vec<PolicyVersion>, StorageError>;

    /// Keeps a new one.
    async fn publish(&mut self, version: &PolicyVersion) -> Result<(), StorageError>;
}
