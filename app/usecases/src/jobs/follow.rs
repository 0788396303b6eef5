use std::collections::HashMap;

use qualify_domain::{
    access::{Actor, Forbidden, Permission, TenantScope},
    id::JobId,
    job::{Asker, Job, LeftOut},
    lead::Lead,
};

use crate::Error;

/// How many of an asker's jobs are shown.
const SHOWN: u16 = 50;

impl super::Jobs {
    /// The actor's own jobs, the newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, actor: &Actor) -> Result<Vec<Job>, Error> {
        let scope = look(actor)?;
        let asker = Asker::of(scope.who()).ok_or(Error::NotFound("asker"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.jobs().newest(asker, SHOWN).await?)
    }

    /// How far one of the actor's own jobs is.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if it is not theirs.
    pub async fn find(&self, actor: &Actor, id: JobId) -> Result<Job, Error> {
        let scope = look(actor)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.jobs().find(id).await?.ok_or(Error::NotFound("job"))
    }

    /// The leads that one of the actor's own jobs left as they are, as far as the actor reaches them.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn left_out(&self, actor: &Actor, job: &Job) -> Result<Vec<(LeftOut, Option<Lead>)>, Error> {
        if job.left_out.is_empty() {
            return Ok(Vec::new());
        }
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let ids: Vec<_> = job.left_out.iter().map(|left| left.lead).collect();
        let found: HashMap<_, _> = tx.leads().all(&ids).await?.into_iter().map(|lead| (lead.id, lead)).collect();
        Ok(job.left_out.iter().map(|left| (*left, found.get(&left.lead).cloned())).collect())
    }

    /// Stops one of the actor's own jobs before its next piece. What is done stays done. One that is over stays so.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if it is not theirs.
    pub async fn call_off(&self, actor: &Actor, id: JobId) -> Result<(), Error> {
        let scope = actor.permit(Permission::RunJobs)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.jobs().find(id).await?.ok_or(Error::NotFound("job"))?;
        if tx.jobs().call_off(id, self.clock.now()).await? {
            tx.commit().await?;
        }
        Ok(())
    }
}

/// Whoever takes leads away follows that, also where leads are not shown any more.
fn look(actor: &Actor) -> Result<TenantScope, Forbidden> {
    actor.permit(Permission::ReadLeads).or_else(|_| actor.permit(Permission::ExportLeads))
}
