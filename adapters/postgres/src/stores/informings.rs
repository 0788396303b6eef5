use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};
use qualify_domain::{
    id::LeadId,
    informing::{Batch, Reminder},
};
use qualify_ports::storage::{InformingPlace, InformingStore, InformingWatch, Looked, StorageError};

use crate::{
    error::{corrupt, failed},
    stores::leads::source,
    tx::Work,
    values::{date, day, instant, timestamp},
};

#[async_trait]
impl InformingStore for Work {
    async fn look(&mut self, after: Option<&InformingPlace>, most: u32) -> Result<Looked, StorageError> {
        let (at, lead) = (after.map(|place| instant(place.at)), after.map(|place| place.lead.0));
        let last = sqlx::query!(
            "SELECT created_at, id FROM leads
            WHERE organization_id = $1 AND source IN ('api', 'import') AND informed_on IS NULL
                AND ($2::uuid[] IS NULL OR owner_id = ANY ($2) OR owner_id IS NULL)
                AND (created_at, id) > (coalesce($3::timestamptz, '-infinity'),
                    coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))
            ORDER BY created_at, id OFFSET $5 LIMIT 1",
            self.organization,
            self.owners.as_deref() as _,
            at,
            lead,
            i64::from(most.saturating_sub(1)),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        let rest = last.map(|last| {
            Ok::<_, StorageError>(InformingPlace { at: timestamp(last.created_at)?, lead: LeadId(last.id) })
        });
        let rest = rest.transpose()?;
        let rows = sqlx::query!(
            r#"WITH looked AS (
                SELECT id, source_key_id, source_import_id, created_at, coalesce(name, email, phone, '') AS called
                FROM leads
                WHERE organization_id = $1 AND source IN ('api', 'import') AND informed_on IS NULL
                    AND ($2::uuid[] IS NULL OR owner_id = ANY ($2) OR owner_id IS NULL)
                    AND (created_at, id) > (coalesce($3::timestamptz, '-infinity'),
                        coalesce($4::uuid, '00000000-0000-0000-0000-000000000000'))
                ORDER BY created_at, id LIMIT $5
            )
            SELECT source_key_id, source_import_id, (created_at AT TIME ZONE 'Europe/Paris')::date AS "day!",
                count(*) AS "leads!", (array_agg(id ORDER BY created_at, id))[1:20] AS "ids!",
                (array_agg(called ORDER BY created_at, id))[1:20] AS "names!"
            FROM looked AS l
            WHERE NOT EXISTS (SELECT FROM submissions AS s WHERE s.organization_id = $1 AND s.lead_id = l.id)
                AND NOT EXISTS (SELECT FROM activities AS a WHERE a.organization_id = $1 AND a.lead_id = l.id
                    AND a.kind IN ('called', 'mailed'))
            GROUP BY 1, 2, 3 ORDER BY 3, 1, 2"#,
            self.organization,
            self.owners.as_deref() as _,
            at,
            lead,
            i64::from(most),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let batch = |row: (_, _, time::Date, i64, Vec<uuid::Uuid>, Vec<String>)| {
            let (key, import, at, leads, ids, names) = row;
            Ok(Batch {
                source: source(key, import, None),
                day: day(at)?,
                leads: u64::try_from(leads).map_err(|_| corrupt("count"))?,
                first: ids.into_iter().map(LeadId).zip(names).collect(),
            })
        };
        let batches = rows
            .into_iter()
            .map(|row| batch((row.source_key_id, row.source_import_id, row.day, row.leads, row.ids, row.names)));
        Ok(Looked { batches: batches.collect::<Result<_, StorageError>>()?, rest })
    }

    async fn first_day(&mut self, from: Option<Date>) -> Result<Option<Date>, StorageError> {
        let first = sqlx::query_scalar!(
            r#"SELECT (created_at AT TIME ZONE 'Europe/Paris')::date AS "day!" FROM leads AS l
            WHERE organization_id = $1 AND source IN ('api', 'import') AND informed_on IS NULL
                AND ($2::uuid[] IS NULL OR owner_id = ANY ($2) OR owner_id IS NULL)
                AND created_at >= coalesce($3::date::timestamp AT TIME ZONE 'Europe/Paris', '-infinity')
                AND NOT EXISTS (SELECT FROM submissions AS s WHERE s.organization_id = $1 AND s.lead_id = l.id)
                AND NOT EXISTS (SELECT FROM activities AS a WHERE a.organization_id = $1 AND a.lead_id = l.id
                    AND a.kind IN ('called', 'mailed'))
            ORDER BY created_at LIMIT 1"#,
            self.organization,
            self.owners.as_deref() as _,
            from.map(date),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        first.map(day).transpose()
    }

    async fn keep_told(&mut self, batch: &Batch, told_on: Date, most: u32) -> Result<u64, StorageError> {
        let told = sqlx::query!(
            "UPDATE leads SET informed_on = $6 WHERE organization_id = $1 AND id IN (
                SELECT id FROM leads
                WHERE organization_id = $1 AND source IN ('api', 'import') AND informed_on IS NULL
                    AND ($2::uuid[] IS NULL OR owner_id = ANY ($2) OR owner_id IS NULL)
                    AND source_key_id IS NOT DISTINCT FROM $3 AND source_import_id IS NOT DISTINCT FROM $4
                    AND created_at >= $5::date::timestamp AT TIME ZONE 'Europe/Paris'
                    AND created_at < ($5::date + 1)::timestamp AT TIME ZONE 'Europe/Paris'
                ORDER BY created_at, id LIMIT $7 FOR UPDATE
            )",
            self.organization,
            self.owners.as_deref() as _,
            batch.source.key().map(|key| key.0),
            batch.source.import().map(|import| import.0),
            date(batch.day),
            date(told_on),
            i64::from(most),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(told.rows_affected())
    }

    async fn watch(&mut self) -> Result<Option<InformingWatch>, StorageError> {
        let kept = sqlx::query!(
            "SELECT day, is_late, next_at FROM informing_reminders WHERE organization_id = $1",
            self.organization,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        let Some(kept) = kept else { return Ok(None) };
        let told = match (kept.day, kept.is_late) {
            (Some(at), Some(is_late)) => Some(Reminder { day: day(at)?, is_late }),
            _ => None,
        };
        Ok(Some(InformingWatch { told, next_at: timestamp(kept.next_at)? }))
    }

    async fn keep_watch(&mut self, watch: &InformingWatch, seen: Option<Timestamp>) -> Result<(), StorageError> {
        let kept = sqlx::query!(
            "INSERT INTO informing_reminders AS r (organization_id, day, is_late, next_at) VALUES ($1, $2, $3, $4)
            ON CONFLICT (organization_id) DO UPDATE SET day = excluded.day, is_late = excluded.is_late,
                next_at = excluded.next_at
            WHERE r.next_at = $5",
            self.organization,
            watch.told.map(|told| date(told.day)),
            watch.told.map(|told| told.is_late),
            instant(watch.next_at),
            seen.map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if kept.rows_affected() == 0 { Err(StorageError::Stale) } else { Ok(()) }
    }
}
