use async_trait::async_trait;
use jiff::civil::Date;
use qualify_domain::{holiday::Holiday, organization_settings::OrganizationSettings};

use super::StorageError;

/// What the organization of the scope says of itself.
#[async_trait]
pub trait SettingsStore: Send {
    /// What it says, and which version that is.
    async fn settings(&mut self) -> Result<(OrganizationSettings, i32), StorageError>;

    /// Keeps what it says now; [`StorageError::Stale`] if that is no longer at `version`.
    async fn change_settings(&mut self, settings: &OrganizationSettings, version: i32) -> Result<(), StorageError>;

    /// The days on which nobody works, the earliest first.
    async fn holidays(&mut self) -> Result<Vec<Holiday>, StorageError>;

    /// Keeps a day on which nobody works; [`StorageError::Conflict`] if it is one already.
    async fn add_holiday(&mut self, holiday: &Holiday) -> Result<(), StorageError>;

    /// Makes a day one like others again; false if it is.
    async fn remove_holiday(&mut self, day: Date) -> Result<bool, StorageError>;
}
