use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use qualify_ports::files::{FileBytes, FileError, FileKey, Files};

/// Files come back in pieces of so many bytes: a length at which nothing else ends.
const PIECE: usize = 1_021;

/// Files in memory, for tests that look at what is kept or change it. It keeps the laws like any other.
#[derive(Default)]
pub struct Memory {
    kept: Mutex<BTreeMap<FileKey, Vec<u8>>>,
    is_broken: AtomicBool,
}

impl Memory {
    /// The keys of all that is kept.
    pub fn keys(&self) -> Vec<FileKey> {
        self.held().keys().copied().collect()
    }

    /// What is kept under a key, as it lies there; nothing if there is nothing.
    pub fn bytes(&self, key: FileKey) -> Vec<u8> {
        self.held().get(&key).cloned().unwrap_or_default()
    }

    /// Keeps other bytes under a key, as somebody does who came in by a window.
    pub fn replace(&self, key: FileKey, bytes: Vec<u8>) {
        self.held().insert(key, bytes);
    }

    /// From now on nothing can be reached.
    pub fn break_link(&self) {
        self.is_broken.store(true, Ordering::Relaxed);
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<FileKey, Vec<u8>>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reach(&self) -> Result<(), FileError> {
        if self.is_broken.load(Ordering::Relaxed) { Err(FileError::Unavailable("broken".into())) } else { Ok(()) }
    }
}

#[async_trait]
impl Files for Memory {
    async fn put(&self, key: FileKey, bytes: FileBytes<'_>) -> Result<(), FileError> {
        self.reach()?;
        let whole = bytes.try_concat().await?;
        self.replace(key, whole);
        Ok(())
    }

    async fn open(&self, key: FileKey) -> Result<FileBytes<'static>, FileError> {
        self.reach()?;
        let whole = self.held().get(&key).cloned().ok_or(FileError::Missing)?;
        let pieces: Vec<_> = whole.chunks(PIECE).map(|piece| Ok(piece.to_vec())).collect();
        Ok(stream::iter(pieces).boxed())
    }

    async fn remove(&self, key: FileKey) -> Result<(), FileError> {
        self.reach()?;
        self.held().remove(&key);
        Ok(())
    }

    async fn remove_due(&self, now: Timestamp, limit: u16) -> Result<u64, FileError> {
        self.reach()?;
        let due: Vec<_> = self.keys().into_iter().filter(|key| key.until() <= now).take(limit.into()).collect();
        let mut held = self.held();
        for key in &due {
            held.remove(key);
        }
        Ok(due.len() as u64)
    }

    async fn count_due(&self, now: Timestamp, limit: u32) -> Result<u64, FileError> {
        self.reach()?;
        Ok(self.keys().into_iter().filter(|key| key.until() <= now).take(limit as usize).count() as u64)
    }

    async fn list(&self) -> Result<Vec<FileKey>, FileError> {
        self.reach()?;
        Ok(self.keys())
    }
}
