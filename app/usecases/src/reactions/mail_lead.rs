use qualify_domain::{
    access::Permission,
    id::{LeadId, UserId},
};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, scope};
use crate::letter::Letter;

impl Reactions {
    /// Mails a member that a lead came in. Nothing is open while the mail server is talked to.
    pub(super) async fn mail_lead(
        &self,
        claimed: &Claimed,
        member: UserId,
        lead: LeadId,
        first: bool,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let lead = tx.leads().find(lead).await?;
        let member = tx.members().find(member).await?;
        let organization = tx.organizations().own().await?;
        drop(tx);
        // Either may be gone by now; then nobody is left to tell, or nothing to tell of.
        if let (Some(lead), Some(member)) = (lead, member) {
            let letter = Letter::lead(&lead, &member, &organization, first, &self.options);
            self.mailer.send(&letter.to(claimed.id, &member.email, &member.first_name, &member.last_name)?).await?;
        }
        self.complete(claimed).await
    }
}
