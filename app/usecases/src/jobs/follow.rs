use qualify_domain::{
    access::{Actor, Permission},
    id::JobId,
    job::{Asker, Job},
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
        let scope = actor.permit(Permission::ReadLeads)?;
        let asker = Asker::of(scope.who()).ok_or(Error::NotFound("asker"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.jobs().newest(asker, SHOWN).await?)
    }

    /// How far one of the actor's own jobs is.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if it is not theirs.
    pub async fn find(&self, actor: &Actor, id: JobId) -> Result<Job, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.jobs().find(id).await?.ok_or(Error::NotFound("job"))
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
