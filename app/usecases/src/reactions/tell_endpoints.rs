use jiff::Timestamp;
use qualify_domain::{
    access::Permission,
    hook::{Delivery, Endpoint, HookKind, Message},
    id::{EndpointId, LeadId},
};
use qualify_ports::storage::{Claimed, TenantTx};

use super::{Reactions, Unfinished, scope};
use crate::hooks::body;

impl Reactions {
    /// Keeps for each endpoint what it is to be told of the event. It is sent later, and beside everything else. An event that
    /// is dealt with a second time adds nothing.
    pub(super) async fn tell_endpoints(&self, claimed: &Claimed) -> Result<(), Unfinished> {
        let Some((lead, kinds)) = HookKind::of(&claimed.event) else { return Ok(()) };
        for kind in kinds {
            // Of who is restricted only recipients are told, and so nothing else sees them.
            let permission =
                if kind.is_for_recipients() { Permission::TellEndpoints } else { Permission::CompleteEvent };
            let mut tx = self.storage.tenant(&scope(claimed, permission)?).await?;
            if kind.is_for_recipients() {
                self.tell_recipients(&mut *tx, claimed, lead, *kind).await?;
            } else {
                self.tell_wanting(&mut *tx, claimed, lead, *kind).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// Whoever chose to be told is told of a lead that is there and is not restricted: else it is not found (DSR-10).
    async fn tell_wanting(
        &self,
        tx: &mut dyn TenantTx,
        claimed: &Claimed,
        lead: LeadId,
        kind: HookKind,
    ) -> Result<(), Unfinished> {
        let endpoints = tx.hooks().list().await?;
        let wanting: Vec<&Endpoint> = endpoints.iter().filter(|one| one.listens() && one.wants(kind)).collect();
        if wanting.is_empty() {
            return Ok(());
        }
        if tx.leads().find(lead).await?.is_none() {
            return Ok(());
        }
        // Ids: what is known of the lead is put in when it goes out.
        let now = self.clock.now();
        let body = body(&Message::new(kind, now, claimed.organization, Some(lead), None))?;
        for endpoint in wanting {
            let delivery = self.delivery(endpoint.id, kind, lead, now);
            tx.hooks().tell(&delivery, Some(lead), claimed.id, &body).await?;
        }
        Ok(())
    }

    /// Whoever was told of a lead is told what became of it, by the id they know, whatever they chose to be told (DSR-12).
    async fn tell_recipients(
        &self,
        tx: &mut dyn TenantTx,
        claimed: &Claimed,
        lead: LeadId,
        kind: HookKind,
    ) -> Result<(), Unfinished> {
        let now = self.clock.now();
        for (endpoint, told) in tx.hooks().recipients(lead).await? {
            let message = Message::new(kind, now, claimed.organization, Some(told), None);
            let delivery = self.delivery(endpoint, kind, told, now);
            tx.hooks().tell(&delivery, Some(lead), claimed.id, &body(&message)?).await?;
        }
        Ok(())
    }

    fn delivery(&self, endpoint: EndpointId, kind: HookKind, told: LeadId, at: Timestamp) -> Delivery {
        Delivery::new(self.ids.next(), endpoint, kind, Some(told), at)
    }
}
