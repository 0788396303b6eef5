use qualify_domain::{
    access::{Actor, Permission},
    id::FormId,
    submission::Submission,
};
use qualify_ports::storage::{Received, Slice, SubmissionCursor};

use crate::Error;

/// A part of what a form received, newest first.
pub type SubmissionList = Slice<Submission, SubmissionCursor>;

impl super::Submissions {
    /// A part of what a form received, newest first, after `after`.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn of_form(
        &self,
        actor: &Actor,
        form: FormId,
        which: Received,
        after: Option<SubmissionCursor>,
        limit: u16,
    ) -> Result<SubmissionList, Error> {
        let scope = actor.permit(Permission::ReadSubmissions)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.forms().find(form).await?.ok_or(Error::NotFound("form"))?;
        Ok(tx.submissions().of_form(form, which, after, limit).await?)
    }
}
