use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::Mark,
    gone::Gone,
    id::OrganizationId,
    retention::{RetentionRule, Run, Swept},
};

use super::{OverdueBreaches, StorageError};

/// What is left of an organization that was purged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Which one.
    pub organization: OrganizationId,
    /// When its end was asked for.
    pub closed_at: Timestamp,
    /// When the purge began.
    pub began_at: Timestamp,
    /// When it was done; none while it goes on.
    pub ended_at: Option<Timestamp>,
    /// How many rows went, by table; `users` are the accounts that belonged nowhere else.
    pub counts: BTreeMap<String, u64>,
}

/// What waits for a worker, in all organizations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueState {
    /// Since when the event has been due that waits longest; a moment to come, if none is due.
    pub oldest_due_at: Option<Timestamp>,
    /// How many events the worker gave up on.
    pub parked: u64,
}

/// When a rule is swept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    /// The code of the rule.
    pub rule: String,
    /// When it is swept next, or from when on.
    pub next_at: Timestamp,
    /// The last sweep that was recorded.
    pub last: Option<Run>,
}

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

    /// Tells the owners of each organization how many leads go until `later`, unless they know already of all that go until
    /// `soon`; tells how many organizations it told.
    async fn warn(&mut self, now: Timestamp, soon: Timestamp, later: Timestamp) -> Result<u64, StorageError>;

    /// Keeps what a sweep did so far, until it is proven.
    async fn note(&mut self, swept: &Swept) -> Result<(), StorageError>;

    /// What a sweep of the rule did that was cut short before it was proven.
    async fn unproven(&mut self, rule: &'static RetentionRule) -> Result<Option<Swept>, StorageError>;

    /// Keeps the proof of a sweep, and gives its rule back until `next`.
    async fn record(&mut self, swept: &Swept, next: Timestamp) -> Result<(), StorageError>;

    /// How many rows started their time at `cutoff` or before and are still there; counts up to `limit`.
    async fn due(&mut self, rule: &RetentionRule, cutoff: Timestamp, limit: u32) -> Result<u64, StorageError>;

    /// When which rule is swept next, and the last run of each.
    async fn turns(&mut self) -> Result<Vec<Turn>, StorageError>;

    /// What waits for a worker.
    async fn queue(&mut self) -> Result<QueueState, StorageError>;

    /// How many requests about rights should have been answered at `moment` and were not, in all organizations.
    async fn overdue_requests(&mut self, moment: Timestamp) -> Result<u64, StorageError>;

    /// What should have been told of breaches at `moment` and was not, in all organizations.
    async fn overdue_breaches(&mut self, moment: Timestamp) -> Result<OverdueBreaches, StorageError>;

    /// The next part of the chain of proofs, oldest first, after the run of that number.
    async fn runs(&mut self, after: i64, limit: u16) -> Result<Vec<Run>, StorageError>;

    /// The newest run.
    async fn newest_run(&mut self) -> Result<Mark, StorageError>;

    /// What went since a moment and must not come back with a backup, in all organizations.
    async fn gone(&mut self, since: Timestamp) -> Result<Vec<Gone>, StorageError>;

    /// The certificates of organizations that were purged, the latest first.
    async fn certificates(&mut self) -> Result<Vec<Certificate>, StorageError>;
}
