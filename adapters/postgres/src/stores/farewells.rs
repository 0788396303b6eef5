use async_trait::async_trait;
use qualify_domain::{farewell::Farewell, id::FarewellId};
use qualify_ports::storage::{FarewellStore, StorageError};

use crate::{
    error::failed,
    tx::Work,
    values::{instant, timestamp, value},
};

#[async_trait]
impl FarewellStore for Work {
    async fn insert(&mut self, farewell: &Farewell) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO farewells (organization_id, id, email, language, created_at) VALUES ($1, $2, $3, $4, $5)",
            self.organization,
            farewell.id.0,
            &*farewell.email,
            farewell.language.code(),
            instant(farewell.at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn find(&mut self, id: FarewellId) -> Result<Option<Farewell>, StorageError> {
        let row = sqlx::query!(
            "SELECT email, language, created_at FROM farewells WHERE organization_id = $1 AND id = $2",
            self.organization,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(|row| {
            Ok(Farewell {
                id,
                email: value(&row.email)?,
                language: value(&row.language)?,
                at: timestamp(row.created_at)?,
            })
        })
        .transpose()
    }

    async fn rewrite_notices(&mut self, id: FarewellId, limit: u16) -> Result<bool, StorageError> {
        sqlx::query_scalar!(r#"SELECT rewrite_notices($1, $2) AS "is_done!""#, id.0, i32::from(limit))
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)
    }

    async fn remove(&mut self, id: FarewellId) -> Result<(), StorageError> {
        sqlx::query!("DELETE FROM farewells WHERE organization_id = $1 AND id = $2", self.organization, id.0)
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(())
    }
}
