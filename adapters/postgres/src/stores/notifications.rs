use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{LeadId, NotificationId, UserId},
    notification::Notification,
};
use qualify_ports::storage::{NotificationCursor, NotificationRow, NotificationStore, Slice, StorageError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{instant, optional, phone, timestamp, value},
};

struct Row {
    id: Uuid,
    user_id: Uuid,
    kind: String,
    lead_id: Option<Uuid>,
    actor_id: Option<Uuid>,
    created_at: OffsetDateTime,
    read_at: Option<OffsetDateTime>,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    phone_e164: Option<String>,
}

impl TryFrom<Row> for NotificationRow {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            notification: Notification {
                id: NotificationId(row.id),
                member: UserId(row.user_id),
                kind: value(&row.kind)?,
                lead: row.lead_id.map(LeadId),
                actor: row.actor_id.map(UserId),
                at: timestamp(row.created_at)?,
                read_at: row.read_at.map(timestamp).transpose()?,
            },
            name: optional(row.name.as_deref())?,
            email: optional(row.email.as_deref())?,
            phone: phone(row.phone, row.phone_e164),
        })
    }
}

#[async_trait]
impl NotificationStore for Work {
    async fn insert(&mut self, notification: &Notification) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO notifications (organization_id, id, user_id, kind, lead_id, actor_id, created_at, read_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            self.organization,
            notification.id.0,
            notification.member.0,
            notification.kind.code(),
            notification.lead.map(|lead| lead.0),
            notification.actor.map(|actor| actor.0),
            instant(notification.at),
            notification.read_at.map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn page(
        &mut self,
        member: UserId,
        after: Option<NotificationCursor>,
        limit: u16,
    ) -> Result<Slice<NotificationRow, NotificationCursor>, StorageError> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT n.id, n.user_id, n.kind, n.lead_id, n.actor_id, n.created_at, n.read_at,
                l.name AS "name?", l.email AS "email?", l.phone AS "phone?",
                l.phone_e164 AS "phone_e164?"
            FROM notifications AS n LEFT JOIN leads AS l ON l.organization_id = $1 AND l.id = n.lead_id
            WHERE n.organization_id = $1 AND n.user_id = $2
                AND ($3::timestamptz IS NULL OR (n.created_at, n.id) < ($3, $4))
                AND ($6::uuid[] IS NULL OR n.lead_id IS NULL OR l.owner_id = ANY ($6)
                    OR l.id IS NOT NULL AND l.owner_id IS NULL)
            ORDER BY n.created_at DESC, n.id DESC LIMIT $5"#,
            self.organization,
            member.0,
            after.map(|place| instant(place.at)),
            after.map(|place| place.id.0),
            i64::from(limit) + 1,
            self.owners.as_deref() as _,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let mut items = rows.into_iter().map(NotificationRow::try_from).collect::<Result<Vec<_>, _>>()?;
        let more = items.len() > usize::from(limit);
        items.truncate(usize::from(limit));
        let last = items.last().map(|row| &row.notification);
        let next = last.filter(|_| more).map(|last| NotificationCursor { at: last.at, id: last.id });
        Ok(Slice { items, next })
    }

    async fn unread(&mut self, member: UserId, most: u16) -> Result<u16, StorageError> {
        let count = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM (
                SELECT FROM notifications AS n LEFT JOIN leads AS l ON l.organization_id = $1 AND l.id = n.lead_id
                WHERE n.organization_id = $1 AND n.user_id = $2 AND n.read_at IS NULL
                    AND ($4::uuid[] IS NULL OR n.lead_id IS NULL OR l.owner_id = ANY ($4)
                        OR l.id IS NOT NULL AND l.owner_id IS NULL)
                LIMIT $3
            ) AS counted"#,
            self.organization,
            member.0,
            i64::from(most),
            self.owners.as_deref() as _,
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        u16::try_from(count).map_err(|_| corrupt("count"))
    }

    async fn read(
        &mut self,
        member: UserId,
        id: NotificationId,
        now: Timestamp,
    ) -> Result<Option<Option<LeadId>>, StorageError> {
        let found = sqlx::query_scalar!(
            "UPDATE notifications SET read_at = coalesce(read_at, $4)
            WHERE organization_id = $1 AND user_id = $2 AND id = $3 RETURNING lead_id",
            self.organization,
            member.0,
            id.0,
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(found.map(|lead| lead.map(LeadId)))
    }

    async fn read_all(&mut self, member: UserId, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE notifications SET read_at = $3
            WHERE organization_id = $1 AND user_id = $2 AND read_at IS NULL",
            self.organization,
            member.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}
