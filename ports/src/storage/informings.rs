use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};
use qualify_domain::{
    id::LeadId,
    informing::{Batch, Reminder},
};

use super::StorageError;

/// Of what members were reminded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InformingWatch {
    /// Of what they were last.
    pub told: Option<Reminder>,
    /// When the worker looks again.
    pub next_at: Timestamp,
}

/// Up to whom was looked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InformingPlace {
    /// When they came in.
    pub at: Timestamp,
    /// Of those who came in at that moment, which one.
    pub lead: LeadId,
}

/// Who waits, as far as was looked.
#[derive(Clone, Debug)]
pub struct Looked {
    /// Those who do, the first who came first.
    pub batches: Vec<Batch>,
    /// Up to whom, if there may be more.
    pub rest: Option<InformingPlace>,
}

/// Who was not told yet that their data is kept, and did not give it themselves (PRV-6): neither did they send anything, nor
/// did anybody call them or write to them.
#[async_trait]
pub trait InformingStore: Send {
    /// Looks at the next `most` within reach who may wait, in the order in which they came: those who do, by where and when
    /// they came in.
    async fn look(&mut self, after: Option<&InformingPlace>, most: u32) -> Result<Looked, StorageError>;

    /// On which day, in Paris, the first of them came in.
    /// Days before `from` are left out.
    async fn first_day(&mut self, from: Option<Date>) -> Result<Option<Date>, StorageError>;

    /// Keeps when up to `most` of a batch were told who are within reach; tells how many.
    async fn keep_told(&mut self, batch: &Batch, told_on: Date, most: u32) -> Result<u64, StorageError>;

    /// Of what members were reminded, and when the worker looks again; none before it looked for the first time.
    async fn watch(&mut self) -> Result<Option<InformingWatch>, StorageError>;

    /// Keeps that; [`StorageError::Stale`] if `next_at` is not `seen` any more.
    async fn keep_watch(&mut self, watch: &InformingWatch, seen: Option<Timestamp>) -> Result<(), StorageError>;
}
