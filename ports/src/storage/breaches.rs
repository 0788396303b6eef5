use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    breach::Breach,
    id::{BreachId, OrganizationId},
};

use super::StorageError;

/// A breach of the service, as an organization sees it that it concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreachNotice {
    /// The breach.
    pub breach: Breach,
    /// When the first of its people was told.
    pub told_at: Option<Timestamp>,
}

/// Which organizations a breach of the service concerns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Concerned {
    /// Each there is.
    All,
    /// These.
    These(Vec<OrganizationId>),
}

/// What became of naming organizations that a breach concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// How many of those that were meant are there.
    pub known: u64,
    /// How many of them were not named before.
    pub added: u64,
}

/// How many organizations a breach of the service concerns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BreachCount {
    /// How many.
    pub concerned: u64,
    /// How many of them were told.
    pub told: u64,
}

/// How much should have been told by now and was not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OverdueBreaches {
    /// Breaches of the service of which the CNIL should know.
    pub of_service: u64,
    /// Breaches of organizations of which it should.
    pub of_organizations: u64,
    /// Organizations that should know of a breach of the service.
    pub untold: u64,
}

/// An organization's log of breaches: its own, and those of the service that concern it.
#[async_trait]
pub trait BreachStore: Send {
    /// Its own, the latest first.
    async fn list(&mut self) -> Result<Vec<Breach>, StorageError>;

    /// One of its own, locked until the end of the work.
    async fn find(&mut self, id: BreachId) -> Result<Option<Breach>, StorageError>;

    /// Logs one of its own.
    async fn insert(&mut self, breach: &Breach) -> Result<(), StorageError>;

    /// Keeps what became of one of its own.
    async fn keep(&mut self, breach: &Breach) -> Result<(), StorageError>;

    /// Those of the service that concern it, the latest first.
    async fn notices(&mut self) -> Result<Vec<BreachNotice>, StorageError>;

    /// Keeps that the first of its people was told of one of the service, if nobody was before.
    async fn mark_told(&mut self, id: BreachId, at: Timestamp) -> Result<(), StorageError>;
}

/// The operator's log of breaches of the service.
#[async_trait]
pub trait ServiceBreachStore: Send {
    /// All of them, the latest first.
    async fn list(&mut self) -> Result<Vec<Breach>, StorageError>;

    /// One of them, locked until the end of the work.
    async fn find(&mut self, id: BreachId) -> Result<Option<Breach>, StorageError>;

    /// Logs one.
    async fn insert(&mut self, breach: &Breach) -> Result<(), StorageError>;

    /// Keeps what became of one.
    async fn keep(&mut self, breach: &Breach) -> Result<(), StorageError>;

    /// Names organizations that one concerns, and lets each be told that was not named before.
    async fn concern(&mut self, id: BreachId, concerned: &Concerned, now: Timestamp) -> Result<Named, StorageError>;

    /// Lets each organization be told that more is known of one, if it was told of it before.
    async fn tell_revised(&mut self, id: BreachId, now: Timestamp) -> Result<(), StorageError>;

    /// How many organizations one concerns.
    async fn count(&mut self, id: BreachId) -> Result<BreachCount, StorageError>;
}
