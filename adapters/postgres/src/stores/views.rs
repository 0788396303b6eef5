use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::Target,
    id::{UserId, ViewId},
    view::{View, ViewSettings},
};
use qualify_ports::storage::{StorageError, ViewStore};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::failed,
    tx::Work,
    values::{instant, timestamp, value},
};

struct StoredView {
    id: Uuid,
    version: i32,
    name: String,
    private_of: Option<Uuid>,
    settings: Json<ViewSettings>,
    created_at: OffsetDateTime,
}

impl TryFrom<StoredView> for View {
    type Error = StorageError;

    fn try_from(row: StoredView) -> Result<Self, StorageError> {
        Ok(Self {
            id: ViewId(row.id),
            version: row.version,
            name: value(&row.name)?,
            private_of: row.private_of.map(UserId),
            settings: row.settings.0,
            created_at: timestamp(row.created_at)?,
        })
    }
}

#[async_trait]
impl ViewStore for Work {
    async fn list(&mut self) -> Result<Vec<View>, StorageError> {
        let rows = sqlx::query_as!(
            StoredView,
            r#"SELECT id, version, name, private_of, settings AS "settings: _", created_at
            FROM views WHERE organization_id = $1 AND removed_at IS NULL ORDER BY private_of IS NOT NULL, name_norm, id"#,
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(View::try_from).collect()
    }

    async fn find(&mut self, id: ViewId) -> Result<Option<View>, StorageError> {
        let row = sqlx::query_as!(
            StoredView,
            r#"SELECT id, version, name, private_of, settings AS "settings: _", created_at
            FROM views WHERE organization_id = $1 AND id = $2 AND removed_at IS NULL"#,
            self.organization,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(View::try_from).transpose()
    }

    async fn insert(&mut self, view: &View, maker: Option<UserId>) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO views (organization_id, id, version, name, private_of, made_by, settings, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            self.organization,
            view.id.0,
            view.version,
            &*view.name,
            view.private_of.map(|user| user.0),
            maker.map(|user| user.0),
            Json(&view.settings) as _,
            instant(view.created_at),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::View(view.id), &["new"]);
        Ok(())
    }

    async fn update(&mut self, view: &View) -> Result<(), StorageError> {
        let changed = sqlx::query!(
            "UPDATE views SET version = version + 1, name = $4, private_of = $5, settings = $6
            WHERE organization_id = $1 AND id = $2 AND version = $3 AND removed_at IS NULL",
            self.organization,
            view.id.0,
            view.version,
            &*view.name,
            view.private_of.map(|user| user.0),
            Json(&view.settings) as _,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if changed.rows_affected() == 0 {
            return Err(StorageError::Stale);
        }
        self.touched(Target::View(view.id), &["name", "shared", "settings"]);
        Ok(())
    }

    async fn remove(&mut self, id: ViewId, now: Timestamp, forgotten: Timestamp) -> Result<bool, StorageError> {
        sqlx::query!(
            "DELETE FROM views WHERE organization_id = $1 AND removed_at < $2",
            self.organization,
            instant(forgotten),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        let removed = sqlx::query!(
            "UPDATE views SET removed_at = $3 WHERE organization_id = $1 AND id = $2 AND removed_at IS NULL",
            self.organization,
            id.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        let removed = removed.rows_affected() == 1;
        if removed {
            self.touched(Target::View(id), &["removed"]);
        }
        Ok(removed)
    }

    async fn find_removed(&mut self, id: ViewId) -> Result<Option<View>, StorageError> {
        let row = sqlx::query_as!(
            StoredView,
            r#"SELECT id, version, name, private_of, settings AS "settings: _", created_at
            FROM views WHERE organization_id = $1 AND id = $2 AND removed_at IS NOT NULL"#,
            self.organization,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(View::try_from).transpose()
    }

    async fn restore(&mut self, id: ViewId) -> Result<bool, StorageError> {
        let restored = sqlx::query!(
            "UPDATE views SET removed_at = NULL WHERE organization_id = $1 AND id = $2 AND removed_at IS NOT NULL",
            self.organization,
            id.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        let restored = restored.rows_affected() == 1;
        if restored {
            self.touched(Target::View(id), &["new"]);
        }
        Ok(restored)
    }

    async fn default_of(&mut self, user: UserId) -> Result<Option<ViewId>, StorageError> {
        let view = sqlx::query_scalar!(
            "SELECT v.id FROM view_defaults AS d JOIN views AS v ON v.organization_id = d.organization_id AND v.id = d.view_id
            WHERE d.organization_id = $1 AND d.user_id = $2 AND v.removed_at IS NULL",
            self.organization,
            user.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(view.map(ViewId))
    }

    async fn choose_default(&mut self, user: UserId, view: Option<ViewId>) -> Result<(), StorageError> {
        let Some(ViewId(view)) = view else {
            sqlx::query!(
                "DELETE FROM view_defaults WHERE organization_id = $1 AND user_id = $2",
                self.organization,
                user.0,
            )
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
            return Ok(());
        };
        sqlx::query!(
            "INSERT INTO view_defaults (organization_id, user_id, view_id) VALUES ($1, $2, $3)
            ON CONFLICT (organization_id, user_id) DO UPDATE SET view_id = excluded.view_id",
            self.organization,
            user.0,
            view,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}
