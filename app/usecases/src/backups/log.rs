use std::collections::BTreeMap;

use futures::{StreamExt, TryStreamExt, stream};
use jiff::{SignedDuration, Timestamp};
use qualify_domain::{erasure::TOMBSTONE_KEPT, gone::Gone};
use qualify_ports::{
    files::{FileError, FileKey},
    storage::PlatformTask,
};
use tracing::warn;

use super::Backups;
use crate::Error;

/// Work bears the moment at which it began: what is committed by then is found by a second look that far back.
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);

/// What a process has written down so far.
#[derive(Default)]
pub struct Written {
    /// Up to when it has looked.
    until: Option<Timestamp>,
    /// The lines that it will meet again.
    lines: BTreeMap<String, Timestamp>,
}

impl Backups {
    /// Writes down what went since the last time; the first time, all that is still remembered and not written down yet. What
    /// went on one day goes into files of that day, which are kept as long as it is to be remembered.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does, or the files: it is written down the next time.
    pub async fn write_down(&self, written: &mut Written) -> Result<(), Error> {
        let now = self.clock.now();
        let since = if let Some(until) = written.until {
            until.saturating_sub(OVERLAP)
        } else {
            written.lines = self.known().await;
            now.saturating_sub(TOMBSTONE_KEPT)
        };
        let mut days = BTreeMap::<Timestamp, Vec<(String, Timestamp)>>::new();
        for gone in self.gone_since(since.unwrap_or(Timestamp::MIN)).await? {
            let line = serde_json::to_string(&gone).map_err(|error| Error::Failed(error.into()))?;
            if gone.kept_until() > now && !written.lines.contains_key(&line) {
                days.entry(gone.kept_until()).or_default().push((line, gone.at()));
            }
        }
        for (until, lines) in days {
            let pieces = lines.iter().map(|(line, _)| Ok(format!("{line}\n").into_bytes()));
            let key = FileKey::made(now, until, self.ids.next_bits());
            self.gone.put(key, stream::iter(pieces.collect::<Vec<_>>()).boxed()).await?;
            written.lines.extend(lines);
        }
        let met_again = now.saturating_sub(OVERLAP * 2).unwrap_or(Timestamp::MIN);
        written.lines.retain(|_, at| *at >= met_again);
        written.until = Some(now);
        Ok(())
    }

    /// What was written down by those who were here before. What cannot be read is written down once more.
    async fn known(&self) -> BTreeMap<String, Timestamp> {
        match self.written_down().await {
            Ok(gone) => gone.iter().filter_map(|gone| Some((serde_json::to_string(gone).ok()?, gone.at()))).collect(),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                warn!(error, "the log of what went cannot be read: all of it is written down once more");
                BTreeMap::new()
            }
        }
    }

    async fn gone_since(&self, since: Timestamp) -> Result<Vec<Gone>, Error> {
        let mut tx = self.storage.platform(PlatformTask::ReadRetention).await?;
        let mut gone = tx.retention().gone(since).await?;
        let purged = tx.retention().certificates().await?;
        let purged = purged.into_iter().filter(|certificate| certificate.began_at >= since);
        gone.extend(purged.map(|certificate| Gone::Organization {
            organization: certificate.organization,
            closed_at: certificate.closed_at,
            at: certificate.began_at,
        }));
        Ok(gone)
    }

    /// All that is written down, each once.
    ///
    /// # Errors
    /// [`FileError`], if a part of it cannot be read: then nothing may be taken for whole.
    pub async fn written_down(&self) -> Result<Vec<Gone>, FileError> {
        let mut lines = BTreeMap::<String, Gone>::new();
        for key in self.gone.list().await? {
            let bytes: Vec<u8> = self.gone.open(key).await?.try_concat().await?;
            let text = String::from_utf8(bytes).map_err(|error| FileError::Broken(error.into()))?;
            for line in text.lines().filter(|line| !line.is_empty()) {
                let gone = serde_json::from_str(line).map_err(|error| FileError::Broken(error.into()))?;
                lines.insert(line.to_owned(), gone);
            }
        }
        Ok(lines.into_values().collect())
    }
}
