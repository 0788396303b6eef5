//! Sends what endpoints are to be told: beside everything else the worker does, so many at once, and never so many to one
//! endpoint that others wait for it.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::{Actor, Duty, Permission, TenantScope},
    event::Event,
    hook::{
        Answer, Delivery, DeliveryState, Detail, Endpoint, HookKind, LeadSheet, Message, Obstacle, signed_text,
        written_signatures,
    },
    id::{EventId, OrganizationId},
};
use qualify_ports::{
    BoxError,
    hooks::{Attempt, HookBody, HookSender},
    storage::{DueDelivery, KeptEndpoint, PlatformTask, Storage, StorageError, TenantTx, ToSend},
    time::{Clock, Ids},
    vault::Vault,
};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::{body, owner_of};
use crate::Ports;

/// A delivery whose worker vanished is taken up again after this long: later than any attempt ends.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// So many are sent at once.
const AT_ONCE: u16 = 16;
/// And so many to one endpoint.
const EACH: u16 = 2;
/// Of so many organizations, and leads in each, is looked after at a time who is to be told that a lead is gone.
const GONE: u16 = 100;
/// Without news, what is due is looked for this often.
const IDLE: Duration = Duration::from_millis(500);
/// After a failure of the storage, it is tried again this much later.
const RECOVERY: Duration = Duration::from_secs(1);

/// Sends what endpoints are to be told.
#[derive(Clone)]
pub(crate) struct Postman {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    vault: Arc<dyn Vault>,
    sender: Arc<dyn HookSender>,
}

impl Postman {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            vault: ports.vault.clone(),
            sender: ports.hooks.clone(),
        }
    }

    /// Sends until `stop` is cancelled; what was begun is brought to its end.
    pub(crate) async fn run(&self, stop: &CancellationToken) {
        tokio::join!(self.run_due(stop), self.run_gone(stop));
    }

    /// Tells who is gone, beside what is sent: of many at once that takes its time.
    async fn run_gone(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let pause = match self.tell_gone().await {
                Ok(()) => IDLE,
                Err(error) => {
                    error!(error = &error as &dyn std::error::Error, "who is gone cannot be told");
                    RECOVERY
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn run_due(&self, stop: &CancellationToken) {
        // Tasks of their own: while what is due is looked for, what was begun goes on, and gives its connections back.
        let mut sending = JoinSet::new();
        while !stop.is_cancelled() {
            let free = AT_ONCE.saturating_sub(u16::try_from(sending.len()).unwrap_or(AT_ONCE));
            let pause = match self.due(free).await {
                Ok(due) => {
                    for due in due {
                        let postman = self.clone();
                        sending.spawn(async move { postman.deal_with(due).await });
                    }
                    IDLE
                }
                Err(error) => {
                    error!(error = &error as &dyn std::error::Error, "what endpoints are to be told cannot be read");
                    RECOVERY
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
                Some(_) = sending.join_next() => {}
            }
        }
        while sending.join_next().await.is_some() {}
    }

    /// Sends all that is due now; what waits for a later attempt is left.
    ///
    /// # Errors
    /// [`StorageError`] if what is due cannot be read.
    pub(crate) async fn drain(&self, stop: &CancellationToken) -> Result<(), StorageError> {
        self.tell_gone().await?;
        while !stop.is_cancelled() {
            let due = self.due(AT_ONCE).await?;
            if due.is_empty() {
                break;
            }
            join_all(due.into_iter().map(|due| self.deal_with(due))).await;
        }
        Ok(())
    }

    async fn due(&self, free: u16) -> Result<Vec<DueDelivery>, StorageError> {
        if free == 0 {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let mut tx = self.storage.platform(PlatformTask::RelayOutbox).await?;
        let due = tx.deliveries().claim(now, now + LEASE, free, EACH).await?;
        tx.commit().await?;
        Ok(due)
    }

    /// Keeps for whoever was told of a lead that it is gone, however it went: erased, because its time was over, or with what
    /// brought it (DSR-12). Who was told is forgotten by that.
    async fn tell_gone(&self) -> Result<(), StorageError> {
        let mut tx = self.storage.platform(PlatformTask::RelayOutbox).await?;
        let homes = tx.deliveries().orphaned(GONE).await?;
        drop(tx);
        for home in homes {
            // One that fails keeps no other waiting.
            if let Err(error) = self.tell_gone_of(home).await {
                error!(error = &error as &dyn std::error::Error, organization = %home, "who is gone cannot be told");
            }
        }
        Ok(())
    }

    async fn tell_gone_of(&self, home: OrganizationId) -> Result<(), StorageError> {
        let (kind, now) = (HookKind::Erased, self.clock.now());
        let mut tx = self.storage.tenant(&scope(home)?).await?;
        for (endpoint, told) in tx.hooks().take_orphaned(GONE).await? {
            let message = body(&Message::new(kind, now, home, Some(told), None))?;
            let delivery = Delivery::new(self.ids.next(), endpoint, kind, Some(told), now);
            // A lead is gone once: its id is that of the event.
            tx.hooks().tell(&delivery, None, EventId(told.0), &message).await?;
        }
        tx.commit().await
    }

    async fn deal_with(&self, due: DueDelivery) {
        if let Err(error) = self.send(due).await {
            // The lease ends by itself: nothing is lost.
            error!(error = &error as &dyn std::error::Error, id = %due.id, "a webhook could not be dealt with");
        }
    }

    /// Makes one attempt, outside of any transaction.
    async fn send(&self, due: DueDelivery) -> Result<(), StorageError> {
        let scope = scope(due.organization)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let Some(to_send) = tx.hooks().to_send(due.id).await? else { return Ok(()) };
        let ToSend { mut delivery, body, is_restricted } = to_send;
        let Some(kept) = tx.hooks().find(due.endpoint).await? else { return Ok(()) };
        // What happened before it was restricted is not told any more (DSR-10).
        if is_restricted && !delivery.kind.is_for_recipients() {
            delivery.state = DeliveryState::GivenUp(self.clock.now());
            tx.hooks().attempted(&delivery).await?;
            return tx.commit().await;
        }
        let at = self.clock.now();
        let body = current(&mut *tx, due.organization, &kept.endpoint, &delivery).await?.unwrap_or(body);
        // Before it is sent: whoever is restricted or erased while it is under way is told to this endpoint, too.
        let host = kept.endpoint.url.host();
        let told = delivery.lead.filter(|_| !delivery.kind.is_for_recipients());
        let is_first = match told {
            Some(told) => tx.hooks().disclose(told, due.endpoint, host, at).await?,
            None => false,
        };
        tx.commit().await?;
        let answer = match self.signatures(&kept, &delivery, &body.0, at) {
            Ok(signatures) => {
                let attempt = Attempt { url: kept.endpoint.url.clone(), id: delivery.id, at, signatures, body };
                self.sender.send(&attempt).await
            }
            Err(error) => {
                error!(error = &*error as &dyn std::error::Error, id = %due.id, "a webhook could not be signed");
                Answer::None(Obstacle::Unreachable)
            }
        };
        self.keep(&scope, &kept, delivery, answer).await?;
        if let Some(told) = told.filter(|_| is_first && !answer.may_have_arrived()) {
            // Work of its own: an erasure holds what is told of a lead in another order.
            let mut tx = self.storage.tenant(&scope).await?;
            tx.hooks().withdraw_disclosure(told, due.endpoint, host, at).await?;
            tx.commit().await?;
        }
        Ok(())
    }

    /// One signature for each secret that is good.
    fn signatures(
        &self,
        kept: &KeptEndpoint,
        delivery: &Delivery,
        body: &str,
        now: Timestamp,
    ) -> Result<String, BoxError> {
        let owner = owner_of(kept.endpoint.id);
        let text = signed_text(delivery.id, now, body);
        let old = kept.old_secret.as_ref().filter(|_| kept.endpoint.signs_twice(now));
        let secrets = [Some(&kept.secret), old].into_iter().flatten();
        let signed = secrets.map(|sealed| Ok(self.vault.sign_hook(&self.vault.open_hook(sealed, &owner)?, &text)));
        Ok(written_signatures(&signed.collect::<Result<Vec<_>, BoxError>>()?))
    }

    async fn keep(
        &self,
        scope: &TenantScope,
        kept: &KeptEndpoint,
        mut delivery: Delivery,
        answer: Answer,
    ) -> Result<(), StorageError> {
        let (now, endpoint) = (self.clock.now(), &kept.endpoint);
        let chance = u64::try_from(self.ids.next_bits() & u128::from(u64::MAX)).unwrap_or_default();
        let disabled = delivery.meet(answer, endpoint.failing_since, chance, now);
        let is_taken = matches!(delivery.state, DeliveryState::Taken(_));
        let mut tx = self.storage.tenant(scope).await?;
        // As whoever removes the endpoint: first the endpoint, then what it is told.
        tx.hooks().hold(endpoint.id).await?;
        tx.hooks().attempted(&delivery).await?;
        tx.hooks().met(endpoint.id, is_taken, now).await?;
        if let Some(state) = disabled
            && tx.hooks().disable(endpoint.id, state, now).await?
        {
            tx.outbox().append(&Event::EndpointDisabled { endpoint: endpoint.id }, now).await?;
        }
        tx.commit().await
    }
}

/// What is told of the lead by now, as much as the endpoint is told by now: what was corrected while it waited goes out right. None
/// for recipients and tests, whose words do not change, and for a lead that is part of another by now.
async fn current(
    tx: &mut dyn TenantTx,
    home: OrganizationId,
    endpoint: &Endpoint,
    delivery: &Delivery,
) -> Result<Option<HookBody>, StorageError> {
    let Some(id) = delivery.lead.filter(|_| !delivery.kind.is_for_recipients()) else { return Ok(None) };
    let Some(lead) = tx.leads().find(id).await? else { return Ok(None) };
    let sheet = match endpoint.detail {
        Detail::Thin => None,
        Detail::Full => Some(LeadSheet::of(&lead, &tx.properties().list().await?)),
    };
    body(&Message::new(delivery.kind, delivery.at, home, Some(id), sheet)).map(Some)
}

fn scope(organization: OrganizationId) -> Result<TenantScope, StorageError> {
    #[expect(clippy::disallowed_methods, reason = "the queue names the organization in which something is to be told")]
    let worker = Actor::product(organization, Duty::React);
    worker.permit(Permission::TellEndpoints).map_err(|error| StorageError::Failed(error.into()))
}
