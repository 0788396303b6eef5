use qualify_domain::{
    access::{Actor, Permission, TenantScope},
    score::{Edition, Rulebook},
};
use qualify_ports::storage::{StorageError, TenantTx};

use crate::Error;

impl super::Scores {
    /// Puts what the member is working on into force: a new version, by which all leads are scored from now on. Tells
    /// which.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if they are working on nothing; [`Error::Stale`] if other rules were put
    /// into force since they began.
    pub async fn publish(&self, actor: &Actor) -> Result<i32, Error> {
        let scope = actor.permit(Permission::ManageScore)?;
        let user = scope.user().ok_or(Error::NotFound("member"))?;
        let mut tx = self.storage.tenant(&scope).await?;
        let draft = tx.scores().draft(user).await?.ok_or(Error::NotFound("draft"))?;
        let version = self.put_into_force(&mut *tx, &scope, draft.book, draft.base).await?;
        tx.scores().discard_draft(user).await?;
        tx.commit().await?;
        Ok(version)
    }

    /// Puts these rules into force in place of version `expected`; tells the version they are. Rules that are in force
    /// already stay what they are.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Stale`] if other rules are in force than those that were expected;
    /// [`Error::Invalid`] if they ask for a form or a property that is gone.
    pub async fn replace(&self, actor: &Actor, book: Rulebook, expected: i32) -> Result<i32, Error> {
        let scope = actor.permit(Permission::ManageScore)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let book = super::edit::known(&mut *tx, book).await?;
        let version = self.put_into_force(&mut *tx, &scope, book, expected).await?;
        tx.commit().await?;
        Ok(version)
    }

    /// Puts the rules of an earlier version into force in place of version `expected`; tells the version they are.
    ///
    /// # Errors
    /// As of [`Self::replace`]; [`Error::NotFound`] if there is no such version.
    pub async fn restore(&self, actor: &Actor, version: i32, expected: i32) -> Result<i32, Error> {
        let book = self.version(actor, version).await?.book;
        self.replace(actor, book, expected).await
    }

    async fn put_into_force(
        &self,
        tx: &mut dyn TenantTx,
        scope: &TenantScope,
        book: Rulebook,
        expected: i32,
    ) -> Result<i32, Error> {
        // Who takes one of them out of use meanwhile waits, and then finds these rules in force; or was first, and leads are
        // scored without what asks for it.
        tx.properties().hold(&book.properties()).await?;
        let present = self.in_force(tx).await?;
        if present.version != expected {
            return Err(Error::Stale);
        }
        if present.version > 0 && present.book.changes_to(&book).is_empty() {
            return Ok(present.version);
        }
        let version = present.version + 1;
        let book = Rulebook { next: book.next.max(present.book.next), ..book };
        let edition = Edition { version, book, made_at: self.clock.now(), made_by: scope.author() };
        match tx.scores().put_into_force(&edition).await {
            // Somebody else did at the same moment.
            Err(StorageError::Conflict) => Err(Error::Stale),
            other => Ok(other.map(|()| version)?),
        }
    }
}
