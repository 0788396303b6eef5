use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt};
use qualify_domain::{
    access::{Actor, Permission},
    id::JobId,
    job::{FILE_MEMORY, Job, JobState},
};
use qualify_ports::storage::Storage;

use crate::Error;

/// The file that a job made.
pub struct JobFile {
    /// The job.
    pub job: Job,
    /// What is in the file, part after part.
    pub parts: BoxStream<'static, Result<Vec<u8>, Error>>,
}

/// A file on its way out.
struct Parts {
    storage: Arc<dyn Storage>,
    whose: Actor,
    job: Job,
    next: u32,
}

impl super::Jobs {
    /// One of the actor's own jobs that makes a file, whether or not it is made by now.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if the job is not theirs, or makes none.
    pub async fn maker(&self, actor: &Actor, id: JobId) -> Result<Job, Error> {
        // Whoever takes leads away may have no other right: their own export is not hidden from them.
        let scope = actor.permit(Permission::ReadLeads).or_else(|_| actor.permit(Permission::ExportLeads))?;
        let job = self.storage.tenant(&scope).await?.jobs().find(id).await?.ok_or(Error::NotFound("job"))?;
        let _may = actor.permit(job.kind.permission())?;
        if job.kind.file().is_none() { Err(Error::NotFound("file")) } else { Ok(job) }
    }

    /// The file that one of the actor's own jobs made. Whoever fetches it must still be permitted what made it.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if the job is not theirs, is not done, or its file is forgotten by now.
    pub async fn file(&self, actor: &Actor, id: JobId) -> Result<JobFile, Error> {
        let job = self.maker(actor, id).await?;
        let old = job.ended_at.is_some_and(|ended| self.clock.now() >= ended + FILE_MEMORY);
        let mut tx = self.storage.tenant(&actor.permit(job.kind.permission())?).await?;
        let first = tx.jobs().part(id, 0).await?;
        drop(tx);
        let first = first.filter(|_| job.state == JobState::Done && !old).ok_or(Error::NotFound("file"))?;
        #[expect(clippy::disallowed_methods, reason = "that the file was fetched is in the trail by now")]
        let whose = actor.clone().in_pieces();
        let rest = Parts { storage: self.storage.clone(), whose, job: job.clone(), next: 1 };
        let rest = stream::try_unfold(rest, Parts::next);
        Ok(JobFile { job, parts: stream::iter([Ok(first)]).chain(rest).boxed() })
    }
}

impl Parts {
    async fn next(mut self) -> Result<Option<(Vec<u8>, Self)>, Error> {
        let scope = self.whose.permit(self.job.kind.permission())?;
        let mut tx = self.storage.tenant(&scope).await?;
        let part = tx.jobs().part(self.job.id, self.next).await?;
        drop(tx);
        self.next += 1;
        Ok(part.map(|part| (part, self)))
    }
}
