use qualify_domain::{
    access::{Actor, Permission},
    form::Form,
    organization::Member,
    property::Property,
    score::Edition,
};

use crate::Error;

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
    /// The organization's own properties whose names stand in it, with those out of use.
    pub properties: Vec<Property>,
}

impl ScoreHistory {
    /// The versions that are shown, each with the one before it.
    pub fn rows(&self) -> impl Iterator<Item = (&Edition, Option<&Edition>)> {
        let rows = self.editions.iter().enumerate().take(self.shown);
        rows.map(|(place, edition)| (edition, self.editions.get(place + 1)))
    }

    /// The version before which older ones begin; none if there are none.
    pub fn older(&self) -> Option<i32> {
        let last = self.editions.get(self.shown.checked_sub(1)?)?;
        (self.editions.len() > self.shown).then_some(last.version)
    }
}

impl super::Scores {
    /// The versions before `before`, the newest first, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn history(&self, actor: &Actor, before: Option<i32>, limit: u16) -> Result<ScoreHistory, Error> {
        let scope = actor.permit(Permission::ManageScore)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let editions = tx.scores().editions(before, limit.saturating_add(1)).await?;
        let shown = editions.len().min(limit.into());
        let (members, forms) = (tx.members().list().await?, tx.forms().list().await?);
        Ok(ScoreHistory { editions, shown, members, forms, properties: tx.properties().list().await? })
    }

    /// The rules of one version.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn version(&self, actor: &Actor, version: i32) -> Result<Edition, Error> {
        let scope = actor.permit(Permission::ManageScore)?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.scores().edition(version).await?.ok_or(Error::NotFound("version"))
    }
}
