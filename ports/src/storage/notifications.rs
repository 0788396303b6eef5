use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{LeadId, NotificationId, UserId},
    notification::Notification,
    text::{Email, Name, Phone},
};

use super::{Slice, StorageError};

/// A place in the list of notifications, newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotificationCursor {
    /// When the notification at that place was made.
    pub at: Timestamp,
    /// Its id.
    pub id: NotificationId,
}

/// A notification as a list shows it, with what its lead is called.
#[derive(Clone, Debug)]
pub struct NotificationRow {
    /// The notification.
    pub notification: Notification,
    /// The name of the lead's person.
    pub name: Option<Name>,
    /// Their e-mail address.
    pub email: Option<Email>,
    /// Their telephone number.
    pub phone: Option<Phone>,
}

/// What members are told of, as far as the scope reaches: what is about a lead beyond it is not there.
#[async_trait]
pub trait NotificationStore: Send {
    /// Keeps a new one.
    async fn insert(&mut self, notification: &Notification) -> Result<(), StorageError>;

    /// A part of a member's, newest first, after `after`.
    async fn page(
        &mut self,
        member: UserId,
        after: Option<NotificationCursor>,
        limit: u16,
    ) -> Result<Slice<NotificationRow, NotificationCursor>, StorageError>;

    /// How many of a member's are unread; more than `most` are not counted.
    async fn unread(&mut self, member: UserId, most: u16) -> Result<u16, StorageError>;

    /// Marks one of a member's as read; tells which lead it is about, and nothing if there is none of that id.
    async fn read(
        &mut self,
        member: UserId,
        id: NotificationId,
        now: Timestamp,
    ) -> Result<Option<Option<LeadId>>, StorageError>;

    /// Marks all of a member's as read.
    async fn read_all(&mut self, member: UserId, now: Timestamp) -> Result<(), StorageError>;
}
