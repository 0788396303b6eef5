use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    erasure::{Certificate, Ground, Marks, Tombstone},
    id::{LeadId, SubmissionId, UserId},
};

use super::StorageError;

/// People who are erased, and what shows that they were (DSR-9).
#[async_trait]
pub trait ErasureStore: Send {
    /// By what the person of a lead is known; by nothing if it is not there.
    async fn marks(&mut self, lead: LeadId) -> Result<Marks, StorageError>;

    /// By what its sender is known of a submission that hangs on no lead; none if there is no such one.
    async fn loose_marks(&mut self, submission: SubmissionId) -> Result<Option<Marks>, StorageError>;

    /// Erases a lead with all that hangs on it, what its person sent until `now` that hangs on no lead by then, and what asked
    /// for it; withdraws the files that may hold it. Tells how many rows of which table went. [`StorageError::Stale`] if it is
    /// not there.
    async fn erase(
        &mut self,
        lead: LeadId,
        marks: &Marks,
        now: Timestamp,
    ) -> Result<BTreeMap<String, u64>, StorageError>;

    /// Erases what was sent until `now` by whoever has these marks and hangs on no lead, and withdraws files that may hold it.
    async fn erase_loose(&mut self, marks: &Marks, now: Timestamp) -> Result<(), StorageError>;

    /// Keeps what shows that a lead was erased.
    async fn keep(&mut self, certificate: &Certificate) -> Result<(), StorageError>;

    /// What shows of these leads that they were erased, as far as they were, the latest first.
    async fn among(&mut self, leads: &[LeadId]) -> Result<Vec<Certificate>, StorageError>;

    /// What shows that a lead was erased, if it was.
    async fn find(&mut self, lead: LeadId) -> Result<Option<Certificate>, StorageError>;
}

/// What was erased lately, for a restore from a backup (RET-17).
#[async_trait]
pub trait TombstoneStore: Send {
    /// Remembers that a lead was erased.
    async fn keep(&mut self, tombstone: Tombstone) -> Result<(), StorageError>;

    /// Remembers what goes along with a lead before it is erased: the leads that were merged into it, and what its person sent
    /// until `at`. Of a lead that is not there, what hangs on none.
    async fn keep_along(
        &mut self,
        lead: LeadId,
        marks: &Marks,
        at: Timestamp,
        ground: Ground,
    ) -> Result<(), StorageError>;

    /// Remembers that an account was deleted.
    async fn keep_account(&mut self, user: UserId, at: Timestamp) -> Result<(), StorageError>;

    /// The leads that were erased since, the earliest first.
    async fn since(&mut self, at: Timestamp) -> Result<Vec<Tombstone>, StorageError>;
}
