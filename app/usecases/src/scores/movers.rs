use qualify_domain::{
    access::{Actor, Permission},
    id::LeadId,
    property::Property,
    score::{Mover, Rulebook},
};
use qualify_ports::{
    scorer::{ScorerError, Subject},
    storage::TenantTx,
};

use super::{
    own::asked,
    what_if::{Proposal, proposed, titles},
};
use crate::Error;

/// A part names so many leads.
const NAMED: usize = 50;
/// So many leads are read at a time.
const BATCH: u16 = 1_000;
/// So many batches are looked at for one part: then it ends, however few were found.
const BATCHES: usize = 10;

/// A part of the leads that other rules would give another grade, in the order of their ids.
#[derive(Debug)]
pub struct ScoreMovers {
    /// The leads, and what to call them.
    pub movers: Vec<Mover<(LeadId, String)>>,
    /// The lead after which the next part begins; none if this is the last.
    pub next: Option<LeadId>,
}

impl super::Scores {
    /// The leads within the member's reach that other rules would give another grade: those after `after`, a part at a
    /// time. Nothing changes.
    ///
    /// # Errors
    /// As of [`Self::what_if`].
    pub async fn movers(&self, actor: &Actor, proposal: Proposal, after: Option<LeadId>) -> Result<ScoreMovers, Error> {
        let by = actor.permit(Permission::ManageScore)?.user();
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let edition = self.in_force(&mut *tx).await?;
        let book = proposed(&mut *tx, by, &edition, proposal).await?;
        let own = asked(&mut *tx, &[&edition.book, &book]).await?;
        let (present, other) = (edition.book.sound(&own), book.sound(&own));
        drop(tx);
        let (mut found, mut next) = (Vec::new(), after);
        for _ in 0..BATCHES {
            let mut tx = self.storage.tenant(&scope).await?;
            let (subjects, last) = batch(&mut *tx, next, &own).await?;
            drop(tx);
            next = last;
            if !subjects.is_empty() {
                found.extend(self.moved(subjects, &present, &other).await?);
            }
            if found.len() > NAMED {
                found.truncate(NAMED);
                next = found.last().map(|mover| mover.lead);
            }
            if next.is_none() || found.len() == NAMED {
                break;
            }
        }
        let mut tx = self.storage.tenant(&scope).await?;
        let leads: Vec<_> = found.iter().map(|mover| mover.lead).collect();
        let mut titles = titles(&mut *tx, &leads).await?;
        let named = |Mover { lead, before, after }| {
            let title = titles.remove(&lead).unwrap_or_default();
            Mover { lead: (lead, title), before, after }
        };
        let movers = found.into_iter().map(named).collect();
        Ok(ScoreMovers { movers, next })
    }

    /// Those of the leads that would have another grade.
    async fn moved(
        &self,
        subjects: Vec<(LeadId, Subject)>,
        present: &Rulebook,
        other: &Rulebook,
    ) -> Result<Vec<Mover<LeadId>>, Error> {
        let now = self.clock.now();
        let (leads, subjects): (Vec<LeadId>, Vec<Subject>) = subjects.into_iter().unzip();
        let failed = |error: ScorerError| Error::Failed(error.into());
        let before = self.scorer.score(&subjects, present, now).await.map_err(failed)?;
        let after = self.scorer.score(&subjects, other, now).await.map_err(failed)?;
        let all = leads.into_iter().zip(before).zip(after);
        let all = all.map(|((lead, before), after)| Mover { lead, before: before.standing(), after: after.standing() });
        Ok(all.filter(|mover| mover.before.grade() != mover.after.grade()).collect())
    }
}

/// A lead and by what it is scored.
type Scored = (LeadId, Subject);

/// By what the leads after that one are scored, in the order of their ids; where to go on, if there may be more.
async fn batch(
    tx: &mut dyn TenantTx,
    after: Option<LeadId>,
    own: &[Property],
) -> Result<(Vec<Scored>, Option<LeadId>), Error> {
    let leads = tx.scores().following(after, BATCH).await?;
    let candidates = tx.scores().candidates(&leads, own).await?;
    let mut subjects: Vec<_> = candidates.into_iter().map(|one| (one.lead, one.subject)).collect();
    subjects.sort_by_key(|(lead, _)| *lead);
    let last = leads.last().copied().filter(|_| leads.len() == usize::from(BATCH));
    Ok((subjects, last))
}
