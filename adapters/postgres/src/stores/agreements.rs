use async_trait::async_trait;
use qualify_domain::{
    agreement::Acceptance,
    audit::Target,
    id::{OrganizationId, UserId},
};
use qualify_ports::storage::{AgreementStore, StorageError};

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{instant, timestamp, value},
};

#[async_trait]
impl AgreementStore for Work {
    async fn list(&mut self) -> Result<Vec<Acceptance>, StorageError> {
        let rows = sqlx::query!(
            "SELECT version, language, hash, accepted_by, accepted_at FROM agreements
            WHERE organization_id = $1 ORDER BY version DESC",
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let all = rows.into_iter().map(|row| {
            Ok(Acceptance {
                version: u16::try_from(row.version).map_err(|_| corrupt("version"))?,
                language: value(&row.language)?,
                hash: row.hash,
                by: UserId(row.accepted_by),
                at: timestamp(row.accepted_at)?,
            })
        });
        all.collect()
    }

    async fn insert(&mut self, acceptance: &Acceptance) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO agreements (organization_id, version, language, hash, accepted_by, accepted_at)
            VALUES ($1, $2, $3, $4, $5, $6)",
            self.organization,
            i16::try_from(acceptance.version).map_err(|_| corrupt("version"))?,
            acceptance.language.code(),
            acceptance.hash,
            acceptance.by.0,
            instant(acceptance.at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Organization(OrganizationId(self.organization)), &["agreement"]);
        Ok(())
    }
}
