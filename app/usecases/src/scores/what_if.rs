use std::collections::HashMap;

use qualify_domain::{
    access::{Actor, Permission},
    id::{LeadId, UserId},
    property::Property,
    score::{Edition, Outlook, Rulebook},
};
use qualify_ports::{scorer::Subject, storage::TenantTx};

use super::{
    edit::{Edit, apply, known},
    own::asked,
};
use crate::Error;

/// So many leads are scored by both rulebooks; of more, a fair sample is.
const LOOKED_AT: u32 = 10_000;
/// So many of those that would change are named.
const NAMED: usize = 50;
/// So many leads are read at a time.
const BATCH: usize = 1_000;

/// Rules that are not in force.
#[derive(Clone, Debug)]
pub enum Proposal {
    /// What the member is working on.
    Draft,
    /// The same with one more change.
    Edited(Edit),
    /// The rules of that version.
    Version(i32),
    /// These.
    Book(Rulebook),
}

/// What other rules would do, and how to call the leads that are named in it.
#[derive(Debug)]
pub struct ScoreOutlook {
    /// What they would do to the leads within reach.
    pub outlook: Outlook<(LeadId, String)>,
    /// The rules in force.
    pub edition: Edition,
    /// The other rules.
    pub book: Rulebook,
}

impl super::Scores {
    /// What other rules would do to the grades of the leads within the member's reach. Nothing changes.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] if the change is not valid; [`Error::Failed`].
    pub async fn what_if(&self, actor: &Actor, proposal: Proposal) -> Result<ScoreOutlook, Error> {
        let by = actor.permit(Permission::ManageScore)?.user();
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let edition = self.in_force(&mut *tx).await?;
        let book = proposed(&mut *tx, by, &edition, proposal).await?;
        let own = asked(&mut *tx, &[&edition.book, &book]).await?;
        let (all, subjects) = read(&mut *tx, &own).await?;
        drop(tx);
        let looked_at = self.look(all, subjects, &edition.book.sound(&own), &book.sound(&own)).await?;
        let mut tx = self.storage.tenant(&scope).await?;
        let outlook = named(&mut *tx, looked_at).await?;
        Ok(ScoreOutlook { outlook, edition, book })
    }

    /// Scores the leads by both rulebooks at the same instant.
    async fn look(
        &self,
        all: u64,
        subjects: Vec<(LeadId, Subject)>,
        present: &Rulebook,
        other: &Rulebook,
    ) -> Result<Outlook<LeadId>, Error> {
        let now = self.clock.now();
        let (leads, subjects): (Vec<LeadId>, Vec<Subject>) = subjects.into_iter().unzip();
        let failed = |error: qualify_ports::scorer::ScorerError| Error::Failed(error.into());
        let before = self.scorer.score(&subjects, present, now).await.map_err(failed)?;
        let after = self.scorer.score(&subjects, other, now).await.map_err(failed)?;
        let mut outlook = Outlook::on(all, NAMED);
        for ((lead, before), after) in leads.into_iter().zip(before).zip(after) {
            outlook.look_at(lead, before.standing(), after.standing());
        }
        Ok(outlook)
    }
}

/// The rules that are not in force.
pub(super) async fn proposed(
    tx: &mut dyn TenantTx,
    by: Option<UserId>,
    edition: &Edition,
    proposal: Proposal,
) -> Result<Rulebook, Error> {
    match proposal {
        Proposal::Version(version) => Ok(tx.scores().edition(version).await?.ok_or(Error::NotFound("version"))?.book),
        Proposal::Book(book) => known(tx, book).await,
        Proposal::Draft | Proposal::Edited(_) => {
            let draft = match by {
                Some(user) => tx.scores().draft(user).await?,
                None => None,
            };
            let mut book = draft.map_or_else(|| edition.book.clone(), |draft| draft.book);
            if let Proposal::Edited(edit) = proposal {
                apply(tx, &mut book, edit).await?;
            }
            Ok(book)
        }
    }
}

async fn read(tx: &mut dyn TenantTx, own: &[Property]) -> Result<(u64, Vec<(LeadId, Subject)>), Error> {
    let (all, leads) = tx.scores().sample(LOOKED_AT).await?;
    let mut subjects = Vec::with_capacity(leads.len());
    for batch in leads.chunks(BATCH) {
        let candidates = tx.scores().candidates(batch, own).await?;
        subjects.extend(candidates.into_iter().map(|candidate| (candidate.lead, candidate.subject)));
    }
    Ok((all, subjects))
}

/// The same with what to call those that are named.
async fn named(tx: &mut dyn TenantTx, outlook: Outlook<LeadId>) -> Result<Outlook<(LeadId, String)>, Error> {
    let leads: Vec<_> = outlook.movers.iter().map(|mover| mover.lead).collect();
    let mut titles = titles(tx, &leads).await?;
    Ok(outlook.map(|lead| (lead, titles.remove(&lead).unwrap_or_default())))
}

/// What to call leads.
pub(super) async fn titles(tx: &mut dyn TenantTx, leads: &[LeadId]) -> Result<HashMap<LeadId, String>, Error> {
    let leads = tx.leads().all(leads).await?;
    Ok(leads.into_iter().map(|lead| (lead.id, lead.title().to_owned())).collect())
}
