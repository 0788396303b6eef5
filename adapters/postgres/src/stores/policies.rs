use async_trait::async_trait;
use qualify_domain::{language::Language, policy_version::PolicyVersion};
use qualify_ports::storage::{PolicyStore, StorageError};
use time::OffsetDateTime;

use crate::{
    error::{corrupt, failed},
    tx::PlatformWork,
    values::{digest, instant, timestamp, value},
};

struct PolicyRow {
    language: String,
    number: i32,
    hash: Vec<u8>,
    text: String,
    effective_from: OffsetDateTime,
}

impl TryFrom<PolicyRow> for PolicyVersion {
    type Error = StorageError;

    fn try_from(row: PolicyRow) -> Result<Self, StorageError> {
        Ok(Self {
            language: value(&row.language)?,
            number: u32::try_from(row.number).map_err(|_| corrupt("number"))?,
            hash: digest(&row.hash)?,
            text: row.text,
            effective_from: timestamp(row.effective_from)?,
        })
    }
}

#[async_trait]
impl PolicyStore for PlatformWork {
    async fn hold(&mut self) -> Result<(), StorageError> {
        sqlx::query!("SELECT pg_advisory_xact_lock(hashtext('policy_versions')) AS held")
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn newest(&mut self, language: Language) -> Result<Option<PolicyVersion>, StorageError> {
        let row = sqlx::query_as!(
            PolicyRow,
            "SELECT language, number, hash, text, effective_from FROM policy_versions
            WHERE language = $1 ORDER BY number DESC LIMIT 1",
            language.code(),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(PolicyVersion::try_from).transpose()
    }

    async fn version(&mut self, language: Language, number: u32) -> Result<Option<PolicyVersion>, StorageError> {
        let row = sqlx::query_as!(
            PolicyRow,
            "SELECT language, number, hash, text, effective_from FROM policy_versions
            WHERE language = $1 AND number = $2",
            language.code(),
            i32::try_from(number).unwrap_or(i32::MAX),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(PolicyVersion::try_from).transpose()
    }

    async fn versions(&mut self, language: Language) -> Result<Vec<PolicyVersion>, StorageError> {
        let rows = sqlx::query_as!(
            PolicyRow,
            "SELECT language, number, hash, text, effective_from FROM policy_versions
            WHERE language = $1 ORDER BY number DESC",
            language.code(),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(PolicyVersion::try_from).collect()
    }

    async fn publish(&mut self, version: &PolicyVersion) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO policy_versions (language, number, hash, text, effective_from) VALUES ($1, $2, $3, $4, $5)",
            version.language.code(),
            i32::try_from(version.number).unwrap_or(i32::MAX),
            version.hash.as_slice(),
            version.text,
            instant(version.effective_from),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}
