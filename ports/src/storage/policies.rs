use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    language::Language,
    policy_version::PolicyVersion,
    subprocessor::{Announced, Subprocessor},
};

use super::StorageError;

/// The versions of the privacy policy, and the subprocessors that were announced.
#[async_trait]
pub trait PolicyStore: Send {
    /// Lets nobody else publish until the end of the work.
    async fn hold(&mut self) -> Result<(), StorageError>;

    /// The newest version in a language, if there is one.
    async fn newest(&mut self, language: Language) -> Result<Option<PolicyVersion>, StorageError>;

    /// The version of that number.
    async fn version(&mut self, language: Language, number: u32) -> Result<Option<PolicyVersion>, StorageError>;

    /// All versions in all languages, the newest first.
    async fn versions(&mut self) -> Result<Vec<PolicyVersion>, StorageError>;

    /// Keeps a new one.
    async fn publish(&mut self, version: &PolicyVersion) -> Result<(), StorageError>;

    /// The subprocessors that are published, the last announced first.
    async fn subprocessors(&mut self) -> Result<Vec<Announced>, StorageError>;

    /// The subprocessors that left the list after a moment, the last to leave first.
    async fn left_since(&mut self, since: Timestamp) -> Result<Vec<Announced>, StorageError>;

    /// Those of one announcement.
    async fn announced(&mut self, announcement: u32) -> Result<Vec<Subprocessor>, StorageError>;

    /// Keeps those as the next announcement. If it is made at a moment, the owners of all organizations are to be told.
    async fn announce(&mut self, new: &[Subprocessor], at: Option<Timestamp>) -> Result<(), StorageError>;

    /// Keeps that those are published no more.
    async fn withdraw(&mut self, gone: &[Subprocessor], at: Timestamp) -> Result<(), StorageError>;

    /// Takes it back that those left: the last announcement of each is published again.
    async fn take_back(&mut self, back: &[Subprocessor]) -> Result<(), StorageError>;
}
