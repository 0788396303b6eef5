use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{ReasonId, UserId},
    report::{FunnelCell, MemberWork, StayCell},
};

use super::StorageError;

/// Counts for reports, as far as the scope reaches. Each is of what lies from `from` on and before `until`.
#[async_trait]
pub trait ReportStore: Send {
    /// Submissions that are not in quarantine, and what became of the leads that were opened, by channel and form; those of
    /// one channel and form may come in pieces.
    async fn funnel(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<FunnelCell>, StorageError>;

    /// The leads that were opened, those that were qualified and those that were won, for each step between two of the
    /// bounds in which there are any; the number of the step before them.
    async fn series(&mut self, bounds: &[Timestamp]) -> Result<Vec<(usize, [u64; 3])>, StorageError>;

    /// How long leads had stood in the stages that they left: to five minutes within a day, to an hour within sixty days, to
    /// a day beyond.
    async fn stays(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<StayCell>, StorageError>;

    /// Why leads were given up that still are, the most frequent reason first.
    async fn given_up(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<(ReasonId, u64)>, StorageError>;

    /// The leads that were opened, by whom they belong to now.
    async fn owned(
        &mut self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Option<UserId>, MemberWork)>, StorageError>;

    /// What members did.
    async fn done(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<(UserId, MemberWork)>, StorageError>;
}
