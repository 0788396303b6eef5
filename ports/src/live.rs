//! News for open pages and waiting workers, from every process in front of the same storage.

use async_trait::async_trait;
use futures::stream::BoxStream;
use qualify_domain::{
    access::TenantScope,
    id::{FormId, JobId, LeadId, UserId},
};

/// Something a page may show has changed. Ids only: whoever wants to see it asks for it, with their own permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A lead was opened or changed.
    Lead(LeadId),
    /// A member was told of something.
    Notification(UserId),
    /// A job of that member came on.
    Job(JobId, UserId),
    /// A form received something.
    Submission(FormId),
    /// The connection was lost for a while: anything may have changed.
    Missed,
}

/// Spreads changes.
#[async_trait]
pub trait Live: Send + Sync {
    /// The changes of the scope's organization from now on, as far as the scope reaches: of leads beyond it, and of what
    /// somebody else was told, nothing is heard.
    fn changes(&self, scope: &TenantScope) -> BoxStream<'static, Change>;

    /// Waits until an event may lie in the outbox.
    async fn work(&self);
}
