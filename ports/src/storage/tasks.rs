use async_trait::async_trait;
use jiff::civil::Date;
use qualify_domain::{
    id::{LeadId, TaskId, UserId},
    task::Task,
    text::{Email, Name, Phone},
};

use super::{Slice, StorageError};

/// A place in the list of a member's open tasks: by day, those without one last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskCursor {
    /// The day of the task at that place.
    pub due_on: Option<Date>,
    /// Its id.
    pub id: TaskId,
}

/// A task as a list shows it, with whom its lead is about.
#[derive(Clone, Debug)]
pub struct TaskRow {
    /// The task.
    pub task: Task,
    /// The name of the lead's person.
    pub name: Option<Name>,
    /// Their e-mail address.
    pub email: Option<Email>,
    /// Their telephone number.
    pub phone: Option<Phone>,
}

/// Tasks, as far as the scope reaches their leads.
#[async_trait]
pub trait TaskStore: Send {
    /// The task of that id.
    async fn find(&mut self, id: TaskId) -> Result<Option<Task>, StorageError>;

    /// The same, and its lead stays until the end of the work: who wants to merge that one waits. Whoever comes while it is
    /// merged waits for that, and finds the task where it is then.
    async fn hold(&mut self, id: TaskId) -> Result<Option<Task>, StorageError>;

    /// The tasks of a lead: open ones first, by day, then the latest that were done.
    async fn of_lead(&mut self, lead: LeadId, limit: u16) -> Result<Vec<Task>, StorageError>;

    /// A part of what a member still has to do, the most urgent first, after `after`.
    async fn open_of(
        &mut self,
        owner: UserId,
        after: Option<TaskCursor>,
        limit: u16,
    ) -> Result<Slice<TaskRow, TaskCursor>, StorageError>;

    /// How much a member still has to do until that day; more than `most` is not counted.
    async fn count_due(&mut self, owner: UserId, until: Date, most: u16) -> Result<u16, StorageError>;

    /// Keeps a new one.
    async fn insert(&mut self, task: &Task) -> Result<(), StorageError>;

    /// Keeps a changed one with the next version; [`StorageError::Stale`] if `task.version` is not the stored one.
    async fn update(&mut self, task: &Task) -> Result<(), StorageError>;

    /// Takes one away; false if it is not there.
    async fn remove(&mut self, id: TaskId) -> Result<bool, StorageError>;
}
