use async_trait::async_trait;
use jiff::civil::Date;
use qualify_domain::informing::Batch;

use super::StorageError;

/// Who was not told yet that their data is kept, and did not give it themselves (PRV-6): neither did they send anything, nor
/// did anybody call them or write to them.
#[async_trait]
pub trait InformingStore: Send {
    /// Those within reach, by where and when they came in, the first who came first.
    async fn batches(&mut self, limit: u16) -> Result<Vec<Batch>, StorageError>;

    /// On which day, in Paris, the first of them came in.
    async fn first_day(&mut self) -> Result<Option<Date>, StorageError>;

    /// Keeps when those of a batch were told who are within reach; tells how many.
    async fn keep_told(&mut self, batch: &Batch, told_on: Date) -> Result<u64, StorageError>;
}
