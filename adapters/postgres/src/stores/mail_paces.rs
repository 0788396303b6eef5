use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    digest::Digests,
    id::{EventId, UserId},
    mail_lane::{Bucket, Pace},
    zone::Zone,
};
use qualify_ports::storage::{MailPaces, MemberPace, StorageError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{instant, timestamp},
};

struct Row {
    full_at: OffsetDateTime,
    waiting: Option<Uuid>,
    waiting_until: Option<OffsetDateTime>,
    digest_at: Option<OffsetDateTime>,
    digested_on: Option<String>,
}

impl Work {
    /// What is there already is locked by being written as it is.
    async fn hold_pace(&mut self, id: Uuid, now: Timestamp) -> Result<Row, StorageError> {
        sqlx::query_as!(
            Row,
            r#"INSERT INTO mail_paces AS held (organization_id, id, full_at) VALUES ($1, $2, $3)
            ON CONFLICT (organization_id, id) DO UPDATE SET full_at = held.full_at
            RETURNING full_at, waiting, waiting_until, digest_at, digested_on::text"#,
            self.organization,
            id,
            instant(now),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)
    }

    async fn keep_pace(&mut self, id: Uuid, row: Row) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE mail_paces SET full_at = $3, waiting = $4, waiting_until = $5, digest_at = $6, digested_on = $7::text::date
            WHERE organization_id = $1 AND id = $2",
            self.organization,
            id,
            row.full_at,
            row.waiting,
            row.waiting_until,
            row.digest_at,
            row.digested_on,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}

#[async_trait]
impl MailPaces for Work {
    async fn member(&mut self, member: UserId, now: Timestamp) -> Result<MemberPace, StorageError> {
        let row = self.hold_pace(member.0, now).await?;
        let waiting = row.waiting.zip(row.waiting_until);
        let waiting = waiting.map(|(id, until)| Ok::<_, StorageError>((EventId(id), timestamp(until)?))).transpose()?;
        Ok(MemberPace {
            pace: Pace { bucket: Bucket::restore(timestamp(row.full_at)?), waiting },
            digests: Digests {
                due_at: row.digest_at.map(timestamp).transpose()?,
                last: row.digested_on.map(|day| day.parse().map_err(|_| corrupt("day"))).transpose()?,
            },
        })
    }

    async fn zone(&mut self, member: UserId) -> Result<Option<Zone>, StorageError> {
        let name = sqlx::query_scalar!("SELECT zone_of_member($1)", member.0)
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        // A zone that the world has given up since is as good as none.
        Ok(name.and_then(|name| name.parse().ok()))
    }

    async fn keep_member(&mut self, member: UserId, pace: &MemberPace) -> Result<(), StorageError> {
        let row = Row {
            full_at: instant(pace.pace.bucket.full_at()),
            waiting: pace.pace.waiting.map(|(EventId(id), _)| id),
            waiting_until: pace.pace.waiting.map(|(_, until)| instant(until)),
            digest_at: pace.digests.due_at.map(instant),
            digested_on: pace.digests.last.map(|day| day.to_string()),
        };
        self.keep_pace(member.0, row).await
    }

    async fn organization(&mut self, now: Timestamp) -> Result<Bucket, StorageError> {
        let row = self.hold_pace(self.organization, now).await?;
        Ok(Bucket::restore(timestamp(row.full_at)?))
    }

    async fn keep_organization(&mut self, bucket: Bucket) -> Result<(), StorageError> {
        let full_at = instant(bucket.full_at());
        let row = Row { full_at, waiting: None, waiting_until: None, digest_at: None, digested_on: None };
        self.keep_pace(self.organization, row).await
    }
}
