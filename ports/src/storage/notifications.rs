use std::collections::HashMap;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{EventId, JobId, LeadId, NotificationId, UserId},
    job::{JobKind, JobState},
    notification::{Choice, Notification, NotificationKind, Wishes},
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
    /// The member who works on the lead.
    pub owner: Option<UserId>,
    /// The name of the lead's person.
    pub name: Option<Name>,
    /// Their e-mail address.
    pub email: Option<Email>,
    /// Their telephone number.
    pub phone: Option<Phone>,
    /// What the job was, and how it ended.
    pub job: Option<(JobKind, JobState)>,
}

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// What happened.
    pub kind: NotificationKind,
    /// A lead.
    pub lead: Option<LeadId>,
    /// A job.
    pub job: Option<JobId>,
}

/// What members are told of, as far as the scope reaches: what is about a lead beyond it is not there.
#[async_trait]
pub trait NotificationStore: Send {
    /// How a member wishes to be told.
    async fn wishes(&mut self, member: UserId) -> Result<Wishes, StorageError>;

    /// How each member wishes to be told who ever chose.
    async fn all_wishes(&mut self) -> Result<HashMap<UserId, Wishes>, StorageError>;

    /// Keeps how a member wishes to be told.
    async fn choose(&mut self, member: UserId, wishes: &Wishes) -> Result<(), StorageError>;

    /// Keeps a new one, which is to be mailed as the choice says.
    async fn insert(&mut self, notification: &Notification, choice: Choice) -> Result<(), StorageError>;

    /// A part of a member's, newest first, after `after`.
    async fn page(
        &mut self,
        member: UserId,
        after: Option<NotificationCursor>,
        limit: u16,
    ) -> Result<Slice<NotificationRow, NotificationCursor>, StorageError>;

    /// How many of a member's are unread; more than `most` are not counted.
    async fn unread(&mut self, member: UserId, most: u16) -> Result<u16, StorageError>;

    /// Marks one of a member's as read; tells what it is about, and nothing if there is none of that id.
    async fn read(
        &mut self,
        member: UserId,
        id: NotificationId,
        now: Timestamp,
    ) -> Result<Option<Subject>, StorageError>;

    /// Marks all of a member's as read.
    async fn read_all(&mut self, member: UserId, now: Timestamp) -> Result<(), StorageError>;

    /// Whether any of a member's waits to be mailed in that way.
    async fn waits(&mut self, member: UserId, choice: Choice) -> Result<bool, StorageError>;

    /// Puts what waits to be mailed in that way into one mail.
    async fn put_in_mail(&mut self, member: UserId, choice: Choice, mail: EventId) -> Result<(), StorageError>;

    /// Whether anything is in that mail.
    async fn is_in_mail(&mut self, mail: EventId) -> Result<bool, StorageError>;

    /// What is in that mail, in the order in which it came.
    async fn in_mail(&mut self, mail: EventId) -> Result<Vec<NotificationRow>, StorageError>;

    /// Remembers that it went.
    async fn mailed(&mut self, mail: EventId) -> Result<(), StorageError>;
}
