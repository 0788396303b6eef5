use qualify_domain::{
    access::{Actor, Permission, TenantScope},
    event::Event,
    id::JobId,
    job::{Asker, Job, JobKind, MOST_UNFINISHED},
};
use qualify_ports::storage::TenantTx;

use crate::{Error, leads::sheet::Sheet};

impl super::Jobs {
    /// Begins long work that the actor may do. It goes on when they have left.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Limit`] while too many of theirs are unfinished; [`Error::Invalid`] for an export of
    /// a property that is gone.
    pub async fn ask(&self, actor: &Actor, kind: JobKind) -> Result<JobId, Error> {
        let _may = actor.permit(kind.permission())?;
        let scope = actor.permit(Permission::RunJobs)?;
        let mut tx = self.storage.tenant(&scope).await?;
        if let JobKind::ExportLeads(export) = &kind {
            Sheet::check(&mut *tx, export).await?;
        }
        let id = self.begin(&mut *tx, &scope, kind).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The same in a unit of work that goes on: what the job is about and the job itself are kept at once, or not at all.
    pub(crate) async fn begin(
        &self,
        tx: &mut dyn TenantTx,
        scope: &TenantScope,
        kind: JobKind,
    ) -> Result<JobId, Error> {
        let asker = Asker::of(scope.who()).ok_or(Error::NotFound("asker"))?;
        if tx.jobs().unfinished(asker).await? >= MOST_UNFINISHED {
            return Err(Error::Limit);
        }
        let now = self.clock.now();
        let job = Job::ask(self.ids.next(), asker, kind, now);
        tx.jobs().insert(&job).await?;
        tx.outbox().append(&Event::JobDue { job: job.id }, now).await?;
        Ok(job.id)
    }
}
