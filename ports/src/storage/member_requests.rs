use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{RightsRequestId, UserId},
    language::Language,
    member_request::MemberRequest,
};

use super::StorageError;

/// What members asked of the operator about their own accounts: the part of the operator's list that is theirs to answer.
#[async_trait]
pub trait MemberRequestStore: Send {
    /// Keeps a new request; [`StorageError::Conflict`] while another of the same kind waits.
    async fn insert(&mut self, asked: &MemberRequest, language: Language) -> Result<(), StorageError>;

    /// What that user asked, the latest first.
    async fn of_user(&mut self, user: UserId) -> Result<Vec<MemberRequest>, StorageError>;

    /// Those that wait for an answer, or whose last step was mailed to nobody yet, the most urgent first.
    async fn waiting(&mut self) -> Result<Vec<MemberRequest>, StorageError>;

    /// One of them, locked until the end of the work.
    async fn find(&mut self, id: RightsRequestId) -> Result<Option<MemberRequest>, StorageError>;

    /// Keeps a request that was found in the same work.
    async fn keep(&mut self, asked: &MemberRequest) -> Result<(), StorageError>;

    /// Those of which the operator is to be reminded by now.
    async fn to_remind(&mut self, now: Timestamp, most: u16) -> Result<Vec<RightsRequestId>, StorageError>;

    /// How many should have been answered by now and were not.
    async fn overdue(&mut self, now: Timestamp) -> Result<u64, StorageError>;
}
