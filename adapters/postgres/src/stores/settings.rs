use async_trait::async_trait;
use jiff::civil::Date;
use qualify_domain::{
    audit::Target, holiday::Holiday, id::OrganizationId, organization_settings::OrganizationSettings,
    working_hours::WorkingHours, zone::Zone,
};
use qualify_ports::storage::{SettingsStore, StorageError};

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{value, values},
};

#[async_trait]
impl SettingsStore for Work {
    async fn settings(&mut self) -> Result<(OrganizationSettings, i32), StorageError> {
        let row = sqlx::query!(
            "SELECT name, language, time_zone, working_hours, version FROM organizations WHERE organization_id = $1",
            self.organization,
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        let settings = OrganizationSettings {
            name: value(&row.name)?,
            language: value(&row.language)?,
            time_zone: row.time_zone.and_then(|name| name.parse().ok()),
            hours: WorkingHours::restore(&row.working_hours).map_err(|_| corrupt("working hours"))?,
        };
        Ok((settings, row.version))
    }

    async fn change_settings(&mut self, settings: &OrganizationSettings, version: i32) -> Result<(), StorageError> {
        let changed = sqlx::query_scalar!(
            r#"UPDATE organizations AS o
            SET version = o.version + 1, name = $3, language = $4, time_zone = $5, working_hours = $6
            FROM organizations AS old
            WHERE o.organization_id = $1 AND o.version = $2 AND old.organization_id = $1 AND old.version = $2
            RETURNING array_remove(ARRAY[
                CASE WHEN old.name <> o.name THEN 'name' END,
                CASE WHEN old.language <> o.language THEN 'language:' || old.language || '>' || o.language END,
                CASE WHEN old.time_zone IS DISTINCT FROM o.time_zone THEN 'time_zone' END,
                CASE WHEN old.working_hours <> o.working_hours THEN 'working_hours' END
            ], NULL) AS "changed!""#,
            self.organization,
            version,
            &*settings.name,
            settings.language.code(),
            settings.time_zone.map(Zone::name),
            &settings.hours.kept(),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?
        .ok_or(StorageError::Stale)?;
        self.changed(Target::Organization(OrganizationId(self.organization)), values(&changed)?);
        Ok(())
    }

    async fn holidays(&mut self) -> Result<Vec<Holiday>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT day::text AS "day!", name FROM holidays WHERE organization_id = $1 ORDER BY holidays.day"#,
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                let day = row.day.parse().map_err(|_| corrupt("day"))?;
                Ok(Holiday { day, name: value(&row.name)? })
            })
            .collect()
    }

    async fn add_holiday(&mut self, holiday: &Holiday) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO holidays (organization_id, day, name) VALUES ($1, ($2::text)::date, $3)",
            self.organization,
            holiday.day.to_string(),
            &*holiday.name,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Organization(OrganizationId(self.organization)), &["holidays"]);
        Ok(())
    }

    async fn remove_holiday(&mut self, day: Date) -> Result<bool, StorageError> {
        let removed = sqlx::query!(
            "DELETE FROM holidays WHERE organization_id = $1 AND day = ($2::text)::date",
            self.organization,
            day.to_string(),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Organization(OrganizationId(self.organization)), &["holidays"]);
        Ok(removed.rows_affected() == 1)
    }
}
