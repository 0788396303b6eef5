use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::Target,
    id::PropertyId,
    property::{Property, PropertyKind},
};
use qualify_ports::storage::{PropertyStore, StorageError};

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{instant, value, values},
};

fn choices(property: &Property) -> Vec<String> {
    property.kind.choices().iter().map(ToString::to_string).collect()
}

#[async_trait]
impl PropertyStore for Work {
    async fn list(&mut self) -> Result<Vec<Property>, StorageError> {
        let rows = sqlx::query!(
            "SELECT id, version, key, name, purpose, kind, choices, archived_at FROM properties
            WHERE organization_id = $1 ORDER BY position, id",
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                Ok(Property {
                    id: PropertyId(row.id),
                    version: row.version,
                    key: value(&row.key)?,
                    name: value(&row.name)?,
                    purpose: value(&row.purpose)?,
                    kind: PropertyKind::of(&row.kind, values(&row.choices)?).map_err(|_| corrupt("property"))?,
                    is_archived: row.archived_at.is_some(),
                })
            })
            .collect()
    }

    async fn hold(&mut self, ids: &BTreeSet<PropertyId>) -> Result<(), StorageError> {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        // Not FOR KEY SHARE, which lets through whoever takes one out of use.
        sqlx::query!(
            "SELECT FROM properties WHERE organization_id = $1 AND id = ANY ($2) ORDER BY id FOR SHARE",
            self.organization,
            &ids,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn insert(&mut self, property: &Property) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO properties (organization_id, id, version, key, name, purpose, kind, choices, position)
            SELECT $1, $2, $3, $4, $5, $6, $7, $8, coalesce(max(position) + 1, 0)
            FROM properties WHERE organization_id = $1",
            self.organization,
            property.id.0,
            property.version,
            property.key.as_str(),
            &*property.name,
            &*property.purpose,
            property.kind.code(),
            &choices(property),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Property(property.id), &["new"]);
        Ok(())
    }

    async fn update(&mut self, property: &Property, now: Timestamp) -> Result<(), StorageError> {
        let updated = sqlx::query!(
            "UPDATE properties SET version = version + 1, name = $4, purpose = $5, choices = $6,
                archived_at = CASE WHEN $7 THEN coalesce(archived_at, $8) END
            WHERE organization_id = $1 AND id = $2 AND version = $3",
            self.organization,
            property.id.0,
            property.version,
            &*property.name,
            &*property.purpose,
            &choices(property),
            property.is_archived,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if updated.rows_affected() == 0 {
            return Err(StorageError::Stale);
        }
        self.touched(Target::Property(property.id), &["settings"]);
        Ok(())
    }

    async fn arrange(&mut self, order: &[PropertyId]) -> Result<(), StorageError> {
        let ids: Vec<_> = order.iter().map(|id| id.0).collect();
        // In the order in which rules hold them, so that nobody waits in a circle.
        sqlx::query!(
            "SELECT FROM properties WHERE organization_id = $1 AND id = ANY ($2) ORDER BY id FOR NO KEY UPDATE",
            self.organization,
            &ids,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        sqlx::query!(
            "UPDATE properties AS p SET position = wanted.place
            FROM unnest($2::uuid[]) WITH ORDINALITY AS wanted (id, place)
            WHERE p.organization_id = $1 AND p.id = wanted.id AND p.position <> wanted.place",
            self.organization,
            &ids,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        for id in order {
            self.touched(Target::Property(*id), &["order"]);
        }
        Ok(())
    }
}
