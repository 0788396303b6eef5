use qualify_domain::{
    access::{Actor, Permission, TenantScope},
    activity::What,
    event::Event,
    id::{LeadId, TaskId, UserId},
    task::{Plan, Task, WrittenTask},
    violation::{Rule, Violations},
};
use qualify_ports::{live::Change, storage::TenantTx};

use super::is_member;
use crate::{Error, leads::found};

/// A task as it was looked at.
#[derive(Clone, Copy, Debug)]
pub struct TaskPlace {
    /// Which one.
    pub id: TaskId,
    /// Its version then.
    pub version: i32,
}

/// What of a task changes, as somebody wrote it; what is left out stays.
#[derive(Debug, Default)]
pub struct ChangeTask {
    /// What is to be done.
    pub title: Option<String>,
    /// By which day; empty for whenever.
    pub due_on: Option<String>,
    /// When its owner is reminded, by its stable name; in the morning of the day if empty.
    pub reminder: Option<String>,
    /// The member who does it; who does it now if empty.
    pub owner: Option<String>,
}

impl ChangeTask {
    fn beside(self, former: &Task) -> WrittenTask {
        let day = || former.due_on.map(|day| day.to_string()).unwrap_or_default();
        WrittenTask {
            title: self.title.unwrap_or_else(|| former.title.to_string()),
            due_on: self.due_on.unwrap_or_else(day),
            reminder: self.reminder.unwrap_or_else(|| former.reminder.code().to_owned()),
            owner: self.owner.unwrap_or_default(),
        }
    }
}

impl super::Tasks {
    /// Makes a task about a lead, for oneself or a colleague, tells it in the lead's timeline, and gives its id. A program
    /// has nothing to do itself: it names a member.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] with all faults.
    pub async fn make(&self, actor: &Actor, lead: LeadId, written: &WrittenTask) -> Result<TaskId, Error> {
        let scope = actor.permit(Permission::NoteLead)?;
        let plan = written.parse()?;
        let mut tx = self.storage.tenant(&scope).await?;
        found(&mut *tx, lead).await?;
        let owner = owner(&mut *tx, &scope, &plan).await?;
        let now = self.clock.now();
        let task = Task {
            id: self.ids.next(),
            version: 1,
            lead,
            title: plan.title,
            due_on: plan.due_on,
            reminder: plan.reminder,
            owner,
            made_by: scope.user(),
            made_at: now,
            done_at: None,
        };
        tx.tasks().insert(&task).await?;
        tx.activities().insert(&self.entry(&scope, lead, What::Planned(task.todo()), now)).await?;
        self.tell(&mut *tx, &scope, &task, true).await?;
        tx.commit().await?;
        Ok(task.id)
    }

    /// Changes a task, if nobody did meanwhile.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] with all faults; [`Error::Stale`].
    pub async fn change(&self, actor: &Actor, place: TaskPlace, written: &WrittenTask) -> Result<(), Error> {
        let WrittenTask { title, due_on, reminder, owner } = written.clone();
        let change =
            ChangeTask { title: Some(title), due_on: Some(due_on), reminder: Some(reminder), owner: Some(owner) };
        self.amend(actor, place, change).await.map(|_| ())
    }

    /// Changes some of a task, if nobody did meanwhile; the lead's timeline tells what became otherwise. Tells its version
    /// after it.
    ///
    /// # Errors
    /// As [`Self::change`].
    pub async fn amend(&self, actor: &Actor, place: TaskPlace, change: ChangeTask) -> Result<i32, Error> {
        let scope = actor.permit(Permission::NoteLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let former = tx.tasks().hold(place.id).await?.ok_or(Error::NotFound("task"))?;
        let plan = change.beside(&former).parse()?;
        let owner = match plan.owner {
            Some(_) => owner(&mut *tx, &scope, &plan).await?,
            None => former.owner,
        };
        let task = Task {
            version: place.version,
            title: plan.title,
            due_on: plan.due_on,
            reminder: plan.reminder,
            owner,
            ..former
        };
        tx.tasks().update(&task).await?;
        let changed = task.differing(&former);
        if !changed.is_empty() {
            let what = What::Replanned(task.todo(), changed);
            tx.activities().insert(&self.entry(&scope, task.lead, what, self.clock.now())).await?;
        }
        let task = Task { version: task.version + 1, ..task };
        self.tell(&mut *tx, &scope, &task, owner != former.owner).await?;
        tx.commit().await?;
        Ok(task.version)
    }

    /// Plans the reminder, and tells whoever was given the task by somebody else.
    pub(super) async fn tell(
        &self,
        tx: &mut dyn TenantTx,
        scope: &TenantScope,
        task: &Task,
        is_given: bool,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        if task.due_on.is_some() {
            tx.outbox().append(&Event::TaskPlanned { task: task.id, version: task.version }, now).await?;
        }
        if is_given && scope.user() != Some(task.owner) {
            tx.outbox().append(&Event::TaskGiven { task: task.id, to: task.owner, by: scope.user() }, now).await?;
        }
        Ok(tx.announce(Change::Lead(task.lead)).await?)
    }
}

/// Who does it: who is named, else who asks.
async fn owner(tx: &mut dyn TenantTx, scope: &TenantScope, plan: &Plan) -> Result<UserId, Error> {
    let owner = plan.owner.or(scope.user());
    match owner {
        Some(owner) if is_member(tx, owner).await? => Ok(owner),
        Some(_) => Err(Violations::one("owner", Rule::NotAChoice).into()),
        None => Err(Violations::one("owner", Rule::Required).into()),
    }
}
