use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    consent::Asked,
    id::{FormId, LeadId, SubmissionId},
    submission::Submission,
};

use super::{Slice, StorageError};

/// A place in the list of a form's submissions, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubmissionCursor {
    /// When the submission at that place was received.
    pub at: Timestamp,
    /// Its id.
    pub id: SubmissionId,
}

/// Which of a form's submissions are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// All of them, quarantined ones included.
    All,
    /// Those in quarantine.
    Quarantined,
}

/// A submission that was let out after it had waited sealed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsealed {
    /// Its id.
    pub submission: SubmissionId,
    /// The form that was filled.
    pub form: FormId,
    /// Whether it goes on to the leads; else it is in quarantine, for what the checks found when it came.
    pub is_accepted: bool,
}

/// What the forms received. What waits sealed is not among it, unless the scope's permission sees it. Evidence: only its lead and its verdict ever change, and only spam is deleted.
#[async_trait]
pub trait SubmissionStore: Send {
    /// The submission of that id.
    async fn find(&mut self, id: SubmissionId) -> Result<Option<Submission>, StorageError>;

    /// A part of what a form received, newest first, after `after`.
    async fn of_form(
        &mut self,
        form: FormId,
        which: Received,
        after: Option<SubmissionCursor>,
        limit: u16,
    ) -> Result<Slice<Submission, SubmissionCursor>, StorageError>;

    /// The submissions of a lead, newest first.
    async fn of_lead(&mut self, lead: LeadId, limit: u16) -> Result<Vec<Submission>, StorageError>;

    /// The boxes of consent of a lead's submissions, of each matter the one that was ticked last and the one that was left
    /// empty last, in no order.
    async fn asked_of(&mut self, lead: LeadId) -> Result<Vec<Asked>, StorageError>;

    /// The submissions of those ids, in no order; what is not there is left out.
    async fn all(&mut self, ids: &[SubmissionId]) -> Result<Vec<Submission>, StorageError>;

    /// Gives a submission to its lead.
    async fn assign(&mut self, id: SubmissionId, lead: LeadId) -> Result<(), StorageError>;

    /// Lets a submission out of quarantine; false if it is not there.
    async fn release(&mut self, id: SubmissionId) -> Result<bool, StorageError>;

    /// Deletes a submission that is in quarantine; false if it is not there.
    async fn discard(&mut self, id: SubmissionId) -> Result<bool, StorageError>;

    /// How many submissions wait sealed: all that whoever does not see them learns of them.
    async fn sealed_count(&mut self) -> Result<u64, StorageError>;

    /// Lets out so many of those that wait sealed and whose time is not over, the oldest first; what somebody else lets out at
    /// this moment is passed over.
    async fn release_sealed(&mut self, most: u16, now: Timestamp) -> Result<Vec<Unsealed>, StorageError>;
}
