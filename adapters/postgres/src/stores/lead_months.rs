use async_trait::async_trait;
use jiff::{Timestamp, civil::Date};
use qualify_domain::{
    audit::Target,
    id::{OrganizationId, UserId},
    retention::{LEAD_MONTHS, LeadMonths},
};
use qualify_ports::storage::{LeadMonthsStore, StorageError};

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{instant, optional, timestamp},
};

#[async_trait]
impl LeadMonthsStore for Work {
    async fn find(&mut self) -> Result<LeadMonths, StorageError> {
        let kept = sqlx::query!(
            "SELECT months, months_before, begins_at, justification, changed_by, changed_at FROM retention_policies
            WHERE organization_id = $1",
            self.organization,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        let Some(kept) = kept else { return Ok(LeadMonths::default()) };
        let months = |months: i16| u16::try_from(months).map_err(|_| corrupt("months"));
        Ok(LeadMonths {
            months: kept.months.map_or(Ok(LEAD_MONTHS), months)?,
            before: match (kept.months_before, kept.begins_at) {
                (Some(before), Some(at)) => Some((months(before)?, timestamp(at)?)),
                _ => None,
            },
            justification: optional(kept.justification.as_deref())?,
            said: match (kept.changed_by, kept.changed_at) {
                (Some(by), Some(at)) => Some((UserId(by), timestamp(at)?)),
                _ => None,
            },
        })
    }

    async fn keep(&mut self, kept: &LeadMonths) -> Result<(), StorageError> {
        let months = |months: u16| i16::try_from(months).unwrap_or(i16::MAX);
        sqlx::query!(
            "INSERT INTO retention_policies
                (organization_id, months, months_before, begins_at, justification, changed_by, changed_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (organization_id) DO UPDATE SET months = excluded.months, months_before = excluded.months_before,
                begins_at = excluded.begins_at, justification = excluded.justification,
                changed_by = excluded.changed_by, changed_at = excluded.changed_at, warned_until = NULL",
            self.organization,
            months(kept.months),
            kept.before.map(|(before, _)| months(before)),
            kept.before.map(|(_, begins_at)| instant(begins_at)),
            kept.justification.as_deref(),
            kept.said.map(|(by, _)| by.0),
            kept.said.map(|(_, at)| instant(at)),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Organization(OrganizationId(self.organization)), &["lead_months"]);
        Ok(())
    }

    async fn ending(&mut self, until: Timestamp) -> Result<Vec<(Date, u64)>, StorageError> {
        let months = sqlx::query!(
            r#"SELECT date_trunc('month', lead_ends_at($1, last_submission_at) AT TIME ZONE 'Europe/Paris')::date::text AS "month!",
                count(*) AS "leads!"
            FROM leads
            WHERE organization_id = $1
                AND last_submission_at <= contact_before(
                    $2, coalesce((SELECT months FROM retention_policies WHERE organization_id = $1), 36))
                AND lead_ends_at($1, last_submission_at) <= $2
            GROUP BY 1 ORDER BY 1"#,
            self.organization,
            instant(until),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let months = months.into_iter().map(|row| {
            let month = row.month.parse().map_err(|_| corrupt("month"))?;
            Ok((month, u64::try_from(row.leads).map_err(|_| corrupt("count"))?))
        });
        months.collect()
    }
}
