use async_trait::async_trait;
use qualify_domain::{
    audit::Target,
    id::{PipelineId, StageId},
    pipeline::{Pipeline, Stage},
};
use qualify_ports::storage::{PipelineStore, StorageError};

use crate::{error::failed, tx::Work, values::value};

#[async_trait]
impl PipelineStore for Work {
    async fn first(&mut self) -> Result<Option<Pipeline>, StorageError> {
        let rows = sqlx::query!(
            "SELECT p.id, p.name, s.id AS stage, s.name AS stage_name, s.kind
            FROM pipelines AS p JOIN stages AS s ON s.organization_id = p.organization_id AND s.pipeline_id = p.id
            WHERE p.organization_id = $1
                AND p.position = (SELECT min(position) FROM pipelines WHERE organization_id = $1)
            ORDER BY s.position",
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let Some(first) = rows.first() else { return Ok(None) };
        let (id, name) = (PipelineId(first.id), value(&first.name)?);
        let stage = |id, name: &str, kind: &str| {
            Ok::<_, StorageError>(Stage { id: StageId(id), name: value(name)?, kind: value(kind)? })
        };
        let stages = rows.iter().map(|row| stage(row.stage, &row.stage_name, &row.kind)).collect::<Result<_, _>>()?;
        Ok(Some(Pipeline { id, name, stages }))
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
        let ids: Vec<_> = pipeline.stages.iter().map(|stage| stage.id.0).collect();
        let names: Vec<String> = pipeline.stages.iter().map(|stage| stage.name.to_string()).collect();
        let kinds: Vec<String> = pipeline.stages.iter().map(|stage| stage.kind.code().to_owned()).collect();
        sqlx::query!(
            "INSERT INTO stages (organization_id, pipeline_id, id, name, kind, position)
            SELECT $1, $2, stage.id, stage.name, stage.kind, stage.place
            FROM unnest($3::uuid[], $4::text[], $5::text[]) WITH ORDINALITY AS stage (id, name, kind, place)",
            self.organization,
            pipeline.id.0,
            &ids,
            &names,
            &kinds,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Pipeline(pipeline.id), &["new"]);
        Ok(())
    }
}
