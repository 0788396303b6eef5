use qualify_domain::{
    access::{Actor, Permission},
    activity::What,
    event::Event,
    id::TaskId,
    task::Task,
};
use qualify_ports::live::Change;

use super::TaskPlace;
use crate::Error;

impl super::Tasks {
    /// Marks a task as done, and says so in the lead's timeline; twice is once.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Stale`].
    pub async fn finish(&self, actor: &Actor, place: TaskPlace) -> Result<Task, Error> {
        let scope = actor.permit(Permission::NoteLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let task = tx.tasks().hold(place.id).await?.ok_or(Error::NotFound("task"))?;
        if task.done_at.is_some() {
            return Ok(task);
        }
        let now = self.clock.now();
        let done = Task { done_at: Some(now), version: place.version, ..task };
        tx.tasks().update(&done).await?;
        let what = What::Finished(done.title.clone());
        tx.activities().insert(&self.entry(&scope, done.lead, what, now)).await?;
        tx.announce(Change::Lead(done.lead)).await?;
        tx.commit().await?;
        Ok(Task { version: done.version + 1, ..done })
    }

    /// Takes a finished task up again, and says so in the lead's timeline: the undo of [`Self::finish`].
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Stale`].
    pub async fn reopen(&self, actor: &Actor, place: TaskPlace) -> Result<Task, Error> {
        let scope = actor.permit(Permission::NoteLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let task = tx.tasks().hold(place.id).await?.ok_or(Error::NotFound("task"))?;
        let (now, was_done) = (self.clock.now(), task.done_at.is_some());
        let open = Task { done_at: None, version: place.version, ..task };
        tx.tasks().update(&open).await?;
        let open = Task { version: open.version + 1, ..open };
        if was_done {
            let what = What::Reopened(open.title.clone());
            tx.activities().insert(&self.entry(&scope, open.lead, what, now)).await?;
        }
        if open.due_on.is_some() {
            let planned = Event::TaskPlanned { task: open.id, version: open.version };
            tx.outbox().append(&planned, now).await?;
        }
        tx.announce(Change::Lead(open.lead)).await?;
        tx.commit().await?;
        Ok(open)
    }

    /// Takes a task away, and says so in the lead's timeline.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn remove(&self, actor: &Actor, id: TaskId) -> Result<Task, Error> {
        let scope = actor.permit(Permission::NoteLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let task = tx.tasks().hold(id).await?.ok_or(Error::NotFound("task"))?;
        if !tx.tasks().remove(id).await? {
            return Err(Error::NotFound("task"));
        }
        let what = What::Dropped(task.title.clone());
        tx.activities().insert(&self.entry(&scope, task.lead, what, self.clock.now())).await?;
        tx.announce(Change::Lead(task.lead)).await?;
        tx.commit().await?;
        Ok(task)
    }
}
