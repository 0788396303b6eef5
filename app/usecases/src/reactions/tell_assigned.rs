use qualify_domain::{
    access::Permission,
    id::{LeadId, UserId},
    lead::Lead,
    notification::NotificationKind,
};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, scope, tell_members::News};
use crate::leads::found::followed;

impl Reactions {
    /// Tells a member that somebody else gave them a lead, if it is still theirs and they may see it.
    pub(super) async fn tell_assigned(
        &self,
        claimed: &Claimed,
        lead: LeadId,
        to: UserId,
        by: Option<UserId>,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        if !tx.outbox().complete(claimed.id).await? {
            return Ok(());
        }
        let found = followed(&mut *tx, lead).await?;
        if let Some(Lead { id: lead, .. }) = found.filter(|found| found.owner == Some(to)) {
            self.tell_one(&mut *tx, to, News { kind: NotificationKind::Assignment, lead, actor: by }).await?;
        }
        Ok(tx.commit().await?)
    }
}
