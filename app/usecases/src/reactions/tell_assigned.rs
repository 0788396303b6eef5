use qualify_domain::{
    access::Permission,
    id::{LeadId, UserId},
    notification::NotificationKind,
};
use qualify_ports::storage::Claimed;

use super::{
    Reactions, Unfinished, scope,
    tell_members::{News, sees},
};

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
        let teams = tx.teams().list().await?;
        let member = tx.members().find(to).await?;
        if let Some(member) = member.filter(|member| owner == Some(to) && sees(&member.membership, owner, &teams)) {
            let news = News { kind: NotificationKind::Assignment, lead, actor: by };
            let choice = tx.notifications().wishes(to).await?.of(news.kind);
            self.tell(&mut *tx, member.membership.user, news, choice).await?;
        }
        Ok(tx.commit().await?)
    }
}
