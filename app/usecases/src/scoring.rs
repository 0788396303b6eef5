//! Scores leads that wait for it: because they are new, because something about them changed, because what happened lost
//! weight, or because the organization has other rules. Which leads wait stands beside them in the storage, so a worker
//! that dies loses nothing, and several workers harm nothing.

use std::{collections::BTreeSet, sync::Arc};

use futures::future::join_all;
use qualify_domain::{
    access::{Actor, Duty, Permission, TenantScope},
    id::{LeadId, OrganizationId},
    score::{Breakdown, Edition, Grade, Rulebook},
};
use qualify_ports::{
    live::Change,
    scorer::{Scorer, ScorerError},
    storage::{Candidate, PlatformTask, Scored, Storage, StorageError, TenantTx},
    time::{Clock, Ids},
};

use tracing::error;

use crate::{Ports, scores::own::asked};

/// How many leads are scored at a time.
const BATCH: usize = 500;
/// Of one organization so many are taken up in a round, batch beside batch: while one waits for the storage, another is
/// reckoned.
const TAKEN_UP: u16 = 1_000;
/// Among so many that wait, organizations are found.
const LOOKED_AT: u16 = 1_000;
/// Pages are told of single leads that have another grade, not of whole batches.
const ANNOUNCED: usize = 20;

/// Why leads were not scored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ScoringError {
    #[error(transparent)]
    Storage(#[from] StorageError),
    #[error(transparent)]
    Scorer(#[from] ScorerError),
    #[error("the scorer gave {0} scores for {1} leads, or one that is not the sum of its lines")]
    Nonsense(usize, usize),
    #[error(transparent)]
    Forbidden(#[from] qualify_domain::access::Forbidden),
}

/// What came of a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Round {
    /// No lead waits.
    Idle,
    /// Leads wait, but they changed meanwhile or somebody is changing them: in a moment.
    Held,
    /// Something was done: there may be more.
    Done,
}

/// Scores leads that wait for it.
pub(crate) struct ScoreKeeper {
    storage: Arc<dyn Storage>,
    scorer: Arc<dyn Scorer>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

/// Leads of one organization that wait, and by which rules they are scored.
struct Waiting {
    edition: Edition,
    leads: Vec<LeadId>,
}

/// What is known of some of them.
struct Batch {
    /// What counts of the rules now.
    book: Rulebook,
    candidates: Vec<Candidate>,
}

impl ScoreKeeper {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            scorer: ports.scorer.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
        }
    }

    /// Scores a batch in each organization where leads wait.
    pub(crate) async fn round(&self) -> Result<Round, ScoringError> {
        let mut tx = self.storage.platform(PlatformTask::RelayOutbox).await?;
        let organizations = tx.queue().to_score(self.clock.now(), LOOKED_AT).await?;
        drop(tx);
        let (mut round, mut failure) = (Round::Idle, None);
        for organization in organizations {
            for came in self.score_some(organization).await {
                match came {
                    Ok(came) => round = round.max(came),
                    // What is wrong with one organization's rules, or with one lead, keeps no others from being scored.
                    Err(error) => {
                        error!(error = &error as &dyn std::error::Error, %organization, "leads of an organization cannot be scored");
                        failure = Some(error);
                    }
                }
            }
        }
        failure.filter(|_| round != Round::Done).map_or(Ok(round), Err)
    }

    /// What came of each batch: all are brought to their end.
    async fn score_some(&self, organization: OrganizationId) -> Vec<Result<Round, ScoringError>> {
        match self.waiting(organization).await {
            Ok(Some(Waiting { edition, leads })) => {
                let batches = leads.chunks(BATCH).map(|leads| self.score_batch(organization, &edition, leads));
                join_all(batches).await
            }
            Ok(None) => vec![Ok(Round::Done)],
            Err(error) => vec![Err(error)],
        }
    }

    async fn score_batch(
        &self,
        organization: OrganizationId,
        edition: &Edition,
        leads: &[LeadId],
    ) -> Result<Round, ScoringError> {
        let batch = self.read(organization, edition, leads).await?;
        let now = self.clock.now();
        let subjects: Vec<_> = batch.candidates.iter().map(|candidate| candidate.subject.clone()).collect();
        let breakdowns = self.scorer.score(&subjects, &batch.book, now).await?;
        if breakdowns.len() != subjects.len() || !breakdowns.iter().all(is_sum) {
            return Err(ScoringError::Nonsense(breakdowns.len(), subjects.len()));
        }
        let scored: Vec<_> =
            batch.candidates.iter().zip(breakdowns).map(|(lead, found)| self.scored(lead, found)).collect();
        let mut tx = self.storage.tenant(&scope(organization)?).await?;
        let kept = tx.scores().keep(&scored, edition.version, now).await?;
        let told: Vec<LeadId> =
            scored.iter().filter(|score| score.entry.is_some() && kept.contains(&score.lead)).map(|s| s.lead).collect();
        if told.len() <= ANNOUNCED {
            for lead in told {
                tx.announce(Change::Lead(lead)).await?;
            }
        }
        tx.commit().await?;
        Ok(if kept.is_empty() { Round::Held } else { Round::Done })
    }

    /// The leads whose turn it is: first those about which something changed, then those that other rules scored. None if
    /// all are scored by the rules in force, which is noted then.
    async fn waiting(&self, organization: OrganizationId) -> Result<Option<Waiting>, ScoringError> {
        let mut tx = self.storage.tenant(&scope(organization)?).await?;
        let now = self.clock.now();
        let edition = self.rules(&mut *tx).await?;
        let mut leads = tx.scores().due(now, TAKEN_UP).await?;
        if leads.len() < usize::from(TAKEN_UP) {
            let due: BTreeSet<LeadId> = leads.iter().copied().collect();
            let outdated = tx.scores().outdated(edition.version, TAKEN_UP).await?;
            leads.extend(outdated.into_iter().filter(|lead| !due.contains(lead)));
            leads.truncate(TAKEN_UP.into());
        }
        if leads.is_empty() {
            tx.scores().settle(edition.version, now).await?;
        }
        tx.commit().await?;
        Ok((!leads.is_empty()).then_some(Waiting { edition, leads }))
    }

    async fn read(
        &self,
        organization: OrganizationId,
        edition: &Edition,
        leads: &[LeadId],
    ) -> Result<Batch, ScoringError> {
        let mut tx = self.storage.tenant(&scope(organization)?).await?;
        let own = asked(&mut *tx, &[&edition.book]).await?;
        let candidates = tx.scores().candidates(leads, &own).await?;
        Ok(Batch { book: edition.book.sound(&own), candidates })
    }

    /// The rules in force; an organization that was never given any begins with the usual ones.
    async fn rules(&self, tx: &mut dyn TenantTx) -> Result<Edition, StorageError> {
        if let Some(edition) = tx.scores().newest().await? {
            return Ok(edition);
        }
        let book = Rulebook::standard(tx.organizations().own().await?.language);
        let first = Edition { version: 1, book, made_at: self.clock.now(), made_by: None };
        tx.scores().put_into_force(&first).await?;
        Ok(first)
    }

    fn scored(&self, candidate: &Candidate, breakdown: Breakdown) -> Scored {
        let grade = breakdown.standing().grade();
        let former = candidate.grade.filter(|former: &Grade| *former != grade);
        let entry = former.map(|former| (self.ids.next(), former));
        Scored { lead: candidate.lead, seen: candidate.seen, breakdown, entry }
    }
}

/// Whether the lines add up to what is kept: a score is nothing but their sum.
fn is_sum(breakdown: &Breakdown) -> bool {
    use qualify_domain::score::Axis;
    Axis::ALL.iter().all(|axis| breakdown.sum(*axis) == i32::from(breakdown.standing().on(*axis)))
}

fn scope(organization: OrganizationId) -> Result<TenantScope, qualify_domain::access::Forbidden> {
    #[expect(clippy::disallowed_methods, reason = "the storage names the organization whose leads wait")]
    let worker = Actor::product(organization, Duty::React);
    worker.permit(Permission::ScoreLeads)
}
