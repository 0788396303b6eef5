use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::{FieldChange, Target},
    id::{InvitationId, OneTimeTokenId, UserId},
    invitation::Invitation,
};
use qualify_ports::storage::{InvitationEnd, InvitationStore, StorageError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::failed,
    tx::Work,
    values::{instant, timestamp, value, values},
};

struct Row {
    id: Uuid,
    token_id: Uuid,
    email: String,
    roles: Vec<String>,
    invited_by: Uuid,
    invited_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    mail_refused_at: Option<OffsetDateTime>,
}

impl TryFrom<Row> for Invitation {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            id: InvitationId(row.id),
            token: OneTimeTokenId(row.token_id),
            email: value(&row.email)?,
            roles: values(&row.roles)?,
            by: UserId(row.invited_by),
            invited_at: timestamp(row.invited_at)?,
            expires_at: timestamp(row.expires_at)?,
            mail_refused_at: row.mail_refused_at.map(timestamp).transpose()?,
        })
    }
}

#[async_trait]
impl InvitationStore for Work {
    async fn list(&mut self) -> Result<Vec<Invitation>, StorageError> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, token_id, email, roles, invited_by, invited_at, expires_at, mail_refused_at FROM invitations
            WHERE organization_id = $1 ORDER BY invited_at DESC, id DESC",
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Invitation::try_from).collect()
    }

    async fn find(&mut self, id: InvitationId) -> Result<Option<Invitation>, StorageError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT id, token_id, email, roles, invited_by, invited_at, expires_at, mail_refused_at FROM invitations
            WHERE organization_id = $1 AND id = $2",
            self.organization,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(Invitation::try_from).transpose()
    }

    async fn of_token(&mut self, token: OneTimeTokenId) -> Result<Option<Invitation>, StorageError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT id, token_id, email, roles, invited_by, invited_at, expires_at, mail_refused_at FROM invitations
            WHERE organization_id = $1 AND token_id = $2",
            self.organization,
            token.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(Invitation::try_from).transpose()
    }

    async fn keep(&mut self, invitation: &Invitation) -> Result<(), StorageError> {
        let roles: Vec<String> = invitation.roles.iter().map(|role| role.code().to_owned()).collect();
        let id = sqlx::query_scalar!(
            "INSERT INTO invitations (organization_id, id, token_id, email, roles, invited_by, invited_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (organization_id, email_norm) DO UPDATE SET token_id = excluded.token_id,
                email = excluded.email, roles = excluded.roles, invited_by = excluded.invited_by,
                invited_at = excluded.invited_at, expires_at = excluded.expires_at
            RETURNING id",
            self.organization,
            invitation.id.0,
            invitation.token.0,
            &*invitation.email,
            &roles,
            invitation.by.0,
            instant(invitation.invited_at),
            instant(invitation.expires_at),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        let offered = FieldChange::between("roles", "", roles.join(","));
        self.changed(Target::Invitation(InvitationId(id)), vec![FieldChange::of("sent"), offered]);
        Ok(())
    }

    async fn mark_mail(&mut self, token: OneTimeTokenId, refused_at: Option<Timestamp>) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE invitations SET mail_refused_at = $3
            WHERE organization_id = $1 AND token_id = $2
                AND (mail_refused_at IS NULL) = ($3::timestamptz IS NOT NULL)",
            self.organization,
            token.0,
            refused_at.map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn end(&mut self, id: InvitationId, how: InvitationEnd) -> Result<bool, StorageError> {
        let done =
            sqlx::query!("DELETE FROM invitations WHERE organization_id = $1 AND id = $2", self.organization, id.0)
                .execute(&mut *self.sql)
                .await
                .map_err(failed)?;
        let ended = done.rows_affected() == 1;
        if ended {
            let how = match how {
                InvitationEnd::Accepted => "accepted",
                InvitationEnd::Withdrawn => "withdrawn",
            };
            self.touched(Target::Invitation(id), &[how]);
        }
        Ok(ended)
    }
}
