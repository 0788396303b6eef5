use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{PasskeyId, UserId},
    passkey::Passkey,
};
use qualify_ports::{
    passkeys::Credential,
    storage::{PasskeyStore, StorageError},
};

use crate::{
    error::failed,
    tx::PlatformWork,
    values::{instant, timestamp, value},
};

#[async_trait]
impl PasskeyStore for PlatformWork {
    async fn begin(
        &mut self,
        digest: &[u8; 32],
        user: Option<UserId>,
        state: &[u8],
        now: Timestamp,
        expires_at: Timestamp,
    ) -> Result<(), StorageError> {
        sqlx::query!("DELETE FROM passkey_ceremonies WHERE expires_at <= $1", instant(now))
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        sqlx::query!(
            "INSERT INTO passkey_ceremonies (digest, user_id, state, expires_at) VALUES ($1, $2, $3, $4)",
            &digest[..],
            user.map(|user| user.0),
            state,
            instant(expires_at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn take(
        &mut self,
        digest: &[u8; 32],
        user: Option<UserId>,
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, StorageError> {
        sqlx::query_scalar!(
            "DELETE FROM passkey_ceremonies
            WHERE digest = $1 AND user_id IS NOT DISTINCT FROM $2 AND expires_at > $3 RETURNING state",
            &digest[..],
            user.map(|user| user.0),
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)
    }

    async fn list(&mut self, user: UserId) -> Result<Vec<Passkey>, StorageError> {
        let rows = sqlx::query!(
            "SELECT id, name, added_at, used_at FROM passkeys WHERE user_id = $1 ORDER BY added_at, id",
            user.0
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let passkeys = rows.into_iter().map(|row| {
            let used_at = row.used_at.map(timestamp).transpose()?;
            Ok(Passkey { id: PasskeyId(row.id), name: value(&row.name)?, added_at: timestamp(row.added_at)?, used_at })
        });
        passkeys.collect()
    }

    async fn known(&mut self, user: UserId) -> Result<Vec<Vec<u8>>, StorageError> {
        sqlx::query_scalar!("SELECT credential_id FROM passkeys WHERE user_id = $1", user.0)
            .fetch_all(&mut *self.sql)
            .await
            .map_err(failed)
    }

    async fn insert(&mut self, user: UserId, passkey: &Passkey, credential: &Credential) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO passkeys (id, user_id, credential_id, public_key, state, name, added_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)",
            passkey.id.0,
            user.0,
            credential.id,
            credential.key,
            credential.state,
            &*passkey.name,
            instant(passkey.added_at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn find(&mut self, credential: &[u8]) -> Result<Option<(UserId, Credential)>, StorageError> {
        let row = sqlx::query!(
            "SELECT user_id, credential_id, public_key, state FROM passkeys WHERE credential_id = $1 FOR UPDATE",
            credential
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(row.map(|row| {
            (UserId(row.user_id), Credential { id: row.credential_id, key: row.public_key, state: row.state })
        }))
    }

    async fn used(&mut self, credential: &Credential, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE passkeys SET state = $2, used_at = $3 WHERE credential_id = $1",
            credential.id,
            credential.state,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn remove(&mut self, user: UserId, id: PasskeyId) -> Result<bool, StorageError> {
        let done = sqlx::query!("DELETE FROM passkeys WHERE id = $1 AND user_id = $2", id.0, user.0)
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(done.rows_affected() == 1)
    }
}
