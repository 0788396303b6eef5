use async_trait::async_trait;
use qualify_domain::{activity::Activity, id::LeadId, lead::Lead};

use super::StorageError;

/// Leads, many at once, as far as the scope reaches. The trail is told of the whole by whoever does this, not of each.
#[async_trait]
pub trait LeadBatches: Send {
    /// The leads with any of those addresses (as they are compared) or E.164 numbers.
    async fn people(&mut self, emails: &[String], phones: &[String]) -> Result<Vec<Lead>, StorageError>;

    /// The leads into which a lead with any of those was merged, each beside the address or number by which it is known so.
    async fn known_as(&mut self, emails: &[String], phones: &[String]) -> Result<Vec<(String, Lead)>, StorageError>;

    /// Until the end of the work nobody else can look for the same people.
    async fn hold_people(&mut self, emails: &[String], phones: &[String]) -> Result<(), StorageError>;

    /// Keeps new leads.
    async fn insert_all(&mut self, leads: &[Lead]) -> Result<(), StorageError>;

    /// Keeps changed leads with their next version each; tells which. What is not at its version any more, or beyond reach,
    /// stays as it is.
    async fn update_all(&mut self, leads: &[Lead]) -> Result<Vec<LeadId>, StorageError>;

    /// Takes leads away, with their timelines. Those with submissions or tasks stay.
    async fn remove_all(&mut self, leads: &[LeadId]) -> Result<(), StorageError>;

    /// Keeps entries of timelines, of whatever kinds.
    async fn tell_all(&mut self, activities: &[Activity]) -> Result<(), StorageError>;
}
