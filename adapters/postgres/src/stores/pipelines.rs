use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::Target,
    id::{OrganizationId, PipelineId, ReasonId, StageId},
    pipeline::{Pipeline, Pipelines, Stage},
    reason::Reason,
};
use qualify_ports::storage::{PipelineStore, StorageError};

use crate::{
    error::failed,
    tx::Work,
    values::{instant, value},
};

#[async_trait]
impl PipelineStore for Work {
    async fn first(&mut self) -> Result<Option<Pipeline>, StorageError> {
        Ok(self.all().await?.live.into_iter().next())
    }

    async fn all(&mut self) -> Result<Pipelines, StorageError> {
        let rows = sqlx::query!(
            "SELECT p.id, p.version, p.name, p.retired_at, s.id AS stage, s.name AS stage_name, s.kind,
                s.stale_after_days, s.retired_at AS stage_retired_at
            FROM pipelines AS p JOIN stages AS s ON s.organization_id = p.organization_id AND s.pipeline_id = p.id
            WHERE p.organization_id = $1
            ORDER BY p.position, p.id, s.position, s.id",
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let mut all = Pipelines::default();
        for row in rows {
            let stage = Stage {
                id: StageId(row.stage),
                name: value(&row.stage_name)?,
                kind: value(&row.kind)?,
                stale_after_days: row.stale_after_days.and_then(|days| days.try_into().ok()),
            };
            let list = if row.retired_at.is_some() { &mut all.retired } else { &mut all.live };
            if list.last().is_none_or(|last| last.id.0 != row.id) {
                let (id, version, name) = (PipelineId(row.id), row.version, value(&row.name)?);
                list.push(Pipeline { version, ..Pipeline::new(id, name, Vec::new()) });
            }
            let Some(pipeline) = list.last_mut() else { continue };
            let stages = if row.stage_retired_at.is_some() { &mut pipeline.retired } else { &mut pipeline.stages };
            stages.push(stage);
        }
        Ok(all)
    }

    async fn insert(&mut self, pipeline: &Pipeline) -> Result<(), StorageError> {
        sqlx::query!(
            "INSERT INTO pipelines (organization_id, id, name, position)
            SELECT $1, $2, $3, coalesce(max(position) + 1, 0) FROM pipelines WHERE organization_id = $1",
            self.organization,
            pipeline.id.0,
            &*pipeline.name,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Pipeline(pipeline.id), &["new"]);
        self.keep_stages(pipeline).await
    }

    async fn update(&mut self, pipeline: &Pipeline, now: Timestamp) -> Result<(), StorageError> {
        let updated = sqlx::query!(
            "UPDATE pipelines SET version = version + 1, name = $4
            WHERE organization_id = $1 AND id = $2 AND version = $3 AND retired_at IS NULL",
            self.organization,
            pipeline.id.0,
            pipeline.version,
            &*pipeline.name,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if updated.rows_affected() == 0 {
            return Err(StorageError::Stale);
        }
        self.keep_stages(pipeline).await?;
        let retired: Vec<_> = pipeline.retired.iter().map(|stage| stage.id.0).collect();
        sqlx::query!(
            "UPDATE stages SET retired_at = $4
            WHERE organization_id = $1 AND pipeline_id = $2 AND id = ANY ($3) AND retired_at IS NULL",
            self.organization,
            pipeline.id.0,
            &retired,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Pipeline(pipeline.id), &["settings"]);
        Ok(())
    }

    async fn arrange(&mut self, order: &[PipelineId]) -> Result<(), StorageError> {
        let ids: Vec<_> = order.iter().map(|id| id.0).collect();
        sqlx::query!(
            "UPDATE pipelines AS p SET position = wanted.place
            FROM unnest($2::uuid[]) WITH ORDINALITY AS wanted (id, place)
            WHERE p.organization_id = $1 AND p.id = wanted.id",
            self.organization,
            &ids,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        for id in order {
            self.touched(Target::Pipeline(*id), &["order"]);
        }
        Ok(())
    }

    async fn retire(&mut self, id: PipelineId, now: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE pipelines SET retired_at = $3, version = version + 1
            WHERE organization_id = $1 AND id = $2 AND retired_at IS NULL",
            self.organization,
            id.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Pipeline(id), &["removed"]);
        Ok(())
    }

    async fn count_leads(&mut self, stages: &[StageId], most: u32) -> Result<Vec<u32>, StorageError> {
        let ids: Vec<_> = stages.iter().map(|stage| stage.0).collect();
        let counts = sqlx::query_scalar!(
            r#"SELECT (SELECT count(*) FROM (
                SELECT FROM leads
                WHERE organization_id = $1 AND stage_id = wanted.id
                    AND ($4::uuid[] IS NULL OR owner_id = ANY ($4) OR owner_id IS NULL)
                LIMIT $3
            ) AS standing) AS "count!"
            FROM unnest($2::uuid[]) WITH ORDINALITY AS wanted (id, place) ORDER BY wanted.place"#,
            self.organization,
            &ids,
            i64::from(most),
            self.owners.as_deref() as _,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(counts.into_iter().map(|count| u32::try_from(count).unwrap_or(most)).collect())
    }

    async fn reasons(&mut self) -> Result<Vec<Reason>, StorageError> {
        let rows = sqlx::query!(
            "SELECT id, name, archived_at FROM reasons WHERE organization_id = $1 ORDER BY position, id",
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                let is_archived = row.archived_at.is_some();
                Ok(Reason { id: ReasonId(row.id), name: value(&row.name)?, is_archived })
            })
            .collect()
    }

    async fn keep_reasons(&mut self, reasons: &[Reason], now: Timestamp) -> Result<(), StorageError> {
        let ids: Vec<_> = reasons.iter().map(|reason| reason.id.0).collect();
        let names: Vec<String> = reasons.iter().map(|reason| reason.name.to_string()).collect();
        let archived: Vec<bool> = reasons.iter().map(|reason| reason.is_archived).collect();
        sqlx::query!(
            "INSERT INTO reasons AS r (organization_id, id, name, position, archived_at)
            SELECT $1, kept.id, kept.name, kept.place, CASE WHEN kept.archived THEN $5::timestamptz END
            FROM unnest($2::uuid[], $3::text[], $4::bool[]) WITH ORDINALITY AS kept (id, name, archived, place)
            ON CONFLICT (organization_id, id) DO UPDATE SET name = excluded.name, position = excluded.position,
                archived_at = CASE WHEN excluded.archived_at IS NOT NULL THEN coalesce(r.archived_at, $5) END",
            self.organization,
            &ids,
            &names,
            &archived,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Organization(OrganizationId(self.organization)), &["reasons"]);
        Ok(())
    }
}

impl Work {
    /// Keeps the stages in use, in their order.
    async fn keep_stages(&mut self, pipeline: &Pipeline) -> Result<(), StorageError> {
        let ids: Vec<_> = pipeline.stages.iter().map(|stage| stage.id.0).collect();
        let names: Vec<String> = pipeline.stages.iter().map(|stage| stage.name.to_string()).collect();
        let kinds: Vec<String> = pipeline.stages.iter().map(|stage| stage.kind.code().to_owned()).collect();
        let days: Vec<Option<i32>> =
            pipeline.stages.iter().map(|stage| stage.stale_after_days.map(i32::from)).collect();
        sqlx::query!(
            "INSERT INTO stages AS s (organization_id, pipeline_id, id, name, kind, stale_after_days, position)
            SELECT $1, $2, stage.id, stage.name, stage.kind, stage.days, stage.place
            FROM unnest($3::uuid[], $4::text[], $5::text[], $6::integer[])
                WITH ORDINALITY AS stage (id, name, kind, days, place)
            ON CONFLICT (organization_id, id) DO UPDATE SET name = excluded.name, kind = excluded.kind,
                stale_after_days = excluded.stale_after_days, position = excluded.position
            WHERE s.pipeline_id = excluded.pipeline_id",
            self.organization,
            pipeline.id.0,
            &ids,
            &names,
            &kinds,
            &days as _,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }
}
