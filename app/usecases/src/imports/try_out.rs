use qualify_domain::{
    access::{Actor, Permission, TenantScope},
    id::ImportId,
    import::{Decision, Import, ImportError, ImportState, People},
    job::Report,
};

use super::{
    erased::{ERASED, leave_out, taken_out},
    find,
    reading::RowReader,
    restricted::{RESTRICTED, set_aside},
};
use crate::Error;

/// It is tried so often if it means something else by the time it was tried.
const TRIES: usize = 3;

impl super::Imports {
    /// Tells what would come of an import now, and changes nothing but that.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Rule`] once it has begun; [`Error::Limit`] while somebody goes on
    /// saying that it means something else.
    pub async fn try_out(&self, actor: &Actor, id: ImportId) -> Result<Report, Error> {
        let scope = actor.permit(Permission::ImportLeads)?;
        for _ in 0..TRIES {
            let mut tx = self.storage.tenant(&scope).await?;
            let tried = find(&mut *tx, &scope, id).await?;
            drop(tx);
            if tried.state != ImportState::Draft {
                return Err(ImportError::Begun.into());
            }
            let report = self.forecast(&scope, &tried).await?;
            let mut tx = self.storage.tenant(&scope).await?;
            let mut import = find(&mut *tx, &scope, id).await?;
            if import.version == tried.version {
                import.report = Some(report.clone());
                tx.imports().update(&mut import).await?;
                tx.commit().await?;
                return Ok(report);
            }
        }
        Err(Error::Limit)
    }

    /// Takes every row as it would be taken, among the leads as they are and the rows before it. One short unit of work
    /// for each part, so that nobody waits.
    async fn forecast(&self, scope: &TenantScope, import: &Import) -> Result<Report, Error> {
        let (mut report, mut people, now) = (Report::default(), People::default(), self.clock.now());
        let mut tx = self.storage.tenant(scope).await?;
        report.count(ERASED, taken_out(&mut *tx, import.id).await?);
        drop(tx);
        for number in 0.. {
            let mut tx = self.storage.tenant(scope).await?;
            let Some(part) = tx.imports().part(import.id, number).await? else { break };
            let reader = RowReader::open(&mut *tx, scope, import.clone()).await?;
            let mut rows = reader.read(&part);
            let erased = leave_out(&mut *tx, &*self.tokens, scope.organization(), &mut rows).await?;
            report.count(ERASED, erased.len() as u64);
            report.count(RESTRICTED, set_aside(&mut *tx, &mut rows).await?.len() as u64);
            for lead in tx.lead_batches().people(&rows.emails, &rows.phones).await? {
                people.meet(lead);
            }
            for (alias, lead) in tx.lead_batches().known_as(&rows.emails, &rows.phones).await? {
                people.meet_as(alias, lead);
            }
            drop(tx);
            report.count("faulty", rows.bad.len() as u64);
            for (_, _, row) in &rows.good {
                let id = self.ids.next();
                let decision: Decision =
                    people.take(row, import.settings.mode, |person| reader.make(id, person, row, now))?;
                report.count(decision.outcome(), 1);
            }
        }
        Ok(report)
    }
}
