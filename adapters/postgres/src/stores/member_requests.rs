use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{RightsRequestId, UserId},
    language::Language,
    member_request::MemberRequest,
    rights_request::{Asker, Reminder, RightsRequest, Step},
};
use qualify_ports::storage::{MemberRequestStore, StorageError};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::rights_steps::{StoredReminder, StoredStep};
use crate::{
    error::{corrupt, failed},
    tx::PlatformWork,
    values::{instant, optional, timestamp, value},
};

struct Row {
    id: Uuid,
    kind: String,
    user_id: Option<Uuid>,
    words: Option<String>,
    received_at: OffsetDateTime,
    acknowledged_at: Option<OffsetDateTime>,
    steps: Json<Vec<StoredStep>>,
    reminded: Json<Vec<StoredReminder>>,
}

impl TryFrom<Row> for MemberRequest {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let request = RightsRequest {
            id: RightsRequestId(row.id),
            right: value(&row.kind)?,
            asker: row.user_id.map_or(Asker::Forgotten, |user| Asker::Member(UserId(user))),
            received_at: timestamp(row.received_at)?,
            steps: row.steps.0.into_iter().map(Step::try_from).collect::<Result<_, _>>()?,
        };
        Ok(Self {
            request,
            words: optional(row.words.as_deref())?,
            told_at: row.acknowledged_at.map(timestamp).transpose()?,
            reminded: row.reminded.0.into_iter().map(Reminder::try_from).collect::<Result<_, _>>()?,
        })
    }
}

fn steps(asked: &MemberRequest) -> Json<Vec<StoredStep>> {
    Json(asked.request.steps.iter().map(Into::into).collect())
}

fn reminded(asked: &MemberRequest) -> Json<Vec<StoredReminder>> {
    Json(asked.reminded.iter().map(Into::into).collect())
}

#[async_trait]
impl MemberRequestStore for PlatformWork {
    async fn insert(&mut self, asked: &MemberRequest, language: Language) -> Result<(), StorageError> {
        let request = &asked.request;
        sqlx::query!(
            "INSERT INTO operator_requests (id, kind, language, received_at, registered_at, due_at, acknowledged_at, by_member)
            VALUES ($1, $2, $3, $4, $4, $5, $6, true)",
            request.id.0,
            request.right.code(),
            language.code(),
            instant(request.received_at),
            instant(request.due().ends_at()),
            asked.told_at.map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        sqlx::query!(
            "INSERT INTO member_requests (request_id, user_id, kind, words, steps, is_open, reminded, next_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            request.id.0,
            asked.asker().map(|user| user.0),
            request.right.code(),
            asked.words.as_deref(),
            steps(asked) as _,
            asked.is_open(),
            reminded(asked) as _,
            asked.next_moment().map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn of_user(&mut self, user: UserId) -> Result<Vec<MemberRequest>, StorageError> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT o.id, m.kind, m.user_id, m.words, o.received_at, o.acknowledged_at,
                m.steps AS "steps: Json<Vec<StoredStep>>", m.reminded AS "reminded: Json<Vec<StoredReminder>>"
            FROM member_requests AS m JOIN operator_requests AS o ON o.id = m.request_id
            WHERE m.user_id = $1 ORDER BY o.received_at DESC, o.id DESC"#,
            user.0,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(MemberRequest::try_from).collect()
    }

    async fn waiting(&mut self) -> Result<Vec<MemberRequest>, StorageError> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT o.id, m.kind, m.user_id, m.words, o.received_at, o.acknowledged_at,
                m.steps AS "steps: Json<Vec<StoredStep>>", m.reminded AS "reminded: Json<Vec<StoredReminder>>"
            FROM member_requests AS m JOIN operator_requests AS o ON o.id = m.request_id
            WHERE m.is_open OR o.acknowledged_at IS NULL AND m.user_id IS NOT NULL ORDER BY o.due_at, o.id"#,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(MemberRequest::try_from).collect()
    }

    async fn find(&mut self, id: RightsRequestId) -> Result<Option<MemberRequest>, StorageError> {
        let row = sqlx::query_as!(
            Row,
            r#"SELECT o.id, m.kind, m.user_id, m.words, o.received_at, o.acknowledged_at,
                m.steps AS "steps: Json<Vec<StoredStep>>", m.reminded AS "reminded: Json<Vec<StoredReminder>>"
            FROM member_requests AS m JOIN operator_requests AS o ON o.id = m.request_id
            WHERE m.request_id = $1 FOR UPDATE"#,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(MemberRequest::try_from).transpose()
    }

    async fn keep(&mut self, asked: &MemberRequest) -> Result<(), StorageError> {
        let id = asked.request.id.0;
        sqlx::query!(
            "UPDATE member_requests SET words = $2, steps = $3, is_open = $4, reminded = $5, next_at = $6
            WHERE request_id = $1",
            id,
            asked.words.as_deref(),
            steps(asked) as _,
            asked.is_open(),
            reminded(asked) as _,
            asked.next_moment().map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        sqlx::query!(
            "UPDATE operator_requests SET due_at = $2, acknowledged_at = $3 WHERE id = $1",
            id,
            instant(asked.request.due().ends_at()),
            asked.told_at.map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn to_remind(&mut self, now: Timestamp, most: u16) -> Result<Vec<RightsRequestId>, StorageError> {
        let ids = sqlx::query_scalar!(
            "SELECT request_id FROM member_requests WHERE next_at <= $1 ORDER BY next_at LIMIT $2",
            instant(now),
            i64::from(most),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(ids.into_iter().map(RightsRequestId).collect())
    }

    async fn overdue(&mut self, now: Timestamp) -> Result<u64, StorageError> {
        let rows = sqlx::query_scalar!(
            r#"SELECT count(*) AS "rows!" FROM member_requests AS m JOIN operator_requests AS o ON o.id = m.request_id
            WHERE m.is_open AND o.due_at <= $1"#,
            instant(now),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        u64::try_from(rows).map_err(|_| corrupt("count"))
    }
}
