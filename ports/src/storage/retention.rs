use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::Mark,
    retention::{RetentionRule, Run, Swept},
};

use super::StorageError;

/// What was kept for its time, in all organizations, and the proofs that it went.
#[async_trait]
pub trait RetentionStore: Send {
    /// Takes a rule until `until`, so that nobody else sweeps it meanwhile; false if somebody holds it, or if it was swept
    /// lately and is not to be swept `early`.
    async fn take(
        &mut self,
        rule: &RetentionRule,
        now: Timestamp,
        until: Timestamp,
        early: bool,
    ) -> Result<bool, StorageError>;

    /// Holds a rule that was taken until `until`.
    async fn hold(&mut self, rule: &RetentionRule, until: Timestamp) -> Result<(), StorageError>;

    /// Lets go of up to `limit` rows that started their time at `cutoff` or before, and that nobody else holds; tells how
    /// many.
    async fn sweep(
        &mut self,
        rule: &RetentionRule,
        cutoff: Timestamp,
        now: Timestamp,
        limit: u16,
    ) -> Result<u64, StorageError>;

    /// Keeps the proof of a sweep, and gives its rule back until `next`.
    async fn record(&mut self, swept: &Swept, next: Timestamp) -> Result<(), StorageError>;

    /// How many rows started their time at `cutoff` or before and are still there; counts up to `limit`.
    async fn due(&mut self, rule: &RetentionRule, cutoff: Timestamp, limit: u32) -> Result<u64, StorageError>;

    /// How many requests about rights should have been answered at `moment` and were not, in all organizations.
    async fn overdue_requests(&mut self, moment: Timestamp) -> Result<u64, StorageError>;

    /// The next part of the chain of proofs, oldest first, after the run of that number.
    async fn runs(&mut self, after: i64, limit: u16) -> Result<Vec<Run>, StorageError>;

    /// The newest run.
    async fn newest_run(&mut self) -> Result<Mark, StorageError>;
}
