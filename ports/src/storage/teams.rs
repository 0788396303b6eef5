use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{TeamId, UserId},
    team::Team,
};

use super::StorageError;

/// Teams.
#[async_trait]
pub trait TeamStore: Send {
    /// All teams, by name.
    async fn list(&mut self) -> Result<Vec<Team>, StorageError>;

    /// Keeps a new team; [`StorageError::Conflict`] if there is one of that name.
    async fn insert(&mut self, team: &Team, now: Timestamp) -> Result<(), StorageError>;

    /// Keeps a team's name and members; [`StorageError::Conflict`] if another has that name, [`StorageError::Stale`] if
    /// the team is gone.
    async fn update(&mut self, team: &Team) -> Result<(), StorageError>;

    /// Takes a team away; false if it is not there.
    async fn remove(&mut self, id: TeamId) -> Result<bool, StorageError>;

    /// Puts a member into those of the teams that are still there.
    async fn join(&mut self, user: UserId, teams: &[TeamId]) -> Result<(), StorageError>;
}
