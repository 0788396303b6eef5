use std::collections::BTreeSet;

use jiff::SignedDuration;
use qualify_domain::{
    access::{Actor, Duty, Permission},
    event::RightsNews,
    id::{OrganizationId, RightsRequestId},
    rights_request::{Reminder, RightsRequest},
};
use qualify_ports::storage::{KeptRequest, PlatformTask, StorageError, Wish};
use tracing::error;

use super::{Reactions, Unfinished};

/// So many requests are looked at in one round.
const AT_ONCE: u16 = 200;
/// One that cannot be looked at is not looked at again for so long.
const AGAIN: SignedDuration = SignedDuration::from_mins(15);

impl Reactions {
    /// Looks at each request whose moment has come.
    ///
    /// # Errors
    /// [`StorageError`] if nobody can tell which those are.
    pub(crate) async fn watch_all_rights(&self) -> Result<(), StorageError> {
        let mut tx = self.storage.platform(PlatformTask::RelayOutbox).await?;
        let due = tx.queue().rights_due(self.clock.now(), AT_ONCE).await?;
        tx.commit().await?;
        for (organization, request) in due {
            // One that cannot be looked at holds up no other, in this round or in the next.
            if let Err(unfinished) = self.watch_rights(organization, request).await {
                note(&unfinished, organization, request);
                self.pass_over(request).await?;
            }
        }
        Ok(())
    }

    async fn pass_over(&self, request: RightsRequestId) -> Result<(), StorageError> {
        let mut tx = self.storage.platform(PlatformTask::RelayOutbox).await?;
        tx.queue().pass_over_rights(request, self.clock.now() + AGAIN).await?;
        tx.commit().await
    }

    /// Does what nobody asks for about a request: reminds members, raises the alarm (DSR-6), lays aside what nobody confirmed.
    /// What was told is kept with it, so that each is told once, whoever else looks at it meanwhile.
    async fn watch_rights(&self, organization: OrganizationId, request: RightsRequestId) -> Result<(), Unfinished> {
        #[expect(clippy::disallowed_methods, reason = "the register names the organization in which it was asked")]
        let worker = Actor::product(organization, Duty::React);
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&worker.permit(Permission::CompleteEvent)?).await?;
        let Some(mut kept) = tx.rights().find(request).await? else { return Ok(()) };
        match look(&mut kept, now) {
            Some(news) => self.tell_register(&mut *tx, request, news).await?,
            None if kept.request.state().is_over() => (kept.words, kept.wish) = (None, Wish::default()),
            None => {}
        }
        kept.next_at = kept.request.next_moment(&kept.told);
        match tx.rights().keep(&kept).await {
            // Somebody else had it in hand.
            Err(StorageError::Stale) => return Ok(()),
            other => other?,
        }
        Ok(tx.commit().await?)
    }
}

fn note(unfinished: &Unfinished, organization: OrganizationId, request: RightsRequestId) {
    let error = unfinished as &dyn std::error::Error;
    error!(error, id = %request, %organization, "a request about rights could not be looked at");
}

/// What is due about a request, and is told by now.
fn look(kept: &mut KeptRequest, now: jiff::Timestamp) -> Option<RightsNews> {
    if kept.request.lapse(now).is_ok() {
        return None;
    }
    news_of(&kept.request, &mut kept.told, now)
}

/// Of what is to be reminded about a request by now; it is added to what was told.
pub(super) fn news_of(
    request: &RightsRequest,
    told: &mut BTreeSet<Reminder>,
    now: jiff::Timestamp,
) -> Option<RightsNews> {
    let reminders = request.reminders_due(now, told);
    // Of several at once the last tells all there is to say.
    let reminder = reminders.last().map(|last| RightsNews::Due(last.days_before));
    let alarm = request.alarm_due(now, told);
    let news = reminder.or(alarm.map(|_| RightsNews::Overdue));
    told.extend(reminders.into_iter().chain(alarm));
    news
}
