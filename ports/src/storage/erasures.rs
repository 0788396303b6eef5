use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    erasure::{Certificate, Marks, Tombstone},
    id::LeadId,
};

use super::StorageError;

/// People who are erased, and what shows that they were (DSR-9).
#[async_trait]
pub trait ErasureStore: Send {
    /// By what the person of a lead is known; by nothing if it is not there.
    async fn marks(&mut self, lead: LeadId) -> Result<Marks, StorageError>;

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

/// Which leads were erased lately, for a restore from a backup (RET-17).
#[async_trait]
pub trait TombstoneStore: Send {
    /// Remembers that a lead was erased.
    async fn keep(&mut self, tombstone: Tombstone) -> Result<(), StorageError>;

    /// The leads that were erased since, the earliest first.
    async fn since(&mut self, at: Timestamp) -> Result<Vec<Tombstone>, StorageError>;
}
