use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{OrganizationId, RightsRequestId},
    operator_request::{OperatorRequest, Passage, Sender},
};
use qualify_ports::storage::{OperatorRequestStore, StorageError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::PlatformWork,
    values::{instant, optional, timestamp, value},
};

struct Row {
    id: Uuid,
    kind: String,
    email: Option<String>,
    words: Option<String>,
    language: String,
    received_at: OffsetDateTime,
    acknowledged_at: Option<OffsetDateTime>,
    passed_to: Option<Uuid>,
    passed_on_at: Option<OffsetDateTime>,
    entered_at: Option<OffsetDateTime>,
    closed_at: Option<OffsetDateTime>,
}

impl TryFrom<Row> for OperatorRequest {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let at = |at: Option<OffsetDateTime>| at.map(timestamp).transpose();
        let address = optional(row.email.as_deref())?;
        let words = optional(row.words.as_deref())?;
        let sender = address.map(|address| Sender { address, words });
        let home = row.passed_to.map(OrganizationId);
        let passage = match (sender, home, at(row.passed_on_at)?, at(row.entered_at)?, at(row.closed_at)?) {
            (Some(sender), None, None, None, None) => Passage::Waiting(sender),
            (Some(sender), Some(home), Some(passed), None, None) => Passage::Passed(sender, home, passed),
            (None, Some(home), Some(_), Some(entered), None) => Passage::Entered(home, entered),
            (None, None, None, None, Some(closed)) => Passage::Closed(closed),
            _ => return Err(corrupt("request")),
        };
        Ok(Self {
            id: RightsRequestId(row.id),
            right: value(&row.kind)?,
            language: value(&row.language)?,
            received_at: timestamp(row.received_at)?,
            acknowledged_at: at(row.acknowledged_at)?,
            passage,
        })
    }
}

#[async_trait]
impl OperatorRequestStore for PlatformWork {
    async fn waiting(&mut self) -> Result<Vec<OperatorRequest>, StorageError> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, kind, email, words, language, received_at, acknowledged_at, passed_to, passed_on_at, entered_at,
                closed_at
            FROM operator_requests WHERE entered_at IS NULL AND closed_at IS NULL AND NOT by_member ORDER BY due_at, id",
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(OperatorRequest::try_from).collect()
    }

    async fn find(&mut self, id: RightsRequestId) -> Result<Option<OperatorRequest>, StorageError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT id, kind, email, words, language, received_at, acknowledged_at, passed_to, passed_on_at, entered_at,
                closed_at
            FROM operator_requests WHERE id = $1 AND NOT by_member FOR UPDATE",
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(OperatorRequest::try_from).transpose()
    }

    async fn insert(&mut self, request: &OperatorRequest, now: Timestamp) -> Result<(), StorageError> {
        let sender = request.sender();
        sqlx::query!(
            "INSERT INTO operator_requests (id, kind, email, words, language, received_at, registered_at, due_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            request.id.0,
            request.right.code(),
            sender.map(|sender| sender.address.to_string()),
            sender.and_then(|sender| sender.words.as_deref()),
            request.language.code(),
            instant(request.received_at),
            instant(now),
            instant(request.due().ends_at()),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn acknowledge(&mut self, id: RightsRequestId, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE operator_requests SET acknowledged_at = coalesce(acknowledged_at, $2) WHERE id = $1",
            id.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn pass_on(
        &mut self,
        id: RightsRequestId,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        sqlx::query_scalar!(r#"SELECT pass_request_on($1, $2, $3) AS "passed!""#, id.0, organization.0, instant(now))
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)
    }

    async fn close(&mut self, id: RightsRequestId, now: Timestamp) -> Result<bool, StorageError> {
        let closed = sqlx::query!(
            "UPDATE operator_requests SET email = NULL, words = NULL, closed_at = $2
            WHERE id = $1 AND passed_on_at IS NULL AND closed_at IS NULL",
            id.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(closed.rows_affected() == 1)
    }

    async fn overdue(&mut self, now: Timestamp) -> Result<u64, StorageError> {
        let rows = sqlx::query_scalar!(
            r#"SELECT count(*) AS "rows!" FROM operator_requests
            WHERE due_at <= $1 AND entered_at IS NULL AND closed_at IS NULL AND NOT by_member"#,
            instant(now),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        u64::try_from(rows).map_err(|_| corrupt("count"))
    }
}
