use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{PipelineId, StageId},
    pipeline::{Pipeline, Pipelines},
    reason::Reason,
};

use super::StorageError;

/// Pipelines, and why leads are given up.
#[async_trait]
pub trait PipelineStore: Send {
    /// The pipeline of new leads: the organization's first.
    async fn first(&mut self) -> Result<Option<Pipeline>, StorageError>;

    /// All pipelines, with what was taken out of use.
    async fn all(&mut self) -> Result<Pipelines, StorageError>;

    /// Keeps a new pipeline with its stages, after the others.
    async fn insert(&mut self, pipeline: &Pipeline) -> Result<(), StorageError>;

    /// Keeps a changed pipeline with the next version; [`StorageError::Stale`] if `pipeline.version` is not the stored
    /// one. Stages in `pipeline.retired` are out of use from `now` on, if they were not.
    async fn update(&mut self, pipeline: &Pipeline, now: Timestamp) -> Result<(), StorageError>;

    /// Puts the pipelines in use in that order.
    async fn arrange(&mut self, order: &[PipelineId]) -> Result<(), StorageError>;

    /// Takes a pipeline out of use.
    async fn retire(&mut self, id: PipelineId, now: Timestamp) -> Result<(), StorageError>;

    /// How many leads stand in each of these stages, in their order; counted up to `most`.
    async fn count_leads(&mut self, stages: &[StageId], most: u32) -> Result<Vec<u32>, StorageError>;

    /// Why leads are given up, in order, with what was taken off the list.
    async fn reasons(&mut self) -> Result<Vec<Reason>, StorageError>;

    /// Keeps the list of reasons in its order; [`StorageError::Conflict`] if two have the same name.
    async fn keep_reasons(&mut self, reasons: &[Reason], now: Timestamp) -> Result<(), StorageError>;
}
