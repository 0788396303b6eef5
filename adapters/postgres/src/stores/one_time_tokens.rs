use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{OneTimeTokenId, OrganizationId, UserId},
    one_time::{OneTimeKind, OneTimeToken, Purpose},
    pending_sign_up::PendingSignUp,
};
use qualify_ports::storage::{OneTimeTokenStore, StorageError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::PlatformWork,
    values::{digest, instant, timestamp, value},
};

struct Row {
    id: Uuid,
    kind: String,
    digest: Vec<u8>,
    email: String,
    user_id: Option<Uuid>,
    home_id: Option<Uuid>,
    issued_at: OffsetDateTime,
    expires_at: OffsetDateTime,
}

impl TryFrom<Row> for OneTimeToken {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let purpose = match (value(&row.kind)?, row.user_id, row.home_id) {
            (OneTimeKind::SignUp, None, None) => Purpose::SignUp,
            (OneTimeKind::Reset, None, None) => Purpose::Reset,
            (OneTimeKind::EmailChange, Some(user), None) => Purpose::EmailChange(UserId(user)),
            (OneTimeKind::Invitation, None, Some(home)) => Purpose::Invitation(OrganizationId(home)),
            _ => return Err(corrupt("purpose")),
        };
        Ok(Self {
            id: OneTimeTokenId(row.id),
            purpose,
            email: value(&row.email)?,
            issued_at: timestamp(row.issued_at)?,
            expires_at: timestamp(row.expires_at)?,
        })
    }
}

#[async_trait]
impl OneTimeTokenStore for PlatformWork {
    async fn insert(&mut self, token: &OneTimeToken, digest: &[u8; 32]) -> Result<(), StorageError> {
        let (user, home) = match token.purpose {
            Purpose::SignUp | Purpose::Reset => (None, None),
            Purpose::EmailChange(user) => (Some(user.0), None),
            Purpose::Invitation(home) => (None, Some(home.0)),
        };
        sqlx::query!(
            "INSERT INTO one_time_tokens (id, kind, digest, email, user_id, home_id, issued_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            token.id.0,
            token.purpose.kind().code(),
            &digest[..],
            &*token.email,
            user,
            home,
            instant(token.issued_at),
            instant(token.expires_at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn find(&mut self, digest: &[u8; 32], now: Timestamp) -> Result<Option<OneTimeToken>, StorageError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT id, kind, digest, email, user_id, home_id, issued_at, expires_at FROM one_time_tokens
            WHERE digest = $1 AND expires_at > $2",
            &digest[..],
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(OneTimeToken::try_from).transpose()
    }

    async fn issued(
        &mut self,
        id: OneTimeTokenId,
        now: Timestamp,
    ) -> Result<Option<(OneTimeToken, [u8; 32])>, StorageError> {
        let row = sqlx::query_as!(
            Row,
            "SELECT id, kind, digest, email, user_id, home_id, issued_at, expires_at FROM one_time_tokens
            WHERE id = $1 AND expires_at > $2",
            id.0,
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(|row| {
            let kept = digest(&row.digest)?;
            Ok((row.try_into()?, kept))
        })
        .transpose()
    }

    async fn take(&mut self, token: &OneTimeToken, now: Timestamp) -> Result<bool, StorageError> {
        // All that were issued for the same are locked in one order, so that two who come with two of them do not wait in
        // a circle: the second finds its own gone.
        let gone = sqlx::query_scalar!(
            r#"WITH same AS (
                SELECT other.id FROM one_time_tokens AS own JOIN one_time_tokens AS other ON other.kind = own.kind
                    AND CASE own.kind
                        WHEN 'email_change' THEN other.user_id = own.user_id
                        ELSE other.email_norm = own.email_norm AND other.home_id IS NOT DISTINCT FROM own.home_id
                    END
                WHERE own.id = $1 AND own.expires_at > $2 ORDER BY other.id FOR UPDATE OF other
            )
            DELETE FROM one_time_tokens AS t USING same WHERE t.id = same.id
            RETURNING t.id = $1 AS "won!""#,
            token.id.0,
            instant(now),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(gone.contains(&true))
    }

    async fn keep_sign_up(&mut self, pending: &PendingSignUp) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO pending_sign_ups (token_id, home_id, first_name, last_name, organization, language)
            VALUES ($1, $2, $3, $4, $5, $6)",
            pending.token.0,
            pending.home.0,
            &*pending.first_name,
            &*pending.last_name,
            &*pending.organization,
            pending.language.code(),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn sign_up(&mut self, token: OneTimeTokenId) -> Result<Option<PendingSignUp>, StorageError> {
        let row = sqlx::query!(
            "SELECT home_id, first_name, last_name, organization, language FROM pending_sign_ups WHERE token_id = $1",
            token.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(|row| {
            Ok(PendingSignUp {
                token,
                first_name: value(&row.first_name)?,
                last_name: value(&row.last_name)?,
                organization: value(&row.organization)?,
                home: OrganizationId(row.home_id),
                language: value(&row.language)?,
            })
        })
        .transpose()
    }
}
