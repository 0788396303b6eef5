use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::signing_key::SigningKey;
use qualify_ports::storage::{SigningKeyStore, StorageError};
use time::OffsetDateTime;

use crate::{
    error::failed,
    tx::PlatformWork,
    values::{instant, timestamp},
};

struct SigningKeyRow {
    kid: String,
    ring_key: String,
    created_at: OffsetDateTime,
    signs_from: OffsetDateTime,
}

impl TryFrom<SigningKeyRow> for SigningKey {
    type Error = StorageError;

    fn try_from(row: SigningKeyRow) -> Result<Self, StorageError> {
        let (created_at, signs_from) = (timestamp(row.created_at)?, timestamp(row.signs_from)?);
        Ok(Self { kid: row.kid, ring_key: row.ring_key, created_at, signs_from })
    }
}

#[async_trait]
impl SigningKeyStore for PlatformWork {
    async fn list(&mut self) -> Result<Vec<SigningKey>, StorageError> {
        let rows = sqlx::query_as!(
            SigningKeyRow,
            "SELECT kid, ring_key, created_at, signs_from FROM signing_keys ORDER BY created_at DESC, kid DESC"
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(SigningKey::try_from).collect()
    }

    async fn hold(&mut self) -> Result<Vec<SigningKey>, StorageError> {
        sqlx::query!("SELECT pg_advisory_xact_lock(hashtext('signing_keys')) AS held")
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        SigningKeyStore::list(self).await
    }

    async fn insert(&mut self, key: &SigningKey) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO signing_keys (kid, ring_key, created_at, signs_from) VALUES ($1, $2, $3, $4)",
            key.kid,
            key.ring_key,
            instant(key.created_at),
            instant(key.signs_from),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn forget_before(&mut self, created: Timestamp) -> Result<(), StorageError> {
        sqlx::query!("DELETE FROM signing_keys WHERE created_at < $1", instant(created))
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(())
    }
}
