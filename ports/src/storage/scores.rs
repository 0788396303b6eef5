use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{ActivityId, LeadId, UserId},
    property::Property,
    score::{Breakdown, Draft, Edition, Grade},
};

use super::StorageError;
use crate::scorer::Subject;

/// A lead that waits to be scored, and what it is scored by.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Which lead.
    pub lead: LeadId,
    /// How often it changed when this was read; a score is kept only if that is still so.
    pub seen: i32,
    /// Its grade by its present score; none if it was never scored.
    pub grade: Option<Grade>,
    /// What it is scored by.
    pub subject: Subject,
}

/// A score to be kept.
#[derive(Clone, Debug)]
pub struct Scored {
    /// Whose.
    pub lead: LeadId,
    /// How often the lead had changed when it was read.
    pub seen: i32,
    /// The score.
    pub breakdown: Breakdown,
    /// What the timeline tells if the grade is another: the entry's id, and the grade before.
    pub entry: Option<(ActivityId, Grade)>,
}

/// A lead's score as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptScore {
    /// By which version of the rules.
    pub version: i32,
    /// When.
    pub scored_at: Timestamp,
    /// Line by line.
    pub breakdown: Breakdown,
}

/// How far the leads have been scored by the newest version of the rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scoring {
    /// How many leads there are.
    pub all: u64,
    /// How many of them wait.
    pub waiting: u64,
}

/// Rules and scores.
#[async_trait]
pub trait ScoreStore: Send {
    /// The rules in force; none if the organization was never given any.
    async fn newest(&mut self) -> Result<Option<Edition>, StorageError>;

    /// The rules of that version.
    async fn edition(&mut self, version: i32) -> Result<Option<Edition>, StorageError>;

    /// The latest versions, the newest first, older than `before`.
    async fn editions(&mut self, before: Option<i32>, limit: u16) -> Result<Vec<Edition>, StorageError>;

    /// Puts rules into force; [`StorageError::Conflict`] if there is that version already.
    async fn put_into_force(&mut self, edition: &Edition) -> Result<(), StorageError>;

    /// Notes that every lead is scored by `version`.
    async fn settle(&mut self, version: i32, now: Timestamp) -> Result<(), StorageError>;

    /// How far scoring by `version` has come, as far as the scope reaches.
    async fn scoring(&mut self, version: i32) -> Result<Scoring, StorageError>;

    /// What a member is working on.
    async fn draft(&mut self, of: UserId) -> Result<Option<Draft>, StorageError>;

    /// Keeps what a member is working on, in place of what was there.
    async fn keep_draft(&mut self, of: UserId, draft: &Draft) -> Result<(), StorageError>;

    /// Forgets what a member was working on; false if that was nothing.
    async fn discard_draft(&mut self, of: UserId) -> Result<bool, StorageError>;

    /// Leads whose score is due at `now`, the longest waiting first.
    async fn due(&mut self, now: Timestamp, limit: u16) -> Result<Vec<LeadId>, StorageError>;

    /// Leads that are scored by an older version than that.
    async fn outdated(&mut self, version: i32, limit: u16) -> Result<Vec<LeadId>, StorageError>;

    /// The leads within reach, at most `limit` of them: all, or as many that nobody chose. Their number comes first.
    async fn sample(&mut self, limit: u32) -> Result<(u64, Vec<LeadId>), StorageError>;

    /// The leads within reach that come after that one, in the order of their ids, at most `limit` of them.
    async fn following(&mut self, after: Option<LeadId>, limit: u16) -> Result<Vec<LeadId>, StorageError>;

    /// By what these leads are scored, where rules ask for these properties; leads that are not there are left out.
    async fn candidates(&mut self, leads: &[LeadId], own: &[Property]) -> Result<Vec<Candidate>, StorageError>;

    /// Keeps scores by `version`, of the leads that have not changed since they were read and that nobody is changing;
    /// tells which. The others stay due.
    async fn keep(&mut self, scores: &[Scored], version: i32, now: Timestamp) -> Result<Vec<LeadId>, StorageError>;

    /// The score of a lead; none if it was never scored, or is not there.
    async fn of_lead(&mut self, lead: LeadId) -> Result<Option<KeptScore>, StorageError>;
}
