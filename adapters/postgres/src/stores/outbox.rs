use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{event::Event, id::EventId};
use qualify_ports::storage::{Outbox, StorageError};
use sqlx::types::Json;

use crate::{error::failed, tx::Work, values::instant};

#[async_trait]
impl Outbox for Work {
    async fn append(&mut self, event: &Event, due: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "WITH kept AS (INSERT INTO outbox (organization_id, event, due_at) VALUES ($1, $2, $3) RETURNING id)
            SELECT pg_notify('qualify_outbox', '') FROM kept",
            self.organization,
            Json(event) as _,
            instant(due),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn complete(&mut self, id: EventId) -> Result<bool, StorageError> {
        let done = sqlx::query!("DELETE FROM outbox WHERE organization_id = $1 AND id = $2", self.organization, id.0)
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(done.rows_affected() == 1)
    }
}
