use qualify_domain::{
    access::{Actor, Permission},
    form::{Edition, Form},
    id::FormId,
    organization::Member,
    property::Property,
};

use super::change::form_of;
use crate::Error;

/// Editions of a form, the latest first.
#[derive(Debug)]
pub struct FormHistory {
    /// The form as it is now.
    pub form: Form,
    /// The editions, and one more beyond the last that is shown, to compare that with.
    pub editions: Vec<Edition>,
    /// How many of them are shown.
    pub shown: usize,
    /// The members whose names stand in it.
    pub members: Vec<Member>,
}

impl FormHistory {
    /// The editions that are shown, each with the one before it.
    pub fn rows(&self) -> impl Iterator<Item = (&Edition, Option<&Edition>)> {
        let rows = self.editions.iter().enumerate().take(self.shown);
        rows.map(|(place, edition)| (edition, self.editions.get(place + 1)))
    }

    /// The version before which older editions begin; none if there are none.
    pub fn older(&self) -> Option<i32> {
        let last = self.editions.get(self.shown.checked_sub(1)?)?;
        (self.editions.len() > self.shown).then_some(last.version)
    }
}

/// One edition of a form.
#[derive(Debug)]
pub struct EditionFile {
    /// The form as it is now.
    pub form: Form,
    /// The edition.
    pub edition: Edition,
    /// The one before it; none if it is the first.
    pub former: Option<Edition>,
    /// The members whose names stand in it.
    pub members: Vec<Member>,
    /// What the organization itself wants to know of leads, with what is out of use.
    pub properties: Vec<Property>,
}

impl super::Forms {
    /// The editions of a form before version `before`, the latest first, at most `limit`.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn history(
        &self,
        actor: &Actor,
        id: FormId,
        before: Option<i32>,
        limit: u16,
    ) -> Result<FormHistory, Error> {
        let scope = actor.permit(Permission::ReadForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let form = form_of(&mut *tx, id).await?;
        let editions = tx.forms().editions(id, before, limit.saturating_add(1)).await?;
        let shown = editions.len().min(limit.into());
        Ok(FormHistory { form, editions, shown, members: tx.members().list().await? })
    }

    /// A form as it was published with that version.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] for the form or the edition.
    pub async fn edition(&self, actor: &Actor, id: FormId, version: i32) -> Result<EditionFile, Error> {
        let scope = actor.permit(Permission::ReadForms)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let form = form_of(&mut *tx, id).await?;
        let latest = tx.forms().editions(id, version.checked_add(1), 2).await?;
        let mut latest = latest.into_iter();
        let edition = latest.next().filter(|edition| edition.version == version).ok_or(Error::NotFound("edition"))?;
        Ok(EditionFile {
            form,
            edition,
            former: latest.next(),
            members: tx.members().list().await?,
            properties: tx.properties().list().await?,
        })
    }
}
