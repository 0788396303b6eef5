use std::collections::HashMap;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::Target,
    id::{EventId, JobId, LeadId, NotificationId, UserId},
    job::{JobKind, JobState},
    notification::{Choice, Notification, NotificationKind, Wishes},
};
use qualify_ports::storage::{NotificationCursor, NotificationRow, NotificationStore, Slice, StorageError, Subject};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{instant, optional, phone, timestamp, value},
};

/// A notification with what its lead is called.
pub(super) struct Row {
    pub id: Uuid,
    pub user_id: Uuid,
    pub kind: String,
    pub lead_id: Option<Uuid>,
    pub job_id: Option<Uuid>,
    pub actor_id: Option<Uuid>,
    pub created_at: OffsetDateTime,
    pub read_at: Option<OffsetDateTime>,
    pub owner_id: Option<Uuid>,
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub phone_e164: Option<String>,
    pub job_kind: Option<Json<JobKind>>,
    pub job_state: Option<String>,
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
                job: row.job_id.map(JobId),
                actor: row.actor_id.map(UserId),
                at: timestamp(row.created_at)?,
                read_at: row.read_at.map(timestamp).transpose()?,
            },
            owner: row.owner_id.map(UserId),
            name: optional(row.name.as_deref())?,
            email: optional(row.email.as_deref())?,
            phone: phone(row.phone, row.phone_e164),
            job: job(row.job_kind, row.job_state.as_deref())?,
        })
    }
}

fn job(kind: Option<Json<JobKind>>, state: Option<&str>) -> Result<Option<(JobKind, JobState)>, StorageError> {
    Ok(kind.map(|kind| kind.0).zip(optional(state)?))
}

#[async_trait]
impl NotificationStore for Work {
    async fn wishes(&mut self, member: UserId) -> Result<Wishes, StorageError> {
        let rows = sqlx::query!(
            "SELECT kind, choice FROM notification_choices WHERE organization_id = $1 AND user_id = $2",
            self.organization,
            member.0,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .try_fold(Wishes::default(), |wishes, row| Ok(wishes.with(value(&row.kind)?, value(&row.choice)?)))
    }

    async fn all_wishes(&mut self) -> Result<HashMap<UserId, Wishes>, StorageError> {
        let rows = sqlx::query!(
            "SELECT user_id, kind, choice FROM notification_choices WHERE organization_id = $1",
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let mut all: HashMap<UserId, Wishes> = HashMap::new();
        for row in rows {
            let wishes = all.entry(UserId(row.user_id)).or_default();
            *wishes = std::mem::take(wishes).with(value(&row.kind)?, value(&row.choice)?);
        }
        Ok(all)
    }

    async fn choose(&mut self, member: UserId, wishes: &Wishes) -> Result<(), StorageError> {
        let (kinds, choices): (Vec<_>, Vec<_>) = NotificationKind::CHOSEN
            .into_iter()
            .map(|kind| (kind.code().to_owned(), wishes.of(kind).code().to_owned()))
            .unzip();
        sqlx::query!(
            "INSERT INTO notification_choices (organization_id, user_id, kind, choice)
            SELECT $1, $2, kind, choice FROM unnest($3::text[], $4::text[]) AS chosen (kind, choice)
            ON CONFLICT (organization_id, user_id, kind) DO UPDATE SET choice = EXCLUDED.choice",
            self.organization,
            member.0,
            &kinds,
            &choices,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Member(member), &["notifications"]);
        Ok(())
    }

    async fn insert(&mut self, notification: &Notification, choice: Choice) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO notifications (organization_id, id, user_id, kind, lead_id, job_id, actor_id, created_at,
                read_at, mail)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, nullif($10, 'off'))",
            self.organization,
            notification.id.0,
            notification.member.0,
            notification.kind.code(),
            notification.lead.map(|lead| lead.0),
            notification.job.map(|job| job.0),
            notification.actor.map(|actor| actor.0),
            instant(notification.at),
            notification.read_at.map(instant),
            choice.code(),
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
            r#"SELECT n.id, n.user_id, n.kind, n.lead_id, n.job_id, n.actor_id, n.created_at, n.read_at,
                l.owner_id AS "owner_id?", l.name AS "name?", l.email AS "email?", l.phone AS "phone?",
                l.phone_e164 AS "phone_e164?", j.kind AS "job_kind?: Json<JobKind>", j.state AS "job_state?"
            FROM notifications AS n LEFT JOIN leads AS l ON l.organization_id = $1 AND l.id = n.lead_id
            LEFT JOIN jobs AS j ON j.organization_id = $1 AND j.id = n.job_id
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
    ) -> Result<Option<Subject>, StorageError> {
        let found = sqlx::query!(
            "UPDATE notifications SET read_at = coalesce(read_at, $4)
            WHERE organization_id = $1 AND user_id = $2 AND id = $3 RETURNING kind, lead_id, job_id",
            self.organization,
            member.0,
            id.0,
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        let subject = found.map(|row| {
            Ok(Subject { kind: value(&row.kind)?, lead: row.lead_id.map(LeadId), job: row.job_id.map(JobId) })
        });
        subject.transpose()
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

    async fn waits(&mut self, member: UserId, choice: Choice) -> Result<bool, StorageError> {
        self.waits_for_mail(member, choice).await
    }

    async fn put_in_mail(&mut self, member: UserId, choice: Choice, mail: EventId) -> Result<(), StorageError> {
        self.mail_what_waits(member, choice, mail).await
    }

    async fn is_in_mail(&mut self, mail: EventId) -> Result<bool, StorageError> {
        self.has_mail(mail).await
    }

    async fn in_mail(&mut self, mail: EventId) -> Result<Vec<NotificationRow>, StorageError> {
        self.open_mail(mail).await
    }

    async fn mailed(&mut self, mail: EventId) -> Result<(), StorageError> {
        self.close_mail(mail).await
    }
}
