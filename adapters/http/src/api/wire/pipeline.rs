//! Pipelines and reasons, in the words of the API.

use qualify_domain::{
    pipeline::{Pipeline, Pipelines, Stage},
    reason::Reason,
};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::StageKindCode;

/// A place in the pipeline where a lead can stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageBody {
    /// Its id.
    id: Uuid,
    /// What it is called.
    #[schema(example = "Qualified")]
    name: String,
    /// What it means.
    kind: StageKindCode,
    /// The pipeline it belongs to: a lead moves within one.
    pipeline: Uuid,
    /// What the pipeline is called.
    #[schema(example = "Sales")]
    pipeline_name: String,
    /// After so many days without activity a lead in it is stale; never if null.
    stale_after_days: Option<u16>,
}

impl StageBody {
    fn of(stage: &Stage, pipeline: &Pipeline) -> Self {
        Self {
            id: stage.id.0,
            name: stage.name.to_string(),
            kind: stage.kind.into(),
            pipeline: pipeline.id.0,
            pipeline_name: pipeline.name.to_string(),
            stale_after_days: stage.stale_after_days,
        }
    }
}

/// The stages.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageList {
    /// The stages, pipeline by pipeline, in their order.
    items: Vec<StageBody>,
}

impl From<&Pipelines> for StageList {
    fn from(pipelines: &Pipelines) -> Self {
        let stages = |pipeline: &Pipeline| {
            pipeline.stages.iter().map(|stage| StageBody::of(stage, pipeline)).collect::<Vec<_>>()
        };
        Self { items: pipelines.live.iter().flat_map(stages).collect() }
    }
}

/// A stage of a pipeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct PipelineStage {
    /// Its id.
    id: Uuid,
    /// What it is called.
    #[schema(example = "Qualified")]
    name: String,
    /// What it means.
    kind: StageKindCode,
    /// After so many days without activity a lead in it is stale; never if null.
    stale_after_days: Option<u16>,
}

/// A pipeline: the stages through which leads go.
#[derive(Debug, Serialize, ToSchema)]
pub struct PipelineBody {
    /// Its id.
    id: Uuid,
    /// Grows with each change; the `ETag` is made of it.
    #[schema(minimum = 1, example = 1)]
    version: i32,
    /// What it is called.
    #[schema(example = "Sales")]
    name: String,
    /// Its stages, in their order. A new lead stands in the first open one.
    stages: Vec<PipelineStage>,
}

impl From<&Pipeline> for PipelineBody {
    fn from(pipeline: &Pipeline) -> Self {
        let stage = |stage: &Stage| PipelineStage {
            id: stage.id.0,
            name: stage.name.to_string(),
            kind: stage.kind.into(),
            stale_after_days: stage.stale_after_days,
        };
        Self {
            id: pipeline.id.0,
            version: pipeline.version,
            name: pipeline.name.to_string(),
            stages: pipeline.stages.iter().map(stage).collect(),
        }
    }
}

/// The pipelines.
#[derive(Debug, Serialize, ToSchema)]
pub struct PipelineList {
    /// The pipelines in use, in their order; new leads enter the first.
    items: Vec<PipelineBody>,
}

impl From<&Pipelines> for PipelineList {
    fn from(pipelines: &Pipelines) -> Self {
        Self { items: pipelines.live.iter().map(Into::into).collect() }
    }
}

/// Why a lead can be given up.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonBody {
    /// Its id.
    id: Uuid,
    /// What members call it.
    #[schema(example = "Budget")]
    name: String,
}

/// The reasons.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonList {
    /// The reasons, in the order in which they were made.
    items: Vec<ReasonBody>,
}

impl From<&[Reason]> for ReasonList {
    fn from(reasons: &[Reason]) -> Self {
        let body = |reason: &Reason| ReasonBody { id: reason.id.0, name: reason.name.to_string() };
        Self { items: reasons.iter().map(body).collect() }
    }
}
