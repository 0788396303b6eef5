use qualify_domain::{
    access::Permission,
    id::{LeadId, UserId},
    notification::NotificationKind,
};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, scope, tell_members::News};

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
        let owner = tx.leads().find(lead).await?.and_then(|lead| lead.owner);
        if owner == Some(to) {
            self.tell_one(&mut *tx, to, News { kind: NotificationKind::Assignment, lead, actor: by }).await?;
        }
        Ok(tx.commit().await?)
    }
}
