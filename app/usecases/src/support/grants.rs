use jiff::Timestamp;
use qualify_domain::{
    access::{Actor, Forbidden, Permission},
    id::SupportGrantId,
    organization::Member,
    support::{SupportError, SupportGrant, SupportVisit},
    text::Message,
};

use crate::Error;

/// A grant as an owner wants it.
pub struct OpenSupport {
    /// For how many hours.
    pub hours: u8,
    /// What support is to look after.
    pub reason: Message,
}

/// What was opened for support, and what became of it.
#[derive(Debug)]
pub struct SupportList {
    /// All that is kept, the latest first, each with its visits.
    pub grants: Vec<(SupportGrant, Vec<SupportVisit>)>,
    /// The members who opened and ended them, and others.
    pub members: Vec<Member>,
    /// When it was asked.
    pub now: Timestamp,
}

impl super::Support {
    /// What owners opened in the last twelve months.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, actor: &Actor) -> Result<SupportList, Error> {
        let scope = actor.permit(Permission::GrantSupport)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let (grants, members) = (tx.support().list().await?, tx.members().list().await?);
        Ok(SupportList { grants, members, now: self.clock.now() })
    }

    /// Opens the organization to support for a while.
    ///
    /// # Errors
    /// [`Error::Forbidden`], for a program too; [`Error::Rule`] unless it is for 1 to 24 hours, and while another grant is
    /// open.
    pub async fn open(&self, actor: &Actor, command: OpenSupport) -> Result<SupportGrantId, Error> {
        let scope = actor.permit(Permission::GrantSupport)?;
        let author = scope.user().ok_or(Forbidden(Permission::GrantSupport))?;
        let (OpenSupport { hours, reason }, now) = (command, self.clock.now());
        let grant = SupportGrant::open(self.ids.next(), hours, reason, author, now)?;
        let mut tx = self.storage.tenant(&scope).await?;
        // Of two owners who open at once, one does.
        tx.members().hold().await?;
        if !tx.support().open(now).await?.is_empty() {
            return Err(SupportError::Open.into());
        }
        tx.support().insert(&grant).await?;
        tx.commit().await?;
        Ok(grant.id)
    }

    /// Closes it again, at once: whoever is in sees nothing more.
    ///
    /// # Errors
    /// [`Error::Forbidden`], for a program too; [`Error::Rule`] if it is not open.
    pub async fn end(&self, actor: &Actor) -> Result<(), Error> {
        let scope = actor.permit(Permission::GrantSupport)?;
        let by = scope.user().ok_or(Forbidden(Permission::GrantSupport))?;
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&scope).await?;
        let open = tx.support().open(now).await?;
        if open.is_empty() {
            return Err(SupportError::Over.into());
        }
        for mut grant in open {
            grant.end(by, now)?;
            tx.support().end(&grant).await?;
        }
        Ok(tx.commit().await?)
    }
}
