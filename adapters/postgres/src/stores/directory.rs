use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::id::{FormId, OrganizationId, PublicFormId};
use qualify_ports::storage::{Directory, FormAddress, StorageError};

use crate::{error::failed, tx::PlatformWork, values::instant};

#[async_trait]
impl Directory for PlatformWork {
    async fn resolve_form(&mut self, id: PublicFormId, now: Timestamp) -> Result<Option<FormAddress>, StorageError> {
        let row = sqlx::query!(
            r#"SELECT organization_id AS "organization!", form_id AS "form!" FROM resolve_form($1, $2)"#,
            id.0,
            instant(now),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(row.map(|row| FormAddress { organization: OrganizationId(row.organization), form: FormId(row.form) }))
    }
}
