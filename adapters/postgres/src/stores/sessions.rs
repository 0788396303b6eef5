use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{OrganizationId, RefreshId, SessionId, UserId},
    session::{LIVE_SESSIONS, RefreshToken, Session, Successor},
};
use qualify_ports::storage::{LiveSession, SessionStore, StorageError};

use crate::{
    error::failed,
    stores::connections::circumstances,
    tx::PlatformWork,
    values::{digest, instant, timestamp},
};

#[async_trait]
impl SessionStore for PlatformWork {
    async fn insert(&mut self, session: &Session, first: &RefreshToken) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO sessions (id, user_id, current_organization_id, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5)",
            session.id.0,
            session.user.0,
            session.organization.0,
            instant(session.created_at),
            instant(session.expires_at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.keep_token(session.id, first).await?;
        self.end_surplus(session).await
    }

    async fn find(
        &mut self,
        wanted: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<(Session, RefreshToken)>, StorageError> {
        let row = sqlx::query!(
            r#"SELECT s.id, s.user_id, s.current_organization_id, s.created_at, s.expires_at AS ends_at,
                t.id AS token, t.digest, t.issued_at, t.expires_at, t.rotated_at, t.revoked_at,
                n.id AS "successor?", (n.acknowledged_at IS NOT NULL OR n.rotated_at IS NOT NULL) AS acknowledged
            FROM refresh_tokens AS t JOIN sessions AS s ON s.id = t.session_id
                LEFT JOIN refresh_tokens AS n ON n.id = t.successor_id AND n.session_id = s.id
            WHERE t.digest = $1 AND s.revoked_at IS NULL AND s.expires_at > $2"#,
            &wanted[..],
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let session = Session {
            id: SessionId(row.id),
            user: UserId(row.user_id),
            organization: OrganizationId(row.current_organization_id),
            created_at: timestamp(row.created_at)?,
            expires_at: timestamp(row.ends_at)?,
        };
        let token = RefreshToken {
            id: RefreshId(row.token),
            digest: digest(&row.digest)?,
            issued_at: timestamp(row.issued_at)?,
            expires_at: timestamp(row.expires_at)?,
            rotated_at: row.rotated_at.map(timestamp).transpose()?,
            successor: row
                .successor
                .map(|id| Successor { id: RefreshId(id), acknowledged: row.acknowledged.unwrap_or_default() }),
            revoked_at: row.revoked_at.map(timestamp).transpose()?,
        };
        Ok(Some((session, token)))
    }

    async fn rotate(
        &mut self,
        session: SessionId,
        old: RefreshId,
        new: &RefreshToken,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        // The row's lock decides between two at once: the second finds it rotated.
        let rotated = sqlx::query!(
            "UPDATE refresh_tokens SET rotated_at = $3, successor_id = $4
            WHERE id = $1 AND session_id = $2 AND rotated_at IS NULL AND revoked_at IS NULL",
            old.0,
            session.0,
            instant(now),
            new.id.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if rotated.rows_affected() == 0 {
            return Ok(false);
        }
        self.keep_token(session, new).await?;
        Ok(true)
    }

    async fn replace(
        &mut self,
        session: SessionId,
        old: RefreshId,
        lost: RefreshId,
        new: &RefreshToken,
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        // Whoever uses the lost one at this moment waits for its row, or has it already and then it is not lost.
        let taken_back = sqlx::query!(
            "UPDATE refresh_tokens SET revoked_at = $3
            WHERE id = $1 AND session_id = $2
                AND rotated_at IS NULL AND acknowledged_at IS NULL AND revoked_at IS NULL",
            lost.0,
            session.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if taken_back.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query!(
            "UPDATE refresh_tokens SET rotated_at = $4, successor_id = $5
            WHERE id = $1 AND session_id = $2 AND successor_id = $3",
            old.0,
            session.0,
            lost.0,
            instant(now),
            new.id.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.keep_token(session, new).await?;
        Ok(true)
    }

    async fn acknowledge(&mut self, token: RefreshId, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE refresh_tokens SET acknowledged_at = $2
            WHERE id = $1 AND acknowledged_at IS NULL AND rotated_at IS NULL AND revoked_at IS NULL",
            token.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn live(&mut self, user: UserId, now: Timestamp) -> Result<Vec<LiveSession>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT s.id, s.created_at, seen.occurred_at AS "seen_at?", seen.ip AS "ip?", seen.user_agent AS "user_agent?"
            FROM sessions AS s LEFT JOIN LATERAL (
                SELECT occurred_at, ip, user_agent FROM connection_events
                WHERE session_id = s.id AND kind IN ('sign_in', 'refresh') ORDER BY occurred_at DESC LIMIT 1
            ) AS seen ON true
            WHERE s.user_id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND EXISTS (
                SELECT FROM refresh_tokens AS t
                WHERE t.session_id = s.id AND t.rotated_at IS NULL AND t.revoked_at IS NULL AND t.expires_at > $2
            )
            ORDER BY coalesce(seen.occurred_at, s.created_at) DESC, s.id DESC"#,
            user.0,
            instant(now),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                Ok(LiveSession {
                    id: SessionId(row.id),
                    created_at: timestamp(row.created_at)?,
                    seen_at: timestamp(row.seen_at.unwrap_or(row.created_at))?,
                    from: circumstances(row.ip, row.user_agent.as_deref()),
                })
            })
            .collect()
    }

    async fn revoke_own(&mut self, user: UserId, session: SessionId, now: Timestamp) -> Result<bool, StorageError> {
        let ended = sqlx::query!(
            "UPDATE sessions SET revoked_at = $3
            WHERE id = $2 AND user_id = $1 AND revoked_at IS NULL AND expires_at > $3",
            user.0,
            session.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(ended.rows_affected() == 1)
    }

    async fn revoke_all(
        &mut self,
        user: UserId,
        except: Option<SessionId>,
        now: Timestamp,
    ) -> Result<Vec<SessionId>, StorageError> {
        let ended = sqlx::query_scalar!(
            "UPDATE sessions SET revoked_at = $3
            WHERE user_id = $1 AND id IS DISTINCT FROM $2 AND revoked_at IS NULL AND expires_at > $3
            RETURNING id",
            user.0,
            except.map(|session| session.0),
            instant(now),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(ended.into_iter().map(SessionId).collect())
    }

    async fn revoke(&mut self, session: SessionId, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL",
            session.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn prove(&mut self, user: UserId, session: SessionId, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE sessions SET proved_at = $3 WHERE id = $2 AND user_id = $1 AND revoked_at IS NULL",
            user.0,
            session.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn show(
        &mut self,
        user: UserId,
        session: SessionId,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<Option<Session>, StorageError> {
        // The first condition keeps ids of no organization, or of one they are strange to, from becoming a key's fault.
        let shown = sqlx::query!(
            "UPDATE sessions SET current_organization_id = $3, switched_at = $4
            WHERE id = $2 AND user_id = $1 AND revoked_at IS NULL AND expires_at > $4
                AND $3 IN (SELECT home FROM homes_of($1))
            RETURNING created_at, expires_at",
            user.0,
            session.0,
            organization.0,
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        let Some(row) = shown else { return Ok(None) };
        let belongs = sqlx::query_scalar!(r#"SELECT belongs_where_shown($1, $2) AS "belongs!""#, user.0, session.0)
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        let (created_at, expires_at) = (timestamp(row.created_at)?, timestamp(row.expires_at)?);
        Ok(belongs.then_some(Session { id: session, user, organization, created_at, expires_at }))
    }

    async fn mfa_later(&mut self, session: SessionId, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!("UPDATE sessions SET mfa_later_at = $2 WHERE id = $1", session.0, instant(now))
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(())
    }
}

impl PlatformWork {
    async fn keep_token(&mut self, session: SessionId, token: &RefreshToken) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO refresh_tokens (id, session_id, digest, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
            token.id.0,
            session.0,
            &token.digest[..],
            instant(token.issued_at),
            instant(token.expires_at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn end_surplus(&mut self, session: &Session) -> Result<(), StorageError> {
        let (user, now) = (session.user.0, instant(session.created_at));
        sqlx::query!(
            "UPDATE sessions SET revoked_at = $2 WHERE id IN (
                SELECT id FROM sessions WHERE user_id = $1 AND revoked_at IS NULL AND expires_at > $2
                ORDER BY (id = $4) DESC, created_at DESC, id DESC OFFSET $3
            )",
            user,
            now,
            i64::from(LIVE_SESSIONS),
            session.id.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}
