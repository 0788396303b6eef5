use qualify_domain::{deadline::paris_month, event::Event, id::OrganizationId};
use qualify_ports::storage::{PlatformTask, StorageError};
use tracing::error;

use super::meter::following;
use crate::Error;

/// So many submissions are let out in one unit of work.
const BATCH: u16 = 100;
/// So many organizations are asked for at a time.
const AT_ONCE: u16 = 200;

impl super::Submissions {
    /// Lets out what waits sealed in an organization, the oldest first, as far as it may receive: each goes on to the leads as
    /// if it had just been accepted, or into quarantine if it looked like spam. Tells how many went on to the leads.
    ///
    /// # Errors
    /// [`Error::Failed`].
    pub async fn release_sealed(&self, organization: OrganizationId) -> Result<u64, Error> {
        let mut released = 0;
        loop {
            let (unsealed, accepted) = self.release_some(organization).await?;
            released += accepted;
            if unsealed == 0 {
                break;
            }
        }
        // The reason to let something out, or that something was, changes what may come.
        self.meters.forget(organization).await;
        Ok(released)
    }

    /// The same in every organization in which something waits sealed.
    ///
    /// # Errors
    /// [`StorageError`] if nobody can tell which those are.
    pub(crate) async fn release_all_sealed(&self) -> Result<(), StorageError> {
        let mut after = None;
        loop {
            let mut tx = self.storage.platform(PlatformTask::RelayOutbox).await?;
            let homes = tx.queue().with_sealed(after, AT_ONCE).await?;
            tx.commit().await?;
            for &organization in &homes {
                // One that cannot be looked at holds up no other.
                if let Err(failed) = self.release_sealed(organization).await {
                    let error = &failed as &dyn std::error::Error;
                    error!(error, %organization, "what waits sealed could not be let out");
                }
            }
            if homes.len() < usize::from(AT_ONCE) {
                return Ok(());
            }
            after = homes.last().copied();
        }
    }

    /// Lets out a few; tells how many, and how many of them were accepted.
    async fn release_some(&self, organization: OrganizationId) -> Result<(usize, u64), Error> {
        let mut tx = self.storage.tenant(&following(organization)?).await?;
        let now = self.clock.now();
        // Whoever else lets out here waits until this is counted.
        let standing = self.meters.account_held(&mut *tx).await?.standing(now);
        if tx.organizations().closing().await?.is_some() {
            return Ok((0, 0));
        }
        let accepted = match standing.limits.submissions {
            Some(_) => tx.billing().usage(paris_month(now)).await?.submissions,
            None => 0,
        };
        let most = u16::try_from(standing.room(accepted)).map_or(BATCH, |room| room.min(BATCH));
        if most == 0 {
            return Ok((0, 0));
        }
        let unsealed = tx.submissions().release_sealed(most, now).await?;
        let mut accepted = 0;
        for one in unsealed.iter().filter(|one| one.is_accepted) {
            let received = Event::SubmissionReceived { submission: one.submission, form: one.form };
            tx.outbox().append(&received, now).await?;
            accepted += 1;
        }
        tx.commit().await?;
        Ok((unsealed.len(), accepted))
    }
}
