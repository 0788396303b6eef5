use qualify_domain::{access::Permission, id::UserId};
use qualify_ports::storage::{Claimed, PlatformTask};

use super::{Reactions, Unfinished, scope};
use crate::letter::Letter;

impl Reactions {
    /// Tells an owner which subprocessors are to come (PRV-3), if they still belong to the organization.
    pub(super) async fn mail_subprocessors(
        &self,
        claimed: &Claimed,
        owner: UserId,
        announcement: u32,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.platform(PlatformTask::ReadPolicy).await?;
        let coming = tx.policies().announced(announcement).await?;
        drop(tx);
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let (member, organization) = (tx.members().find(owner).await?, tx.organizations().own().await?.name);
        drop(tx);
        if let Some(member) = member {
            let letter = Letter::subprocessors(&coming, &organization, &member, &self.options);
            self.mailer.send(&letter.to(claimed.id, &member.email, &member.first_name, &member.last_name)?).await?;
        }
        self.complete(claimed).await
    }
}
