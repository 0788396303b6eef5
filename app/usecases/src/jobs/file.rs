use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use qualify_domain::{
    access::{Actor, Permission},
    id::JobId,
    job::{Job, JobState},
};
use qualify_ports::files::{FileBytes, FileError, FileKey, Files};

use crate::Error;

/// The file that a job made.
pub struct JobFile {
    /// The job.
    pub job: Job,
    /// What is in the file, part after part.
    pub parts: BoxStream<'static, Result<Vec<u8>, Error>>,
}

/// The key of a part of the file that a job makes: a try that is made again writes the same part again.
pub(super) fn key(job: &Job, part: u32) -> FileKey {
    FileKey::new(job.file_until(), job.id.0, part)
}

/// How many parts the file of a job has so far, as its place tells it.
pub(super) fn parts(job: &Job) -> u32 {
    job.place.split('/').next().and_then(|parts| parts.parse().ok()).unwrap_or_default()
}

/// Removes what there is of the file of a job. A try that came to nothing may have written one part more.
pub(crate) async fn remove(files: &dyn Files, job: &Job) -> Result<(), FileError> {
    for part in 0..=parts(job) {
        files.remove(key(job, part)).await?;
    }
    Ok(())
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
        // That it is fetched is in the trail before anything goes.
        drop(self.storage.tenant(&actor.permit(job.kind.permission())?).await?);
        if job.state != JobState::Done || self.clock.now() >= job.file_until() || parts(&job) == 0 {
            return Err(Error::NotFound("file"));
        }
        let first = self.files.open(key(&job, 0)).await?;
        let rest = stream::iter(1..parts(&job)).then({
            let (files, job) = (self.files.clone(), job.clone());
            move |part| part_of(files.clone(), key(&job, part))
        });
        let parts = first.chain(rest.try_flatten()).map_err(Error::from).boxed();
        Ok(JobFile { job, parts })
    }
}

/// A part that comes after another. If it is gone, the file is not whole.
async fn part_of(files: Arc<dyn Files>, key: FileKey) -> Result<FileBytes<'static>, FileError> {
    match files.open(key).await {
        Err(FileError::Missing) => Err(FileError::Broken("a part is gone".into())),
        opened => opened,
    }
}
