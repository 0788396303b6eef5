//! Which notification goes in which mail.

use qualify_domain::{
    id::{EventId, UserId},
    job::JobKind,
    notification::Choice,
};
use qualify_ports::storage::{NotificationRow, StorageError};
use sqlx::types::Json;

use super::notifications::Row;
use crate::{error::failed, tx::Work};

impl Work {
    pub(super) async fn waits_for_mail(&mut self, member: UserId, choice: Choice) -> Result<bool, StorageError> {
        sqlx::query_scalar!(
            r#"SELECT EXISTS (
                SELECT FROM notifications
                WHERE organization_id = $1 AND user_id = $2 AND mail = $3 AND mail_id IS NULL
            ) AS "waits!""#,
            self.organization,
            member.0,
            choice.code(),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)
    }

    pub(super) async fn mail_what_waits(
        &mut self,
        member: UserId,
        choice: Choice,
        mail: EventId,
    ) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE notifications SET mail_id = $4
            WHERE organization_id = $1 AND user_id = $2 AND mail = $3 AND mail_id IS NULL",
            self.organization,
            member.0,
            choice.code(),
            mail.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    pub(super) async fn has_mail(&mut self, mail: EventId) -> Result<bool, StorageError> {
        sqlx::query_scalar!(
            r#"SELECT EXISTS (
                SELECT FROM notifications WHERE organization_id = $1 AND mail_id = $2
            ) AS "is_in!""#,
            self.organization,
            mail.0,
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)
    }

    pub(super) async fn open_mail(&mut self, mail: EventId) -> Result<Vec<NotificationRow>, StorageError> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT n.id, n.user_id, n.kind, n.lead_id, n.job_id, n.actor_id, n.created_at, n.read_at,
                l.owner_id AS "owner_id?", l.name AS "name?", l.email AS "email?", l.phone AS "phone?",
                l.phone_e164 AS "phone_e164?", NULL::jsonb AS "job_kind: Json<JobKind>", NULL::text AS job_state
            FROM notifications AS n LEFT JOIN leads AS l ON l.organization_id = $1 AND l.id = n.lead_id
            WHERE n.organization_id = $1 AND n.mail_id = $2
            ORDER BY n.created_at, n.id"#,
            self.organization,
            mail.0,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(NotificationRow::try_from).collect()
    }

    pub(super) async fn close_mail(&mut self, mail: EventId) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE notifications SET mail = NULL, mail_id = NULL WHERE organization_id = $1 AND mail_id = $2",
            self.organization,
            mail.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}
