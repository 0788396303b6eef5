use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{export_run::ExportRun, id::ExportRunId};

use super::StorageError;

/// The exports that are under way, by keys that tell nothing about where.
#[async_trait]
pub trait ExportRuns: Send {
    /// Takes the place of that key for an export, or keeps it for longer if it has it already. Tells the export that has it
    /// instead: of two at once, one has it.
    async fn take(
        &mut self,
        key: &[u8; 32],
        run: &ExportRun,
        now: Timestamp,
    ) -> Result<Option<ExportRun>, StorageError>;

    /// Gives the place of that key back, if that export has it still.
    async fn give_back(&mut self, key: &[u8; 32], run: ExportRunId) -> Result<(), StorageError>;
}
