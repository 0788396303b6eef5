use qualify_domain::{
    access::Permission,
    event::Event,
    id::{BreachId, UserId},
};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, mail_rights::keeps_register, scope};
use crate::letter::Letter;

impl Reactions {
    /// Lets each member be told of a breach of the service, or of what was learnt of it since, who answers for the rights of
    /// people (PRV-8).
    pub(super) async fn tell_breach(
        &self,
        claimed: &Claimed,
        breach: BreachId,
        is_revised: bool,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        if !tx.outbox().complete(claimed.id).await? {
            return Ok(());
        }
        let granted = tx.members().grants().await?;
        for member in tx.members().list().await? {
            let user = member.membership.user;
            let grants = granted.iter().find(|(of, _)| *of == user).map_or(&[][..], |(_, grants)| grants.as_slice());
            if keeps_register(&member.membership, grants) {
                let due = Event::BreachMailDue { breach, member: user, is_revised };
                tx.outbox().append(&due, self.clock.now()).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// Tells one of them, and keeps that the organization was told.
    pub(super) async fn mail_breach(
        &self,
        claimed: &Claimed,
        breach: BreachId,
        (member, is_revised): (UserId, bool),
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let member = tx.members().find(member).await?;
        let notice = tx.breaches().notices().await?.into_iter().find(|notice| notice.breach.id == breach);
        let organization = tx.organizations().own().await?;
        drop(tx);
        let (Some(member), Some(notice)) = (member, notice) else { return self.complete(claimed).await };
        let letter = if is_revised { Letter::breach_revised } else { Letter::breach };
        let letter = letter(&notice.breach, &organization.name, &member, &self.options);
        self.mailer.send(&letter.to(claimed.id, &member.email, &member.first_name, &member.last_name)?).await?;
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        if tx.outbox().complete(claimed.id).await? {
            tx.breaches().mark_told(breach, self.clock.now()).await?;
        }
        Ok(tx.commit().await?)
    }
}
