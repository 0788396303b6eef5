use jiff::Timestamp;
use qualify_domain::{
    access::{Actor, Forbidden, Permission},
    breach::{Breach, BreachError, Incident},
    id::BreachId,
    organization::Member,
    text::Message,
};
use qualify_ports::storage::BreachNotice;

use super::{Breaches, LogBreach};
use crate::Error;

/// The log of an organization.
#[derive(Debug)]
pub struct BreachLog {
    /// Its own breaches, the latest first.
    pub own: Vec<Breach>,
    /// Those of the service that concern it, the latest first.
    pub of_service: Vec<BreachNotice>,
}

/// One breach of the log, with the members who may have logged it.
#[derive(Debug)]
pub struct BreachFile {
    /// The breach.
    pub breach: Breach,
    /// The members.
    pub members: Vec<Member>,
}

impl Breaches {
    /// The log.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, actor: &Actor) -> Result<BreachLog, Error> {
        let mut tx = self.storage.tenant(&actor.permit(Permission::EraseLead)?).await?;
        Ok(BreachLog { own: tx.breaches().list().await?, of_service: tx.breaches().notices().await? })
    }

    /// One of the organization's own.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn open(&self, actor: &Actor, id: BreachId) -> Result<BreachFile, Error> {
        let mut tx = self.storage.tenant(&actor.permit(Permission::EraseLead)?).await?;
        let breach = tx.breaches().find(id).await?.ok_or(Error::NotFound("breach"))?;
        Ok(BreachFile { breach, members: tx.members().list().await? })
    }

    /// Logs one of the organization's own.
    ///
    /// # Errors
    /// [`Error::Forbidden`], for a program too; [`Broken::Breach`](crate::Broken::Breach) if it is noticed in the future.
    pub async fn log(&self, actor: &Actor, command: LogBreach) -> Result<BreachId, Error> {
        let scope = actor.permit(Permission::EraseLead)?;
        let author = scope.user().ok_or(Forbidden(Permission::EraseLead))?;
        let LogBreach { incident, aware_at } = command;
        let breach = Breach::log(self.ids.next(), incident, Some(author), aware_at, self.clock.now())?;
        let mut tx = self.storage.tenant(&scope).await?;
        tx.breaches().insert(&breach).await?;
        tx.commit().await?;
        Ok(breach.id)
    }

    /// Keeps what is known of one by now.
    ///
    /// # Errors
    /// As [`Self::tell_cnil`].
    pub async fn revise(&self, actor: &Actor, id: BreachId, incident: Incident) -> Result<(), Error> {
        self.step(actor, id, |breach| breach.revise(incident)).await
    }

    /// Keeps when the CNIL was told of one, and why only then if it was late.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Broken::Breach`](crate::Broken::Breach).
    pub async fn tell_cnil(
        &self,
        actor: &Actor,
        id: BreachId,
        at: Timestamp,
        late_because: Option<Message>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        self.step(actor, id, |breach| breach.tell_cnil(at, late_because, now)).await
    }

    /// Keeps when the people were told whose data it is.
    ///
    /// # Errors
    /// As [`Self::tell_cnil`].
    pub async fn tell_people(&self, actor: &Actor, id: BreachId, at: Timestamp) -> Result<(), Error> {
        let now = self.clock.now();
        self.step(actor, id, |breach| breach.tell_people(at, now)).await
    }

    /// Closes one, with the reasons if the CNIL was not told.
    ///
    /// # Errors
    /// As [`Self::tell_cnil`].
    pub async fn close(&self, actor: &Actor, id: BreachId, untold_because: Option<Message>) -> Result<(), Error> {
        let now = self.clock.now();
        self.step(actor, id, |breach| breach.close(untold_because, now)).await
    }

    async fn step(
        &self,
        actor: &Actor,
        id: BreachId,
        step: impl FnOnce(&mut Breach) -> Result<(), BreachError> + Send,
    ) -> Result<(), Error> {
        let mut tx = self.storage.tenant(&actor.permit(Permission::EraseLead)?).await?;
        let mut breach = tx.breaches().find(id).await?.ok_or(Error::NotFound("breach"))?;
        step(&mut breach)?;
        tx.breaches().keep(&breach).await?;
        Ok(tx.commit().await?)
    }
}
