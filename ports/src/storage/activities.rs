use async_trait::async_trait;
use qualify_domain::{activity::Activity, id::LeadId};

use super::StorageError;

/// Timelines of leads.
#[async_trait]
pub trait ActivityStore: Send {
    /// Adds an entry.
    async fn insert(&mut self, activity: &Activity) -> Result<(), StorageError>;

    /// The newest entries of a lead, newest first.
    async fn of_lead(&mut self, lead: LeadId, limit: u16) -> Result<Vec<Activity>, StorageError>;
}
