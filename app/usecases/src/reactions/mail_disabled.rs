use qualify_domain::{
    access::Permission,
    event::Event,
    hook::EndpointState,
    id::{EndpointId, UserId},
};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, scope};
use crate::letter::Letter;

impl Reactions {
    /// Lets each member who may turn it on again be told that an endpoint is told nothing any more (WEB-12).
    pub(super) async fn tell_disabled(&self, claimed: &Claimed, endpoint: EndpointId) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        if !tx.outbox().complete(claimed.id).await? {
            return Ok(());
        }
        for member in tx.members().list().await? {
            let mut grants = member.membership.roles.iter().flat_map(|role| role.grants());
            if grants.any(|(permission, _)| *permission == Permission::RunWebhooks) {
                let member = member.membership.user;
                tx.outbox().append(&Event::EndpointMailDue { endpoint, member }, self.clock.now()).await?;
            }
        }
        Ok(tx.commit().await?)
    }

    /// Tells one of them, unless it was turned on again or removed meanwhile.
    pub(super) async fn mail_disabled(
        &self,
        claimed: &Claimed,
        endpoint: EndpointId,
        member: UserId,
    ) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::PrepareMail)?).await?;
        let (member, kept) = (tx.members().find(member).await?, tx.hooks().find(endpoint).await?);
        drop(tx);
        if let (Some(member), Some(kept)) = (member, kept) {
            let endpoint = kept.endpoint;
            if matches!(endpoint.state, EndpointState::Gone | EndpointState::Failing) {
                let letter = Letter::endpoint_disabled(&endpoint, &member, &self.options);
                self.mailer.send(&letter.to(claimed.id, &member.email, &member.first_name, &member.last_name)?).await?;
            }
        }
        self.complete(claimed).await
    }
}
