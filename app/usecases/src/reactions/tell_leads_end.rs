use jiff::Timestamp;
use qualify_domain::{
    access::Permission,
    id::UserId,
    notification::{Choice, Notification, NotificationKind},
};
use qualify_ports::{live::Change, storage::Claimed};

use super::{Reactions, Unfinished, scope};
use crate::letter::Letter;

impl Reactions {
    /// Tells an owner how many leads go soon (RET-12), by mail and by their bell, if they still belong to the organization.
    pub(super) async fn tell_leads_end(
        &self,
        claimed: &Claimed,
        member: UserId,
        ending: (u32, Timestamp),
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let Some(owner) = tx.members().find(member).await? else {
            drop(tx);
            return self.complete(claimed).await;
        };
        let (organization, zone) = (tx.organizations().own().await?, self.zone(&mut *tx, member).await?);
        drop(tx);
        let letter = Letter::leads_end(ending, &organization.name, &owner, &zone, &self.options);
        self.mailer.send(&letter.to(claimed.id, &owner.email, &owner.first_name, &owner.last_name)?).await?;
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        if !tx.outbox().complete(claimed.id).await? {
            return Ok(());
        }
        let (id, kind, at) = (self.ids.next(), NotificationKind::LeadsEnd, self.clock.now());
        let notification = Notification { id, member, kind, lead: None, job: None, actor: None, at, read_at: None };
        tx.notifications().insert(&notification, Choice::Off).await?;
        tx.announce(Change::Notification(member)).await?;
        Ok(tx.commit().await?)
    }
}
