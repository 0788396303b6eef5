use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::{Entry, EntryFilter, FieldChange, Mark, SecurityEvent, SecurityKind, Target},
    id::{OrganizationId, UserId},
};

use super::{Slice, StorageError};

/// The organization's audit trail. What members do is written by the storage itself when their work commits; nobody
/// writes, changes or deletes an entry here.
#[async_trait]
pub trait AuditStore: Send {
    /// A part of the trail, newest first, of what comes before the entry of that number.
    async fn page(
        &mut self,
        filter: &EntryFilter,
        before: Option<i64>,
        limit: u16,
    ) -> Result<Slice<Entry, i64>, StorageError>;

    /// The next part of the chain, oldest first, after the entry of that number.
    async fn chain(&mut self, after: i64, limit: u16) -> Result<Vec<Entry>, StorageError>;

    /// Where the chain begins, and its newest entry.
    async fn ends(&mut self) -> Result<(Mark, Mark), StorageError>;

    /// Says what else this unit of work did, for the entry that its commit writes.
    fn tell(&mut self, target: Target, changes: Vec<FieldChange>);

    /// Keeps a security event; what happens again within a minute is counted instead (LOG-3).
    async fn note(&mut self, event: &SecurityEvent, now: Timestamp) -> Result<(), StorageError>;
}

/// What matters to security, from wherever no organization is known yet (LOG-3).
#[async_trait]
pub trait SecurityLog: Send {
    /// Keeps a security event of a user in the trail of each organization they belong to, in this very unit of work;
    /// what happens again within a minute is counted instead.
    async fn tell(&mut self, user: UserId, event: &SecurityEvent, now: Timestamp) -> Result<(), StorageError>;

    /// Counts an event that concerns no account.
    async fn count(&mut self, kind: SecurityKind, now: Timestamp) -> Result<(), StorageError>;

    /// Keeps what was only counted, once its minute is over; deals with up to `limit` counts and tells how many.
    async fn settle(&mut self, now: Timestamp, limit: u16) -> Result<u64, StorageError>;

    /// The organizations that have a trail, by their ids, after `after`.
    async fn audited(&mut self, after: Option<OrganizationId>, limit: u16)
    -> Result<Vec<OrganizationId>, StorageError>;
}
