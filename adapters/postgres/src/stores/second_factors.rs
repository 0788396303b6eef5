use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    challenge::{CHALLENGE_TRIES, Factors},
    id::UserId,
    totp::Totp,
};
use qualify_ports::{
    storage::{KeptTotp, SecondFactorStore, StorageError},
    vault::Sealed,
};

use crate::{
    error::{corrupt, failed},
    tx::PlatformWork,
    values::{instant, timestamp},
};

#[async_trait]
impl SecondFactorStore for PlatformWork {
    async fn factors(&mut self, user: UserId) -> Result<Factors, StorageError> {
        let row = sqlx::query!(
            r#"SELECT
                EXISTS (SELECT FROM totp_secrets WHERE user_id = $1 AND confirmed_at IS NOT NULL) AS "totp!",
                (SELECT count(*) FROM passkeys WHERE user_id = $1) AS "passkeys!",
                (SELECT count(*) FROM recovery_codes WHERE user_id = $1 AND used_at IS NULL) AS "recovery_codes!""#,
            user.0
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        let count = |rows| u32::try_from(rows).map_err(|_| corrupt("count"));
        Ok(Factors { totp: row.totp, passkeys: count(row.passkeys)?, recovery_codes: count(row.recovery_codes)? })
    }

    async fn totp(&mut self, user: UserId) -> Result<Option<KeptTotp>, StorageError> {
        let row = sqlx::query!(
            "SELECT key_id, sealed, confirmed_at, last_step, failures FROM totp_secrets WHERE user_id = $1 FOR UPDATE",
            user.0
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let totp = Totp {
            confirmed_at: row.confirmed_at.map(timestamp).transpose()?,
            last_step: row.last_step,
            failures: u32::try_from(row.failures).map_err(|_| corrupt("count"))?,
        };
        Ok(Some(KeptTotp { secret: Sealed { key: row.key_id, bytes: row.sealed }, totp }))
    }

    async fn begin_totp(&mut self, user: UserId, kept: &KeptTotp, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO totp_secrets (user_id, key_id, sealed, created_at, last_step, failures)
            VALUES ($1, $2, $3, $4, $5, 0)
            ON CONFLICT (user_id) DO UPDATE SET key_id = excluded.key_id, sealed = excluded.sealed,
                created_at = excluded.created_at, confirmed_at = NULL, last_step = excluded.last_step, failures = 0",
            user.0,
            kept.secret.key,
            kept.secret.bytes,
            instant(now),
            kept.totp.last_step,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn update_totp(&mut self, user: UserId, totp: &Totp) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE totp_secrets SET confirmed_at = $2, last_step = $3, failures = $4 WHERE user_id = $1",
            user.0,
            totp.confirmed_at.map(instant),
            totp.last_step,
            i32::try_from(totp.failures).unwrap_or(i32::MAX),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn remove_totp(&mut self, user: UserId) -> Result<bool, StorageError> {
        let done = sqlx::query!("DELETE FROM totp_secrets WHERE user_id = $1", user.0)
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(done.rows_affected() == 1)
    }

    async fn replace_recovery_codes(&mut self, user: UserId, digests: &[[u8; 32]]) -> Result<(), StorageError> {
        sqlx::query!("DELETE FROM recovery_codes WHERE user_id = $1", user.0)
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        let digests: Vec<Vec<u8>> = digests.iter().map(|digest| digest.to_vec()).collect();
        sqlx::query!(
            "INSERT INTO recovery_codes (user_id, digest) SELECT $1, digest FROM unnest($2::bytea[]) AS digest",
            user.0,
            &digests
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn use_recovery_code(
        &mut self,
        user: UserId,
        digest: &[u8; 32],
        now: Timestamp,
    ) -> Result<bool, StorageError> {
        // The row's lock decides between two at once: the second finds it used.
        let done = sqlx::query!(
            "UPDATE recovery_codes SET used_at = $3 WHERE user_id = $1 AND digest = $2 AND used_at IS NULL",
            user.0,
            &digest[..],
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(done.rows_affected() == 1)
    }

    async fn challenge(&mut self, digest: &[u8; 32], user: UserId, expires_at: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO sign_in_challenges (digest, user_id, expires_at, tries) VALUES ($1, $2, $3, 0)",
            &digest[..],
            user.0,
            instant(expires_at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn try_challenge(&mut self, digest: &[u8; 32], now: Timestamp) -> Result<Option<UserId>, StorageError> {
        let user = sqlx::query_scalar!(
            "UPDATE sign_in_challenges SET tries = tries + 1 WHERE digest = $1 AND expires_at > $2 AND tries < $3
            RETURNING user_id",
            &digest[..],
            instant(now),
            CHALLENGE_TRIES,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(user.map(UserId))
    }

    async fn end_challenges(&mut self, user: UserId, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!("DELETE FROM sign_in_challenges WHERE user_id = $1 OR expires_at <= $2", user.0, instant(now))
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(())
    }
}
