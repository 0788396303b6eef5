use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{export_run::ExportRun, id::ExportRunId};
use qualify_ports::storage::{ExportRuns, StorageError};

use crate::{
    error::failed,
    tx::PlatformWork,
    values::{instant, timestamp, value},
};

#[async_trait]
impl ExportRuns for PlatformWork {
    async fn take(
        &mut self,
        key: &[u8; 32],
        run: &ExportRun,
        now: Timestamp,
    ) -> Result<Option<ExportRun>, StorageError> {
        let taken = sqlx::query_scalar!(
            "INSERT INTO export_runs AS held (key, id, exported, held_until) VALUES ($1, $2, $3, $4)
            ON CONFLICT (key) DO UPDATE
            SET id = EXCLUDED.id, exported = EXCLUDED.exported, held_until = EXCLUDED.held_until
            WHERE held.id = EXCLUDED.id OR held.held_until <= $5
            RETURNING id",
            &key[..],
            run.id.0,
            run.what.code(),
            instant(run.held_until),
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        if taken.is_some() {
            return Ok(None);
        }
        // Whoever is refused holds the row all the same: it is still there.
        let row = sqlx::query!("SELECT id, exported, held_until FROM export_runs WHERE key = $1", &key[..])
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        let held_until = timestamp(row.held_until)?;
        Ok(Some(ExportRun { id: ExportRunId(row.id), what: value(&row.exported)?, held_until }))
    }

    async fn give_back(&mut self, key: &[u8; 32], run: ExportRunId) -> Result<(), StorageError> {
        sqlx::query!("DELETE FROM export_runs WHERE key = $1 AND id = $2", &key[..], run.0)
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(())
    }
}
