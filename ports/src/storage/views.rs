use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{UserId, ViewId},
    view::View,
};

use super::StorageError;

/// Views of the list: the organization's, and those of the member who works. Others' are not there.
#[async_trait]
pub trait ViewStore: Send {
    /// The views, the organization's first, each part by name.
    async fn list(&mut self) -> Result<Vec<View>, StorageError>;

    /// The view of that id.
    async fn find(&mut self, id: ViewId) -> Result<Option<View>, StorageError>;

    /// Keeps a new view.
    async fn insert(&mut self, view: &View, maker: Option<UserId>) -> Result<(), StorageError>;

    /// Keeps a changed view with the next version; [`StorageError::Stale`] if `view.version` is not the stored one.
    async fn update(&mut self, view: &View) -> Result<(), StorageError>;

    /// Takes a view away, so that it can be brought back; whether it was there. What was taken away before `forgotten` is
    /// gone for good.
    async fn remove(&mut self, id: ViewId, now: Timestamp, forgotten: Timestamp) -> Result<bool, StorageError>;

    /// The view that was taken away and can still be brought back.
    async fn find_removed(&mut self, id: ViewId) -> Result<Option<View>, StorageError>;

    /// Brings a view back that was taken away; whether it could be.
    async fn restore(&mut self, id: ViewId) -> Result<bool, StorageError>;

    /// With which view a member's list begins.
    async fn default_of(&mut self, user: UserId) -> Result<Option<ViewId>, StorageError>;

    /// Lets a member's list begin with a view, or with everything.
    async fn choose_default(&mut self, user: UserId, view: Option<ViewId>) -> Result<(), StorageError>;
}
