//! Forgets what is kept for a limited time.

use qualify_domain::{import, job, merge, notification, spam};
use qualify_ports::storage::{PlatformTask, StorageError};
use tracing::error;

use super::{FORGETTING, Worker};

/// What is kept for a limited time.
#[derive(Clone, Copy, Debug)]
enum Passing {
    /// By what a second try of a submission, or of something that a program makes, is known.
    Keys,
    /// How often something was tried.
    Tallies,
    /// What the links of mails carry.
    Tokens,
    /// What members were told.
    Notifications,
    /// How many mails went out.
    Paces,
    /// Long work, and the files it made.
    Jobs,
    /// What would undo imports.
    Imports,
    /// What would undo merges.
    Merges,
    /// What nobody let out of quarantine.
    Quarantined,
}

impl Passing {
    const ALL: [Self; 9] = [
        Self::Keys,
        Self::Tallies,
        Self::Tokens,
        Self::Notifications,
        Self::Paces,
        Self::Jobs,
        Self::Imports,
        Self::Merges,
        Self::Quarantined,
    ];
}

impl Worker {
    /// Forgets expired submission keys, counts of tries, one-time tokens with what waited for them, old notifications and
    /// jobs, and their files, what would undo old imports and merges, and what was in quarantine for too long. A kind that
    /// cannot be forgotten is logged and keeps no other.
    ///
    /// # Errors
    /// [`StorageError`] of the first kind that could not be forgotten.
    pub async fn forget(&self) -> Result<(), StorageError> {
        let mut outcome = Ok(());
        for kind in Passing::ALL {
            if let Err(error) = self.forget_all(kind).await {
                error!(error = &error as &dyn std::error::Error, ?kind, "what has expired cannot be forgotten");
                outcome = outcome.and(Err(error));
            }
        }
        outcome
    }

    async fn forget_all(&self, kind: Passing) -> Result<(), StorageError> {
        let most = FORGETTING.1;
        loop {
            let now = self.clock.now();
            let mut tx = self.storage.platform(PlatformTask::RelayOutbox).await?;
            let forgotten = match kind {
                Passing::Keys => tx.queue().forget_keys(now, most).await?,
                Passing::Tallies => tx.throttles().forget_expired(now, most).await?,
                Passing::Tokens => tx.one_time_tokens().forget_expired(now, most).await?,
                Passing::Notifications => tx.queue().forget_notifications(now - notification::MEMORY, most).await?,
                Passing::Paces => tx.queue().forget_paces(now - notification::MEMORY, most).await?,
                Passing::Jobs => tx.queue().forget_jobs(now - job::MEMORY, now - job::FILE_MEMORY, most).await?,
                Passing::Imports => tx.queue().forget_imports(now - import::UNDO, most).await?,
                Passing::Merges => tx.queue().forget_merges(now - merge::UNDOABLE, most).await?,
                Passing::Quarantined => tx.queue().forget_quarantined(now - spam::MEMORY, most).await?,
            };
            tx.commit().await?;
            if forgotten < u64::from(most) {
                return Ok(());
            }
        }
    }
}
