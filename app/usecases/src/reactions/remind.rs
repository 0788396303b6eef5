use qualify_domain::{
    access::Permission,
    id::{LeadId, TaskId, UserId},
    notification::NotificationKind,
    task::Task,
};
use qualify_ports::storage::{Claimed, TenantTx};

use super::{
    Reactions, Unfinished, scope,
    tell_members::{News, sees},
};
use crate::leads::found::followed;

impl Reactions {
    /// Reminds the owner of a task when it is time, unless the task changed meanwhile: then a later plan does.
    pub(super) async fn remind(&self, claimed: &Claimed, task: TaskId, version: i32) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        let planned = tx.tasks().find(task).await?.filter(|task| task.version == version);
        let moment = match &planned {
            Some(task) => task.remind_at(&self.zone(&mut *tx, task.owner).await?),
            None => None,
        };
        if let Some(later) = moment.filter(|moment| *moment > self.clock.now()) {
            return Err(Unfinished::NotYet(later));
        }
        if !tx.outbox().complete(claimed.id).await? {
            return Ok(());
        }
        if let (Some(Task { lead, owner, .. }), Some(_)) = (planned, moment) {
            let news = News { kind: NotificationKind::Reminder, lead, actor: None };
            self.tell_one(&mut *tx, owner, news).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Tells a member that somebody else gave them a task, if it is still theirs.
    pub(super) async fn tell_task(
        &self,
        claimed: &Claimed,
        task: TaskId,
        to: UserId,
        by: Option<UserId>,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        if !tx.outbox().complete(claimed.id).await? {
            return Ok(());
        }
        if let Some(task) = tx.tasks().find(task).await?.filter(|task| task.owner == to && task.done_at.is_none()) {
            let news = News { kind: NotificationKind::Task, lead: task.lead, actor: by };
            self.tell_one(&mut *tx, to, news).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Tells a member that a colleague named them in a note.
    pub(super) async fn tell_mentioned(
        &self,
        claimed: &Claimed,
        lead: LeadId,
        member: UserId,
        by: Option<UserId>,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        if !tx.outbox().complete(claimed.id).await? {
            return Ok(());
        }
        self.tell_one(&mut *tx, member, News { kind: NotificationKind::Mention, lead, actor: by }).await?;
        Ok(tx.commit().await?)
    }

    /// Tells one member as they wish, if they still are one and may see the lead.
    pub(super) async fn tell_one(&self, tx: &mut dyn TenantTx, to: UserId, news: News) -> Result<(), Unfinished> {
        let Some(lead) = followed(tx, news.lead).await? else { return Ok(()) };
        let news = News { lead: lead.id, ..news };
        let teams = tx.teams().list().await?;
        let member = tx.members().find(to).await?;
        if member.is_some_and(|member| sees(&member.membership, lead.owner, &teams)) {
            let choice = tx.notifications().wishes(to).await?.of(news.kind);
            self.tell(tx, to, news, choice).await?;
        }
        Ok(())
    }
}
