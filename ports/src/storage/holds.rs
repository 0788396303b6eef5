use async_trait::async_trait;
use qualify_domain::{
    hold::{Held, Hold},
    id::{HoldId, LeadId, SubmissionId, UserId},
    precedence::Claim,
};

use super::StorageError;

/// Legal holds. One that is lifted is gone; the audit trail tells of it.
#[async_trait]
pub trait HoldStore: Send {
    /// All of them, the next to be reviewed first.
    async fn list(&mut self) -> Result<Vec<Hold>, StorageError>;

    /// The hold of that id; held until the work ends.
    async fn hold(&mut self, id: HoldId) -> Result<Option<Hold>, StorageError>;

    /// Which of the records the organization has. They stay as they are until the work ends: what was sent gets no lead, and
    /// none of them goes.
    async fn known(&mut self, records: &[Held]) -> Result<Vec<Held>, StorageError>;

    /// Keeps a new hold.
    async fn insert(&mut self, hold: &Hold) -> Result<(), StorageError>;

    /// Keeps when a hold is reviewed.
    async fn update(&mut self, hold: &Hold) -> Result<(), StorageError>;

    /// Ends a hold.
    async fn remove(&mut self, hold: &Hold) -> Result<(), StorageError>;

    /// Ends whatever holds a record, or what was sent for it: for what was erased before a backup was restored.
    async fn release(&mut self, record: Held) -> Result<(), StorageError>;

    /// Whether the account of a user is held.
    async fn holds_account(&mut self, user: UserId) -> Result<bool, StorageError>;

    /// What wants a lead kept, with all that was sent for it: holds, and its restriction if it was asked for to that end.
    /// [`qualify_domain::precedence::deciding`] tells what becomes of it.
    async fn claims_on(&mut self, lead: LeadId) -> Result<Vec<Claim>, StorageError>;

    /// Whether a hold names one of these submissions.
    async fn keeps_any(&mut self, submissions: &[SubmissionId]) -> Result<bool, StorageError>;
}
