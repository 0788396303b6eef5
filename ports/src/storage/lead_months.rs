use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};
use qualify_domain::retention::LeadMonths;

use super::StorageError;

/// For how long the organization of the scope keeps its leads.
#[async_trait]
pub trait LeadMonthsStore: Send {
    /// For how many months; the usual ones if it never said.
    async fn find(&mut self) -> Result<LeadMonths, StorageError>;

    /// Keeps another number. Owners are told anew of what goes by it.
    async fn keep(&mut self, months: &LeadMonths) -> Result<(), StorageError>;

    /// How many leads go until `until`, by the first day of the month in Paris; what is due already counts in its own.
    async fn ending(&mut self, until: Timestamp) -> Result<Vec<(Date, u64)>, StorageError>;
}
