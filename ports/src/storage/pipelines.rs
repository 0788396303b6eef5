use async_trait::async_trait;
use qualify_domain::pipeline::Pipeline;

use super::StorageError;

/// Pipelines.
#[async_trait]
pub trait PipelineStore: Send {
    /// The pipeline of new leads: the organization's first.
    async fn first(&mut self) -> Result<Option<Pipeline>, StorageError>;

    /// Keeps a new pipeline with its stages.
    async fn insert(&mut self, pipeline: &Pipeline) -> Result<(), StorageError>;
}
