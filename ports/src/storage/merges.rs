use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{LeadId, MergeId},
    lead::Lead,
    merge::{Hanging, Merge, Separation},
    person::Person,
};

use super::StorageError;

/// Leads of one person, and what became of them, as far as the scope reaches.
#[async_trait]
pub trait MergeStore: Send {
    /// The oldest leads with that address, that E.164 number, or that name at that domain, without one of them.
    async fn alike(&mut self, person: &Person, without: Option<LeadId>, limit: u16) -> Result<Vec<Lead>, StorageError>;

    /// Keeps others from changing these leads, and what hangs on them, until the end of the work.
    async fn hold(&mut self, leads: &[LeadId]) -> Result<(), StorageError>;

    /// What hangs on a lead.
    async fn hanging(&mut self, lead: LeadId) -> Result<Hanging, StorageError>;

    /// Merges: keeps both leads as they were, changes the survivor into `after`, gives it all that hung on the other, which
    /// is gone then. [`StorageError::Stale`] if one of them changed or went.
    async fn keep(&mut self, merge: &Merge, after: &Lead) -> Result<(), StorageError>;

    /// The merge of that id.
    async fn find(&mut self, id: MergeId) -> Result<Option<Merge>, StorageError>;

    /// The merges of which a timeline tells, the latest first.
    async fn of_lead(&mut self, lead: LeadId) -> Result<Vec<Merge>, StorageError>;

    /// Which lead a lead was merged into, if it was.
    async fn holder_of(&mut self, merged: LeadId) -> Result<Option<LeadId>, StorageError>;

    /// Undoes a merge: the lead that went is there again, with all that hung on it and still is there.
    async fn undo(&mut self, merge: &Merge, back: &Separation, now: Timestamp) -> Result<(), StorageError>;
}
