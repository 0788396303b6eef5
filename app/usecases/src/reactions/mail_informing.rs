use qualify_domain::{access::Permission, id::UserId, informing::Reminder};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, scope};
use crate::letter::Letter;

impl Reactions {
    /// Reminds a member of people who are to be told that their data is kept (PRV-6), if those still wait and the member still
    /// is one.
    pub(super) async fn mail_informing(
        &self,
        claimed: &Claimed,
        member: UserId,
        due: Reminder,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let waits = tx.informings().first_day(None).await?.is_some_and(|first| first <= due.day);
        let member = tx.members().find(member).await?.filter(|_| waits);
        let organization = tx.organizations().own().await?;
        drop(tx);
        if let Some(member) = member {
            let letter = Letter::informing(due, &organization.name, &member, &self.options.base_url);
            self.mailer.send(&letter.to(claimed.id, &member.email, &member.first_name, &member.last_name)?).await?;
        }
        self.complete(claimed).await
    }
}
