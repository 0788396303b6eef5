use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{OrganizationId, RightsRequestId},
    operator_request::OperatorRequest,
};

use super::StorageError;

/// What people asked of the operator, and is an organization's to answer. Nothing here leads into an organization's register.
#[async_trait]
pub trait OperatorRequestStore: Send {
    /// Those that stand in no register yet, the most urgent first.
    async fn waiting(&mut self) -> Result<Vec<OperatorRequest>, StorageError>;

    /// One of them, locked until the end of the work.
    async fn find(&mut self, id: RightsRequestId) -> Result<Option<OperatorRequest>, StorageError>;

    /// Registers one.
    async fn insert(&mut self, request: &OperatorRequest, now: Timestamp) -> Result<(), StorageError>;

    /// Keeps that whoever asked was told that it came.
    async fn acknowledge(&mut self, id: RightsRequestId, now: Timestamp) -> Result<(), StorageError>;

    /// Gives one to an organization, whose worker takes it. False if it was given before, or is closed.
    async fn pass_on(
        &mut self,
        id: RightsRequestId,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<bool, StorageError>;

    /// Closes one that is no organization's, and forgets who asked. False if it was passed on, or is closed.
    async fn close(&mut self, id: RightsRequestId, now: Timestamp) -> Result<bool, StorageError>;

    /// How many should stand in a register by now and do not.
    async fn overdue(&mut self, now: Timestamp) -> Result<u64, StorageError>;
}
