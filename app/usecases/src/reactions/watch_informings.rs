use jiff::ToSpan;
use qualify_domain::{
    access::{Actor, Duty, Permission, Role},
    event::Event,
    id::OrganizationId,
    informing::{Reminder, next_look},
};
use qualify_ports::storage::{InformingWatch, PlatformTask, StorageError, TenantTx};
use tracing::error;

use super::{Reactions, Unfinished};

/// So many organizations are looked at in one go.
const AT_ONCE: u16 = 200;

impl Reactions {
    /// Looks, in each organization whose moment has come, whether people are to be told that their data is kept (PRV-6).
    ///
    /// # Errors
    /// [`StorageError`] if nobody can tell which those are.
    pub(crate) async fn watch_all_informings(&self) -> Result<(), StorageError> {
        let mut tx = self.storage.platform(PlatformTask::RelayOutbox).await?;
        let due = tx.queue().informings_due(self.clock.now(), AT_ONCE).await?;
        tx.commit().await?;
        for organization in due {
            // One that cannot be looked at holds up no other.
            if let Err(unfinished) = self.watch_informings(organization).await {
                let error = &unfinished as &dyn std::error::Error;
                error!(error, %organization, "who is to be told that their data is kept could not be looked at");
            }
        }
        Ok(())
    }

    /// Reminds owners and privacy officers. What was told is kept, so that each is told once, whoever else looks meanwhile.
    async fn watch_informings(&self, organization: OrganizationId) -> Result<(), Unfinished> {
        #[expect(clippy::disallowed_methods, reason = "the storage names the organization whose moment has come")]
        let worker = Actor::product(organization, Duty::React);
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&worker.permit(Permission::CompleteEvent)?).await?;
        let kept = tx.informings().watch().await?;
        let told = kept.and_then(|kept| kept.told);
        // Whoever was reminded of a day that is over hears of the next one, told or not.
        let from = told.map(|told| if told.is_late { told.day.saturating_add(1.day()) } else { told.day });
        let first = tx.informings().first_day(from).await?;
        let due = first.and_then(|first| Reminder::due(first, told, now));
        if let Some(due) = due {
            self.remind_of_informing(&mut *tx, due).await?;
        }
        let watch = InformingWatch { told: due.or(told), next_at: next_look(first, now) };
        match tx.informings().keep_watch(&watch, kept.map(|kept| kept.next_at)).await {
            // Somebody else had it in hand.
            Err(StorageError::Stale) => return Ok(()),
            other => other?,
        }
        Ok(tx.commit().await?)
    }

    async fn remind_of_informing(&self, tx: &mut dyn TenantTx, due: Reminder) -> Result<(), StorageError> {
        for member in tx.members().list().await? {
            if member.membership.roles.iter().any(|role| matches!(role, Role::Owner | Role::PrivacyOfficer)) {
                let Reminder { day, is_late } = due;
                let event = Event::InformingDue { member: member.membership.user, day, is_late };
                tx.outbox().append(&event, self.clock.now()).await?;
            }
        }
        Ok(())
    }
}
