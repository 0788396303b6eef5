use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::id::LeadId;
use qualify_ports::storage::{Creation, CreationKey, CreationStore, Earlier, StorageError};

use crate::{error::failed, tx::Work, values::instant};

#[async_trait]
impl CreationStore for Work {
    async fn earlier(&mut self, key: &CreationKey, now: Timestamp) -> Result<Earlier, StorageError> {
        sqlx::query!(
            "SELECT pg_advisory_xact_lock(hashtextextended($1 || encode($2, 'hex'), 1))",
            key.program.to_string(),
            &key.key[..],
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        let known = sqlx::query!(
            "SELECT body, made_id, version, is_new FROM creation_keys
            WHERE organization_id = $1 AND api_key_id = $2 AND key = $3 AND expires_at > $4",
            self.organization,
            key.program.0,
            &key.key[..],
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(match known {
            None => Earlier::None,
            Some(known) if known.body == key.body => {
                Earlier::Same(Creation { lead: LeadId(known.made_id), version: known.version, is_new: known.is_new })
            }
            Some(_) => Earlier::OtherBody,
        })
    }

    async fn keep(&mut self, key: &CreationKey, made: &Creation) -> Result<(), StorageError> {
        // One that is only waiting to be forgotten makes room.
        sqlx::query!(
            "INSERT INTO creation_keys (organization_id, api_key_id, key, body, made_id, version, is_new, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
            ON CONFLICT (organization_id, api_key_id, key) DO UPDATE SET body = EXCLUDED.body,
                made_id = EXCLUDED.made_id, version = EXCLUDED.version, is_new = EXCLUDED.is_new,
                expires_at = EXCLUDED.expires_at",
            self.organization,
            key.program.0,
            &key.key[..],
            &key.body[..],
            made.lead.0,
            made.version,
            made.is_new,
            instant(key.expires_at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}
