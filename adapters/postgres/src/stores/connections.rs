use async_trait::async_trait;
use ipnetwork::IpNetwork;
use jiff::Timestamp;
use qualify_domain::{
    circumstances::{Circumstances, UserAgent},
    connection::{ConnectionEvent, ConnectionKind, shown_after},
    id::{ConnectionId, SessionId, UserId},
};
use qualify_ports::storage::{ConnectionCursor, ConnectionLog, Slice, StorageError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::PlatformWork,
    values::{instant, timestamp},
};

/// So many of the latest sign-ins tell which places are familiar.
const REMEMBERED: i64 = 500;

struct ConnectionRow {
    id: Uuid,
    user_id: Uuid,
    session_id: Option<Uuid>,
    kind: String,
    occurred_at: OffsetDateTime,
    ip: Option<IpNetwork>,
    user_agent: Option<String>,
}

impl TryFrom<ConnectionRow> for ConnectionEvent {
    type Error = StorageError;

    fn try_from(row: ConnectionRow) -> Result<Self, StorageError> {
        Ok(Self {
            id: ConnectionId(row.id),
            user: UserId(row.user_id),
            session: row.session_id.map(SessionId),
            kind: ConnectionKind::from_code(&row.kind).ok_or_else(|| corrupt("kind of connection"))?,
            at: timestamp(row.occurred_at)?,
            from: circumstances(row.ip, row.user_agent.as_deref()),
        })
    }
}

pub(super) fn circumstances(ip: Option<IpNetwork>, user_agent: Option<&str>) -> Circumstances {
    Circumstances { ip: ip.map(|ip| ip.ip()), user_agent: user_agent.and_then(UserAgent::of) }
}

#[async_trait]
impl ConnectionLog for PlatformWork {
    async fn append(&mut self, event: &ConnectionEvent) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO connection_events (id, user_id, session_id, kind, occurred_at, ip, user_agent)
            VALUES ($1, $2, $3, $4, $5, $6, $7)",
            event.id.0,
            event.user.0,
            event.session.map(|session| session.0),
            event.kind.code(),
            instant(event.at),
            event.from.ip.map(IpNetwork::from) as _,
            event.from.user_agent.as_ref().map(UserAgent::as_str),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn find(&mut self, id: ConnectionId, now: Timestamp) -> Result<Option<ConnectionEvent>, StorageError> {
        let row = sqlx::query_as!(
            ConnectionRow,
            "SELECT id, user_id, session_id, kind, occurred_at, ip, user_agent FROM connection_events
            WHERE id = $1 AND occurred_at > $2",
            id.0,
            instant(shown_after(now)),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(ConnectionEvent::try_from).transpose()
    }

    async fn page(
        &mut self,
        user: UserId,
        before: Option<ConnectionCursor>,
        limit: u16,
        now: Timestamp,
    ) -> Result<Slice<ConnectionEvent, ConnectionCursor>, StorageError> {
        let (at, id) = before.map_or((None, None), |(at, id)| (Some(instant(at)), Some(id.0)));
        let rows = sqlx::query_as!(
            ConnectionRow,
            "SELECT id, user_id, session_id, kind, occurred_at, ip, user_agent FROM connection_events
            WHERE user_id = $1 AND occurred_at > $2 AND ($3::timestamptz IS NULL OR (occurred_at, id) < ($3, $4::uuid))
            ORDER BY occurred_at DESC, id DESC LIMIT $5",
            user.0,
            instant(shown_after(now)),
            at,
            id,
            i64::from(limit) + 1,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let more = rows.len() > usize::from(limit);
        let shown = rows.into_iter().take(usize::from(limit)).map(ConnectionEvent::try_from);
        let items = shown.collect::<Result<Vec<_>, _>>()?;
        let next = items.last().filter(|_| more).map(|last| (last.at, last.id));
        Ok(Slice { items, next })
    }

    async fn places(&mut self, user: UserId, now: Timestamp) -> Result<Vec<Circumstances>, StorageError> {
        let rows = sqlx::query!(
            "SELECT DISTINCT ip, user_agent FROM (
                SELECT ip, user_agent FROM connection_events
                WHERE user_id = $1 AND kind = 'sign_in' AND occurred_at > $2
                ORDER BY occurred_at DESC LIMIT $3
            ) AS lately",
            user.0,
            instant(shown_after(now)),
            REMEMBERED,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(rows.into_iter().map(|row| circumstances(row.ip, row.user_agent.as_deref())).collect())
    }
}
