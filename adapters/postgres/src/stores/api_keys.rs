use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    api_key::ApiKey,
    audit::Target,
    id::{ApiKeyId, UserId},
};
use qualify_ports::storage::{ApiKeyStore, StorageError};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::failed,
    tx::Work,
    values::{instant, timestamp, value, values},
};

pub(super) struct StoredKey {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) role: String,
    pub(super) scopes: Vec<String>,
    pub(super) made_by: Uuid,
    pub(super) created_at: OffsetDateTime,
    pub(super) expires_at: OffsetDateTime,
    pub(super) last_used_at: Option<OffsetDateTime>,
    pub(super) revoked_at: Option<OffsetDateTime>,
}

impl TryFrom<StoredKey> for ApiKey {
    type Error = StorageError;

    fn try_from(row: StoredKey) -> Result<Self, StorageError> {
        Ok(Self {
            id: ApiKeyId(row.id),
            name: value(&row.name)?,
            role: value(&row.role)?,
            scopes: values(&row.scopes)?,
            made_by: UserId(row.made_by),
            created_at: timestamp(row.created_at)?,
            expires_at: timestamp(row.expires_at)?,
            last_used_at: row.last_used_at.map(timestamp).transpose()?,
            revoked_at: row.revoked_at.map(timestamp).transpose()?,
        })
    }
}

#[async_trait]
impl ApiKeyStore for Work {
    async fn list(&mut self) -> Result<Vec<ApiKey>, StorageError> {
        let rows = sqlx::query_as!(
            StoredKey,
            "SELECT id, name, role, scopes, made_by, created_at, expires_at, last_used_at, revoked_at
            FROM api_keys WHERE organization_id = $1 ORDER BY created_at DESC, id DESC",
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(ApiKey::try_from).collect()
    }

    async fn insert(&mut self, key: &ApiKey, digest: &[u8; 32]) -> Result<(), StorageError> {
        let scopes: Vec<_> = key.scopes.iter().map(ToString::to_string).collect();
        sqlx::query!(
            "INSERT INTO api_keys (organization_id, id, name, digest, role, scopes, made_by, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            self.organization,
            key.id.0,
            &*key.name,
            &digest[..],
            key.role.code(),
            &scopes,
            key.made_by.0,
            instant(key.created_at),
            instant(key.expires_at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::ApiKey(key.id), &["new"]);
        Ok(())
    }

    async fn revoke(&mut self, id: ApiKeyId, now: Timestamp) -> Result<bool, StorageError> {
        let revoked = sqlx::query!(
            "UPDATE api_keys SET revoked_at = $3 WHERE organization_id = $1 AND id = $2 AND revoked_at IS NULL",
            self.organization,
            id.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        let revoked = revoked.rows_affected() == 1;
        if revoked {
            self.touched(Target::ApiKey(id), &["revoked"]);
        }
        Ok(revoked)
    }

    async fn used(&mut self, id: ApiKeyId, before: Timestamp, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE api_keys SET last_used_at = $4
            WHERE organization_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at <= $3)",
            self.organization,
            id.0,
            instant(before),
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}
