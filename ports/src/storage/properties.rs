use std::collections::BTreeSet;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{id::PropertyId, property::Property};

use super::StorageError;

/// What the organization itself wants to know of its leads.
#[async_trait]
pub trait PropertyStore: Send {
    /// All properties in their order, with those taken out of use.
    async fn list(&mut self) -> Result<Vec<Property>, StorageError>;

    /// Keeps these as they are until the end of the work: who wants to change one waits, and then finds what this work has
    /// left.
    async fn hold(&mut self, ids: &BTreeSet<PropertyId>) -> Result<(), StorageError>;

    /// Keeps a new one after the others; [`StorageError::Conflict`] if there is one of that key.
    async fn insert(&mut self, property: &Property) -> Result<(), StorageError>;

    /// Keeps a changed one with the next version, taken out of use from `now` on if it is archived;
    /// [`StorageError::Stale`] if `property.version` is not the stored one.
    async fn update(&mut self, property: &Property, now: Timestamp) -> Result<(), StorageError>;

    /// Puts the properties in that order.
    async fn arrange(&mut self, order: &[PropertyId]) -> Result<(), StorageError>;
}
