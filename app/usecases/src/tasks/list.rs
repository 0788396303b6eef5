use jiff::civil::Date;
use qualify_domain::{
    access::{Actor, Permission},
    id::{LeadId, TaskId, UserId},
    task::Task,
};
use qualify_ports::storage::{Slice, TaskCursor, TaskRow};

use crate::{Error, leads::found};

/// How many tasks a part of the list has.
const PAGE: u16 = 50;
/// How many of a lead's tasks are shown.
const SHOWN: u16 = 100;
/// More than this many are not counted.
const COUNTED: u16 = 100;

/// A part of what a member has to do.
pub type TaskList = Slice<TaskRow, TaskCursor>;

impl super::Tasks {
    /// A part of what the member who asks still has to do, the most urgent first.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for a program, which has nothing to do itself.
    pub async fn mine(&self, actor: &Actor, after: Option<TaskCursor>) -> Result<TaskList, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let user = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.tasks().open_of(user, after, PAGE).await?)
    }

    /// A part of what a member still has to do about the leads within the actor's reach, the most urgent first.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn of_member(
        &self,
        actor: &Actor,
        member: UserId,
        after: Option<TaskCursor>,
        limit: u16,
    ) -> Result<TaskList, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.tasks().open_of(member, after, limit).await?)
    }

    /// How much the member who asks has to do until that day; 100 stands for that many and more.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn count_due(&self, actor: &Actor, today: Date) -> Result<u16, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let Some(user) = scope.user() else { return Ok(0) };
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.tasks().count_due(user, today, COUNTED).await?)
    }

    /// The tasks of a lead: open ones first.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn of_lead(&self, actor: &Actor, lead: LeadId) -> Result<Vec<Task>, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        found(&mut *tx, lead).await?;
        Ok(tx.tasks().of_lead(lead, SHOWN).await?)
    }

    /// One task.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn read(&self, actor: &Actor, id: TaskId) -> Result<Task, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.tasks().find(id).await?.ok_or(Error::NotFound("task"))
    }
}
