use qualify_domain::{
    access::{Actor, Permission, TenantScope},
    event::Event,
    id::JobId,
    job::{Asker, Job, JobKind, MOST_UNFINISHED},
};
use qualify_ports::storage::TenantTx;

use crate::{Error, export_limits::is_whole, leads::sheet::Sheet};

impl super::Jobs {
    /// Begins long work that the actor may do. It goes on when they have left.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Limit`] while too many of theirs are unfinished; [`Error::Invalid`] for an export of
    /// a property that is gone; [`Error::TooOften`] and [`Broken::ExportRuns`](crate::Broken::ExportRuns) for an export of
    /// the whole organization (DSR-13).
    pub async fn ask(&self, actor: &Actor, kind: JobKind) -> Result<JobId, Error> {
        let may = actor.permit(kind.permission())?;
        let id = self.ids.next();
        match &kind {
            JobKind::ExportLeads(export) if is_whole(export, &may) => {
                // It runs from now on, if the worker comes to it or not.
                let running = self.limits.job(may.organization(), id).await?;
                match self.asked(actor, id, kind).await {
                    Ok(id) => Ok(id),
                    refused => self.limits.end(running, refused).await,
                }
            }
            _ => self.asked(actor, id, kind).await,
        }
    }

    async fn asked(&self, actor: &Actor, id: JobId, kind: JobKind) -> Result<JobId, Error> {
        let scope = actor.permit(Permission::RunJobs)?;
        let mut tx = self.storage.tenant(&scope).await?;
        if let JobKind::ExportLeads(export) = &kind {
            Sheet::check(&mut *tx, export).await?;
        }
        self.enter(&mut *tx, &scope, id, kind).await?;
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
        let id = self.ids.next();
        self.enter(tx, scope, id, kind).await?;
        Ok(id)
    }

    async fn enter(&self, tx: &mut dyn TenantTx, scope: &TenantScope, id: JobId, kind: JobKind) -> Result<(), Error> {
        let asker = Asker::of(scope.who()).ok_or(Error::NotFound("asker"))?;
        if tx.jobs().unfinished(asker).await? >= MOST_UNFINISHED {
            return Err(Error::Limit);
        }
        let now = self.clock.now();
        let job = Job::ask(id, asker, kind, now);
        tx.jobs().insert(&job).await?;
        tx.outbox().append(&Event::JobDue { job: job.id }, now).await?;
        Ok(())
    }
}
