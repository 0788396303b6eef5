use qualify_domain::{
    access::{Actor, Permission},
    form::Form,
    organization::Member,
    score::Edition,
};

use crate::Error;

/// How many versions a part of the history shows.
const SHOWN: usize = 20;

/// Versions of the rules, the newest first.
#[derive(Debug)]
pub struct ScoreHistory {
    /// The versions, and one more beyond the last that is shown, to compare that with.
    pub editions: Vec<Edition>,
    /// How many of them are shown.
    pub shown: usize,
    /// The members whose names stand in it.
    pub members: Vec<Member>,
    /// The forms whose names stand in it.
    pub forms: Vec<Form>,
}

impl super::Scores {
    /// The versions before `before`, the newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn history(&self, actor: &Actor, before: Option<i32>) -> Result<ScoreHistory, Error> {
        let scope = actor.permit(Permission::ManageScore)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let most = u16::try_from(SHOWN + 1).unwrap_or(u16::MAX);
        let editions = tx.scores().editions(before, most).await?;
        let shown = editions.len().min(SHOWN);
        Ok(ScoreHistory { editions, shown, members: tx.members().list().await?, forms: tx.forms().list().await? })
    }
}
