use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    activity::Activity,
    id::{ActivityId, LeadId},
};

use super::{Slice, StorageError};

/// An entry's place in its timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActivityPlace {
    /// When it happened.
    pub at: Timestamp,
    /// Of two of the same moment, the greater one is the newer.
    pub id: ActivityId,
}

/// Timelines of leads.
#[async_trait]
pub trait ActivityStore: Send {
    /// Adds an entry. The lead remembers when, if it is activity
    /// ([`What::is_activity`](qualify_domain::activity::What::is_activity)).
    async fn insert(&mut self, activity: &Activity) -> Result<(), StorageError>;

    /// A part of a lead's entries, newest first, after a place; none is the beginning.
    async fn page(
        &mut self,
        lead: LeadId,
        after: Option<ActivityPlace>,
        limit: u16,
    ) -> Result<Slice<Activity, ActivityPlace>, StorageError>;

    /// The newest entries of a lead, newest first.
    async fn of_lead(&mut self, lead: LeadId, limit: u16) -> Result<Vec<Activity>, StorageError> {
        Ok(self.page(lead, None, limit).await?.items)
    }
}
