use qualify_domain::{
    access::{Actor, Permission},
    event::Event,
    id::SubmissionId,
    plan::Metered,
};

use crate::Error;

impl super::Submissions {
    /// Lets a submission out of quarantine: it goes on to the leads as if it had just been accepted.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if no such submission is in quarantine;
    /// [`Broken::PlanFull`](crate::Broken::PlanFull) if the month has no room for it.
    pub async fn release(&self, actor: &Actor, id: SubmissionId) -> Result<(), Error> {
        let scope = actor.permit(Permission::ReleaseSubmission)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let submission = tx.submissions().find(id).await?.ok_or(Error::NotFound("submission"))?;
        self.room.for_more(&mut *tx, Metered::Submissions, 1).await?;
        if !tx.submissions().release(id).await? {
            return Err(Error::NotFound("submission"));
        }
        let released = Event::SubmissionReceived { submission: id, form: submission.form };
        tx.outbox().append(&released, self.clock.now()).await?;
        Ok(tx.commit().await?)
    }

    /// Deletes a submission that is in quarantine.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if no such submission is in quarantine.
    pub async fn discard(&self, actor: &Actor, id: SubmissionId) -> Result<(), Error> {
        let scope = actor.permit(Permission::ReleaseSubmission)?;
        let mut tx = self.storage.tenant(&scope).await?;
        if !tx.submissions().discard(id).await? {
            return Err(Error::NotFound("submission"));
        }
        Ok(tx.commit().await?)
    }
}
