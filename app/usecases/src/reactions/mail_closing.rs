use qualify_domain::{
    access::{Permission, Role},
    closing::ClosingNotice,
    event::Event,
    id::UserId,
};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, scope};
use crate::letter::Letter;

impl Reactions {
    /// Lets each owner be told that the organization ends, unless that was taken back or asked for anew meanwhile.
    pub(super) async fn tell_closing(&self, claimed: &Claimed, notice: ClosingNotice) -> Result<(), Unfinished> {
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        if !tx.outbox().complete(claimed.id).await? {
            return Ok(());
        }
        let is_due = tx.organizations().closing().await?.is_some_and(|closing| closing.due(notice) <= now);
        if is_due && tx.organizations().tell_closing(notice).await? {
            for member in tx.members().list().await? {
                if member.membership.roles.contains(&Role::Owner) {
                    let owner = member.membership.user;
                    tx.outbox().append(&Event::ClosingMailDue { owner, notice }, now).await?;
                }
            }
        }
        Ok(tx.commit().await?)
    }

    /// Tells one of them.
    pub(super) async fn mail_closing(
        &self,
        claimed: &Claimed,
        owner: UserId,
        notice: ClosingNotice,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let (member, closing) = (tx.members().find(owner).await?, tx.organizations().closing().await?);
        let name = tx.organizations().own().await?.name;
        drop(tx);
        if let (Some(member), Some(closing)) = (member, closing) {
            let letter = Letter::closing(notice, closing, &name, &member, &self.options);
            self.mailer.send(&letter.to(claimed.id, &member.email, &member.first_name, &member.last_name)?).await?;
        }
        self.complete(claimed).await
    }
}
