use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    access::Role,
    api_key::ApiKey,
    id::{ApiKeyId, OrganizationId},
    subscription::Grounds,
    team::Colleagues,
};

use super::StorageError;

/// A key whose secret was presented, with all that its actor must know.
#[derive(Clone, Debug)]
pub struct PresentedKey {
    /// Whose key.
    pub organization: OrganizationId,
    /// The key.
    pub key: ApiKey,
    /// What its maker is in the organization by now.
    pub maker: Vec<Role>,
    /// Whose leads the reach of a team covers: its maker's and their colleagues'.
    pub colleagues: Colleagues,
    /// Whether the organization ends.
    pub is_closed: bool,
    /// From what follows what the organization may do; none if nothing is kept about its payments.
    pub grounds: Option<Grounds>,
}

/// The organization's API keys. A secret is kept as its digest only.
#[async_trait]
pub trait ApiKeyStore: Send {
    /// All keys, newest first.
    async fn list(&mut self) -> Result<Vec<ApiKey>, StorageError>;

    /// Keeps a new key, by the digest of its secret.
    async fn insert(&mut self, key: &ApiKey, digest: &[u8; 32]) -> Result<(), StorageError>;

    /// Ends a key; false if there is none of that id that has not ended.
    async fn revoke(&mut self, id: ApiKeyId, now: Timestamp) -> Result<bool, StorageError>;

    /// Keeps that a key was used, if nobody did so since `before`.
    async fn used(&mut self, id: ApiKeyId, before: Timestamp, now: Timestamp) -> Result<(), StorageError>;
}
