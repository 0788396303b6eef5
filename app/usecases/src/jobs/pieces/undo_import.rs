use qualify_domain::{
    access::Permission,
    id::{ImportId, LeadId},
    import::ImportState,
};

use super::{Piece, import_leads::end};
use crate::Error;

/// How many leads a piece undoes.
const PART: u16 = 500;

impl Piece<'_> {
    /// Undoes what an import did to the next leads.
    pub(super) async fn undo_import(&mut self, id: ImportId) -> Result<(), Error> {
        let now = self.bench.clock.now();
        let mut tx = self.open(Permission::ImportLeads).await?;
        let import = tx.imports().find(id, None).await?.ok_or(Error::NotFound("import"))?;
        let after: Option<LeadId> = self.job.place.parse().ok();
        let undone = tx.imports().undo(id, after, PART).await?;
        let outcomes = [
            ("restored", undone.restored),
            ("removed", undone.removed),
            ("skipped_changed_later", undone.changed_later),
            ("skipped_used", undone.used),
        ];
        for (outcome, times) in outcomes {
            self.job.report.count(outcome, times);
        }
        let done = outcomes.iter().map(|(_, times)| times).sum();
        self.job.advance(done, undone.next.map(|next| next.to_string()).unwrap_or_default(), now);
        if undone.next.is_none() {
            end(&mut *tx, import, ImportState::Undone, &self.job.report, now).await?;
            self.job.finish(now);
        }
        self.keep(tx).await
    }
}
