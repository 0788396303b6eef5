use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::id::{ApiKeyId, LeadId};

use super::StorageError;

/// By what a second try of the same creation is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CreationKey {
    /// Whose key it is.
    pub program: ApiKeyId,
    /// The digest of the program's own key.
    pub key: [u8; 32],
    /// The digest of what it sent.
    pub body: [u8; 32],
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

/// What came of a creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Creation {
    /// The lead.
    pub lead: LeadId,
    /// Its version then.
    pub version: i32,
    /// Whether it was new.
    pub is_new: bool,
}

/// What is known of an earlier try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// There was none.
    None,
    /// It sent the same, and this came of it.
    Same(Creation),
    /// It sent something else.
    OtherBody,
}

/// What programs have made under keys of their own (WEB-11).
#[async_trait]
pub trait CreationStore: Send {
    /// What is known of an earlier try with that key. Until the end of the work nobody else gets an answer for the same
    /// key, so that two tries at once make one thing.
    async fn earlier(&mut self, key: &CreationKey, now: Timestamp) -> Result<Earlier, StorageError>;

    /// Keeps what came of this try.
    async fn keep(&mut self, key: &CreationKey, made: &Creation) -> Result<(), StorageError>;
}
