use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{FormId, OrganizationId, PublicFormId, UserId},
    slug::Slug,
    team::Colleagues,
};
use qualify_ports::storage::{Directory, FormAddress, PresentedKey, StorageError};
use sqlx::types::Json;

use crate::{
    error::failed,
    stores::{api_keys::StoredKey, billing::StoredGrounds},
    tx::PlatformWork,
    values::{instant, values},
};

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

    async fn resolve_consent_link(&mut self, digest: &[u8; 32]) -> Result<Option<OrganizationId>, StorageError> {
        let organization = sqlx::query_scalar!("SELECT resolve_consent_link($1)", &digest[..])
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(organization.map(OrganizationId))
    }

    async fn resolve_organization(&mut self, slug: &Slug) -> Result<Option<OrganizationId>, StorageError> {
        let found =
            sqlx::query_scalar!("SELECT resolve_slug($1)", &**slug).fetch_one(&mut *self.sql).await.map_err(failed)?;
        Ok(found.map(OrganizationId))
    }

    async fn resolve_key(&mut self, digest: &[u8; 32]) -> Result<Option<PresentedKey>, StorageError> {
        let row = sqlx::query!(
            r#"SELECT organization_id AS "organization!", id AS "id!", name AS "name!", role AS "role!",
                scopes AS "scopes!", made_by AS "made_by!", created_at AS "created_at!", expires_at AS "expires_at!",
                last_used_at, revoked_at, maker_roles AS "maker_roles!", colleagues,
                closing_of_key(id) IS NOT NULL AS "is_closed!", grounds_of_key(id) AS "grounds?: Json<StoredGrounds>"
            FROM find_api_key($1)"#,
            &digest[..],
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let key = StoredKey {
            id: row.id,
            name: row.name,
            role: row.role,
            scopes: row.scopes,
            made_by: row.made_by,
            created_at: row.created_at,
            expires_at: row.expires_at,
            last_used_at: row.last_used_at,
            revoked_at: row.revoked_at,
        };
        Ok(Some(PresentedKey {
            organization: OrganizationId(row.organization),
            key: key.try_into()?,
            maker: values(&row.maker_roles)?,
            colleagues: row
                .colleagues
                .map_or(Colleagues::Everybody, |ids| Colleagues::Only(ids.into_iter().map(UserId).collect())),
            is_closed: row.is_closed,
            grounds: row.grounds.map(|stored| stored.0.grounds()).transpose()?.flatten(),
        }))
    }
}
