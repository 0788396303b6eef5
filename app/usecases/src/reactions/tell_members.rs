use qualify_domain::{access::Permission, event::Event, id::LeadId, organization::Membership};
use qualify_ports::storage::Claimed;

use super::{Reactions, Unfinished, scope};

impl Reactions {
    /// Makes one mail due for each member who may see leads and wants to know.
    pub(super) async fn tell_members(&self, claimed: &Claimed, lead: LeadId, first: bool) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        if !tx.outbox().complete(claimed.id).await? {
            return Ok(());
        }
        let now = self.clock.now();
        for member in tx.members().list().await? {
            if wants_to_know(&member.membership) {
                let due = Event::LeadMailDue { member: member.membership.user, lead, first };
                tx.outbox().append(&due, now).await?;
            }
        }
        Ok(tx.commit().await?)
    }
}

fn wants_to_know(membership: &Membership) -> bool {
    let sees_leads = |role: &qualify_domain::access::Role| {
        role.grants().iter().any(|(permission, _)| *permission == Permission::ReadLeads)
    };
    membership.notify_new_leads && membership.roles.iter().any(sees_leads)
}
