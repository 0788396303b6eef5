use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{SupportGrantId, SupportVisitId},
    support::{SupportGrant, SupportVisit},
};

use super::StorageError;

/// What owners opened for support, and when support came in. Secrets are kept as digests.
#[async_trait]
pub trait SupportStore: Send {
    /// Everything that is kept, the latest first, each with the visits under it, the first of them first.
    async fn list(&mut self) -> Result<Vec<(SupportGrant, Vec<SupportVisit>)>, StorageError>;

    /// What is open, the one that ends last first: one, or several that were opened in the same moment.
    async fn open(&mut self, now: Timestamp) -> Result<Vec<SupportGrant>, StorageError>;

    /// Keeps a new grant.
    async fn insert(&mut self, grant: &SupportGrant) -> Result<(), StorageError>;

    /// Keeps that a grant was ended.
    async fn end(&mut self, grant: &SupportGrant) -> Result<(), StorageError>;

    /// Keeps a visit whose link has this digest.
    async fn invite(&mut self, visit: &SupportVisit, digest: &[u8; 32]) -> Result<(), StorageError>;

    /// The grant to which a link leads that was not used and whose time is not over; none if that is not open any more.
    async fn find_link(&mut self, digest: &[u8; 32], now: Timestamp) -> Result<Option<SupportGrant>, StorageError>;

    /// Uses a link up, if it is still good: whoever has the secret of this digest is in from now on.
    async fn use_link(&mut self, digest: &[u8; 32], session: &[u8; 32], now: Timestamp) -> Result<bool, StorageError>;

    /// The visit of whoever has the secret of this digest, and its grant; none if they left, or it is not open any more.
    async fn find_session(
        &mut self,
        session: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<(SupportGrant, SupportVisit)>, StorageError>;

    /// Keeps that whoever came in left.
    async fn leave(&mut self, visit: SupportVisitId, grant: SupportGrantId, now: Timestamp)
    -> Result<(), StorageError>;
}
