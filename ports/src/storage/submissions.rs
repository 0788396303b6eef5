use async_trait::async_trait;
use qualify_domain::{
    id::{FormId, LeadId, SubmissionId},
    submission::Submission,
};

use super::StorageError;

/// What the forms received. Evidence: only its lead and its verdict ever change, and only spam is deleted.
#[async_trait]
pub trait SubmissionStore: Send {
    /// The submission of that id.
    async fn find(&mut self, id: SubmissionId) -> Result<Option<Submission>, StorageError>;

    /// The newest submissions of a form, newest first, quarantined ones included.
    async fn of_form(&mut self, form: FormId, limit: u16) -> Result<Vec<Submission>, StorageError>;

    /// The submissions of a lead, newest first.
    async fn of_lead(&mut self, lead: LeadId, limit: u16) -> Result<Vec<Submission>, StorageError>;

    /// The submissions of those ids, in no order; what is not there is left out.
    async fn all(&mut self, ids: &[SubmissionId]) -> Result<Vec<Submission>, StorageError>;

    /// Gives a submission to its lead.
    async fn assign(&mut self, id: SubmissionId, lead: LeadId) -> Result<(), StorageError>;

    /// Lets a submission out of quarantine; false if it is not there.
    async fn release(&mut self, id: SubmissionId) -> Result<bool, StorageError>;

    /// Deletes a submission that is in quarantine; false if it is not there.
    async fn discard(&mut self, id: SubmissionId) -> Result<bool, StorageError>;
}
