//! Backups, outside the database (RET-17): the dumps themselves, each for 14 days at most, and beside them a log of what went,
//! so that what was erased after a dump was made does not come back with it. Both are handed to files that seal them.

mod log;
mod settle;

use std::{sync::Arc, time::Duration};

use futures::{StreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    erasure::TOMBSTONE_KEPT,
    gone::{BACKUP_KEPT, MOST_BACKUP_DAYS},
    retention::{BATCH, GRACE},
};
use qualify_ports::{
    files::{FileBytes, FileError, FileKey, Files},
    storage::Storage,
    time::{Clock, Ids},
};
use tokio_util::sync::CancellationToken;
use tracing::error;

pub use self::{
    log::Written,
    settle::{Endings, SettleError, Settled, Settling},
};

/// What went is written down this often, and what is kept no longer is removed.
const EVERY: Duration = Duration::from_mins(1);
/// How a backup is named by the moment at which it was made.
const NAME: &str = "%Y%m%dT%H%M%SZ";

/// A backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Backup {
    /// When it was made.
    pub made_at: Timestamp,
    key: FileKey,
}

impl Backup {
    fn of(key: FileKey) -> Self {
        Self { made_at: key.made_at(), key }
    }

    /// By what it is asked for.
    pub fn name(&self) -> String {
        self.made_at.strftime(NAME).to_string()
    }

    /// Until when it is kept.
    pub fn kept_until(&self) -> Timestamp {
        self.key.until().min(self.made_at.saturating_add(BACKUP_KEPT).unwrap_or(Timestamp::MAX))
    }
}

/// Backups, and the log of what went.
#[derive(Clone)]
pub struct Backups {
    dumps: Arc<dyn Files>,
    gone: Arc<dyn Files>,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl Backups {
    /// Backups that lie in `dumps`, beside the log in `gone` of what went from the storage.
    pub fn new(
        dumps: Arc<dyn Files>,
        gone: Arc<dyn Files>,
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        Self { dumps, gone, storage, clock, ids }
    }

    /// Keeps a dump for so many days, and never longer than backups may be kept: whole, or not at all.
    ///
    /// # Errors
    /// [`FileError::Unavailable`]; the error of the dump, if it breaks off.
    pub async fn keep(&self, dump: FileBytes<'_>, days: u16) -> Result<Backup, FileError> {
        let made_at = self.clock.now();
        let days = days.min(MOST_BACKUP_DAYS);
        let until = made_at.saturating_add(SignedDuration::from_hours(24 * i64::from(days)));
        let key = FileKey::made(made_at, until.unwrap_or(made_at), self.ids.next_bits());
        self.dumps.put(key, dump).await?;
        // The log that belongs to it begins with an empty line: where that is missing, nobody knows what went since.
        let until = made_at.saturating_add(TOMBSTONE_KEPT).unwrap_or(Timestamp::MAX);
        let mark = stream::iter([Ok(b"\n".to_vec())]).boxed();
        self.gone.put(FileKey::made(made_at, until, self.ids.next_bits()), mark).await?;
        Ok(Backup::of(key))
    }

    /// Whether the log is there that tells what went since a backup was made.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    pub async fn has_log(&self, backup: Backup) -> Result<bool, FileError> {
        Ok(self.gone.list().await?.iter().any(|key| key.made_at() >= backup.made_at))
    }

    /// The backups there are, the newest first.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    pub async fn list(&self) -> Result<Vec<Backup>, FileError> {
        let mut backups: Vec<_> = self.dumps.list().await?.into_iter().map(Backup::of).collect();
        backups.sort_unstable_by(|one, other| other.cmp(one));
        Ok(backups)
    }

    /// The dump of a backup.
    ///
    /// # Errors
    /// [`FileError`].
    pub async fn open(&self, backup: Backup) -> Result<FileBytes<'static>, FileError> {
        self.dumps.open(backup.key).await
    }

    /// How many backups should have been removed an hour ago.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    pub async fn overdue(&self) -> Result<usize, FileError> {
        let then = self.clock.now().saturating_sub(GRACE).unwrap_or(Timestamp::MIN);
        Ok(self.list().await?.iter().filter(|backup| backup.kept_until() <= then).count())
    }

    /// Removes backups, and parts of the log, whose time is over.
    ///
    /// # Errors
    /// [`FileError::Unavailable`].
    pub async fn remove_due(&self) -> Result<(), FileError> {
        let now = self.clock.now();
        for files in [&self.dumps, &self.gone] {
            while files.remove_due(now, BATCH).await? == u64::from(BATCH) {}
        }
        Ok(())
    }

    /// Writes down what goes and removes what is kept no longer, until `stop`. Each process does so by itself: a log that says
    /// something twice, as those who begin at once may do, does no harm.
    pub async fn run(&self, stop: CancellationToken) {
        let mut written = Written::default();
        while !stop.is_cancelled() {
            if let Err(error) = self.write_down(&mut written).await {
                error!(error = &error as &dyn std::error::Error, "what went cannot be written down beside the backups");
            }
            if let Err(error) = self.remove_due().await {
                error!(error = &error as &dyn std::error::Error, "backups that are due cannot be removed");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_named_by_its_time_and_ends_after_14_days_whatever_its_key_says() {
        let made_at: Timestamp = "2026-11-28T15:12:00Z".parse().unwrap();
        let late = Backup::of(FileKey::made(made_at, "2027-06-01T00:00:00Z".parse().unwrap(), 7));
        assert_eq!((late.made_at, late.name().as_str()), (made_at, "20261128T151200Z"));
        assert_eq!(late.kept_until().to_string(), "2026-12-12T15:12:00Z");
        let soon = Backup::of(FileKey::made(made_at, "2026-11-30T00:00:00Z".parse().unwrap(), 7));
        assert_eq!(soon.kept_until().to_string(), "2026-11-30T00:00:00Z");
    }
}
