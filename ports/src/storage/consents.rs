use async_trait::async_trait;
use qualify_domain::{
    consent::{ConsentEvent, ConsentLink, LinkUse, Matter},
    id::{LeadId, SubmissionId},
};

use super::StorageError;

/// What people agreed to, and took back: a ledger that is added to and never changed, and the links by which they say so.
/// What is ticked in a form stands in it as soon as the submission is kept.
#[async_trait]
pub trait ConsentStore: Send {
    /// The entries about a lead, the oldest first.
    async fn of_lead(&mut self, lead: LeadId) -> Result<Vec<ConsentEvent>, StorageError>;

    /// The entries about one submission, the oldest first.
    async fn of_submission(&mut self, submission: SubmissionId) -> Result<Vec<ConsentEvent>, StorageError>;

    /// Adds an entry.
    async fn append(&mut self, event: &ConsentEvent) -> Result<(), StorageError>;

    /// The link that was made for that, and the digest of its secret.
    async fn link(
        &mut self,
        submission: SubmissionId,
        matter: Matter,
        link_use: LinkUse,
    ) -> Result<Option<(ConsentLink, [u8; 32])>, StorageError>;

    /// Keeps a link.
    ///
    /// # Errors
    /// [`StorageError::Conflict`] if one was made for that.
    async fn insert_link(&mut self, link: &ConsentLink, digest: &[u8; 32]) -> Result<(), StorageError>;

    /// The link whose secret has that digest, whatever its state.
    async fn find_link(&mut self, digest: &[u8; 32]) -> Result<Option<ConsentLink>, StorageError>;

    /// Uses a link up; false if somebody else was first.
    async fn use_link(&mut self, link: &ConsentLink) -> Result<bool, StorageError>;
}
