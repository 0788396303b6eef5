use std::collections::BTreeSet;

use async_trait::async_trait;
use qualify_domain::{
    id::LeadId,
    restriction::Restriction,
    text::{Email, Phone},
};

use super::StorageError;

/// Leads that are kept and not used. Only a permission that sees them finds any.
#[async_trait]
pub trait RestrictionStore: Send {
    /// All of them, newest first.
    async fn list(&mut self) -> Result<Vec<Restriction>, StorageError>;

    /// The restriction of a lead; held until the work ends.
    async fn hold(&mut self, lead: LeadId) -> Result<Option<Restriction>, StorageError>;

    /// The restricted lead of the person with that address or number.
    async fn lead_of(&mut self, email: Option<&Email>, phone: Option<&Phone>) -> Result<Option<LeadId>, StorageError>;

    /// Which of those addresses, as they are compared, and E.164 numbers are of people whose lead is restricted. The one
    /// thing of them that whoever asks finds.
    async fn marks_among(&mut self, emails: &[String], phones: &[String]) -> Result<BTreeSet<String>, StorageError>;

    /// Hides a lead; [`StorageError::Conflict`] if it is restricted already.
    async fn insert(&mut self, restriction: &Restriction) -> Result<(), StorageError>;

    /// Keeps that its end was announced, or that nobody could be told.
    async fn update(&mut self, restriction: &Restriction) -> Result<(), StorageError>;

    /// Shows a lead again, with what its person sent meanwhile; false if it was not restricted.
    async fn lift(&mut self, lead: LeadId) -> Result<bool, StorageError>;
}
