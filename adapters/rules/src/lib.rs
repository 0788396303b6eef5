//! Scores leads by the organization's rules and by nothing else: the engine stands in the domain, this hands it the leads.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::score::{Breakdown, Rulebook, score};
use qualify_ports::{
    plugin::Adapter,
    scorer::{Scorer, ScorerError, Subject},
};

/// The rules as they are written.
pub const SCORER: Adapter<dyn Scorer> = Adapter { name: "rules", keys: &[], build: |_| Ok(Arc::new(Rules)) };

/// The rules as they are written.
#[derive(Clone, Copy, Debug)]
pub struct Rules;

#[async_trait]
impl Scorer for Rules {
    async fn score(
        &self,
        subjects: &[Subject],
        book: &Rulebook,
        now: Timestamp,
    ) -> Result<Vec<Breakdown>, ScorerError> {
        Ok(subjects.iter().map(|subject| score(&subject.facts, &subject.occurrences, book, now)).collect())
    }
}
