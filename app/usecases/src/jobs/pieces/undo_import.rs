use qualify_domain::{
    access::Permission,
    activity::{Activity, What},
    id::{ImportId, LeadId},
    import::Fate,
    lead::Lead,
};
use qualify_ports::{
    live::Change,
    storage::{TenantTx, ToUndo},
};

use super::{Piece, import_leads::differing};
use crate::{Error, hooks::rectified};

/// How many leads a piece undoes.
const PART: u16 = 250;

impl Piece<'_> {
    /// Undoes what an import did to the next leads.
    pub(super) async fn undo_import(&mut self, id: ImportId) -> Result<(), Error> {
        let now = self.bench.clock.now();
        let mut tx = self.open(Permission::ImportLeads).await?;
        let import = tx.imports().find(id, None).await?.ok_or(Error::NotFound("import"))?;
        let did = import.report.as_ref().map(|report| report.of("created") + report.of("changed"));
        self.job.total = did.filter(|leads| *leads > 0);
        let after: Option<LeadId> = self.job.place.parse().ok();
        let part = tx.imports().to_undo(id, after, PART).await?;
        let Some(last) = part.last().map(|one| one.lead.id) else {
            self.job.finish(now);
            return self.keep(tx).await;
        };
        for one in &part {
            self.job.report.count(one.fate.outcome(), 1);
        }
        self.job.advance(part.len() as u64, last.to_string(), now);
        self.take_back(&mut *tx, id, part).await?;
        tx.announce(Change::Lead(last)).await?;
        self.keep(tx).await
    }

    /// Leads that were changed are as they were, and their timelines tell it; those that were made go.
    async fn take_back(&mut self, tx: &mut dyn TenantTx, import: ImportId, part: Vec<ToUndo>) -> Result<(), Error> {
        let (now, author) = (self.bench.clock.now(), self.job.asker.author());
        let (mut fates, mut restored, mut removed, mut told) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        for ToUndo { lead, before, fate } in part {
            match (fate, before) {
                (Fate::Removed, _) => removed.push(lead.id),
                (Fate::Restored, Some((person, tags))) => {
                    let mut was = Lead { tags, ..lead.clone() };
                    was.change(person);
                    let (id, what) = (self.bench.ids.next(), What::Changed(differing(&lead, &was)));
                    told.push(Activity { id, lead: lead.id, at: now, author: Some(author), what });
                    restored.push(was);
                }
                (Fate::Restored | Fate::ChangedLater | Fate::Used, _) => {}
            }
            fates.push((lead.id, fate));
        }
        tx.lead_batches().update_all(&restored).await?;
        rectified(tx, &restored.iter().map(|lead| lead.id).collect::<Vec<_>>(), now).await?;
        tx.lead_batches().remove_all(&removed).await?;
        tx.lead_batches().tell_all(&told).await?;
        Ok(tx.imports().keep_fates(import, &fates).await?)
    }
}
