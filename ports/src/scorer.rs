//! Scores leads by an organization's rules. The rule engine that comes along is one way; a model of one's own another.

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::score::{Breakdown, Facts, Occurrence, Rulebook};

use crate::BoxError;

/// What a lead is scored by: nothing that its person or a member wrote in their own words, and no name or address.
#[derive(Clone, Debug)]
pub struct Subject {
    /// What is known of it.
    pub facts: Facts,
    /// What happened around it, in no particular order; at most [`qualify_domain::score::MOST_OCCURRENCES`].
    pub occurrences: Vec<Occurrence>,
}

/// The leads cannot be scored now.
#[derive(Debug, thiserror::Error)]
#[error("the leads cannot be scored at the moment")]
pub struct ScorerError(#[source] pub BoxError);

/// Scores leads.
///
/// It is never asked inside a transaction, so it may take its time, and it is asked for many leads at once.
#[async_trait]
pub trait Scorer: Send + Sync {
    /// The scores at `now`, one for each subject under the subject's place. The lines of each add up to what it stands
    /// at, from 0 to 100 on both axes; a lead is judged without regard to the others.
    ///
    /// # Errors
    /// [`ScorerError`] if it cannot; the leads keep their scores and are tried again.
    async fn score(&self, subjects: &[Subject], book: &Rulebook, now: Timestamp)
    -> Result<Vec<Breakdown>, ScorerError>;
}
