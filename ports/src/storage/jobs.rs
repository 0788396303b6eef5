use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::JobId,
    job::{Asker, Job},
};

use super::StorageError;

/// Long work that members and programs asked for. Each sees their own only; the product itself sees all.
#[async_trait]
pub trait JobStore: Send {
    /// Keeps a job that was just asked for.
    async fn insert(&mut self, job: &Job) -> Result<(), StorageError>;

    /// The job of that id.
    async fn find(&mut self, id: JobId) -> Result<Option<Job>, StorageError>;

    /// The newest of an asker's jobs, at most `limit`.
    async fn newest(&mut self, asker: Asker, limit: u16) -> Result<Vec<Job>, StorageError>;

    /// How many of an asker's jobs are not over.
    async fn unfinished(&mut self, asker: Asker) -> Result<u64, StorageError>;

    /// Keeps how far a job came, with the next version, and learns whether its asker wants it stopped;
    /// [`StorageError::Stale`] if somebody else did a piece of it meanwhile. The trail is told of its end.
    async fn keep(&mut self, job: &mut Job) -> Result<(), StorageError>;

    /// Keeps that an asker wants a job stopped; false if there is none of that id that is not over.
    async fn call_off(&mut self, id: JobId, now: Timestamp) -> Result<bool, StorageError>;
}
