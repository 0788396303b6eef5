use std::sync::Arc;

use jiff::Timestamp;
use qualify_domain::{
    breach::{Breach, BreachError, Incident},
    id::BreachId,
    text::Message,
};
use qualify_ports::{
    storage::{BreachCount, Concerned, Named, PlatformTask, PlatformTx, Storage},
    time::{Clock, Ids},
};

use super::LogBreach;
use crate::Error;

/// A breach of the service, and how many organizations it concerns.
#[derive(Clone, Debug)]
pub struct Logged {
    /// The breach.
    pub breach: Breach,
    /// How many it concerns, and how many of them were told.
    pub count: BreachCount,
}

/// The operator's log of breaches of the service. What is done here needs the configuration of the installation, and no
/// account: no member comes by it.
#[derive(Clone)]
pub struct ServiceBreaches {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
}

impl ServiceBreaches {
    /// The log that is kept there.
    pub fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>, ids: Arc<dyn Ids>) -> Self {
        Self { storage, clock, ids }
    }

    /// The log, the latest first.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn list(&self) -> Result<Vec<Logged>, Error> {
        let mut tx = self.storage.platform(PlatformTask::TendBreaches).await?;
        let mut all = Vec::new();
        for breach in tx.service_breaches().list().await? {
            all.push(Logged { count: tx.service_breaches().count(breach.id).await?, breach });
        }
        Ok(all)
    }

    /// One breach of the log.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Failed`].
    pub async fn open(&self, id: BreachId) -> Result<Logged, Error> {
        let mut tx = self.storage.platform(PlatformTask::TendBreaches).await?;
        let breach = tx.service_breaches().find(id).await?.ok_or(Error::NotFound("breach"))?;
        Ok(Logged { count: tx.service_breaches().count(id).await?, breach })
    }

    /// Logs a breach; the organizations that it concerns are told at once.
    ///
    /// # Errors
    /// [`Error::NotFound`] if an organization is not there: nothing is logged then, so that it can be tried again with the
    /// right one; [`Broken::Breach`](crate::Broken::Breach) if it is noticed in the future; [`Error::Failed`].
    pub async fn log(&self, command: LogBreach, concerned: &Concerned) -> Result<(BreachId, Named), Error> {
        let LogBreach { incident, aware_at } = command;
        let now = self.clock.now();
        let breach = Breach::log(self.ids.next(), incident, None, aware_at, now)?;
        let mut tx = self.storage.platform(PlatformTask::TendBreaches).await?;
        tx.service_breaches().insert(&breach).await?;
        let named = name(&mut *tx, breach.id, concerned, now).await?;
        tx.commit().await?;
        Ok((breach.id, named))
    }

    /// Names further organizations that a breach concerns; they are told at once.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the breach or an organization is not there; [`Error::Failed`].
    pub async fn concern(&self, id: BreachId, concerned: &Concerned) -> Result<Named, Error> {
        let mut tx = self.storage.platform(PlatformTask::TendBreaches).await?;
        tx.service_breaches().find(id).await?.ok_or(Error::NotFound("breach"))?;
        let named = name(&mut *tx, id, concerned, self.clock.now()).await?;
        tx.commit().await?;
        Ok(named)
    }

    /// Keeps what is known of a breach by now. The organizations see it on their page, and those that were told of the breach
    /// are told of that too: once, if it is anything else than before.
    ///
    /// # Errors
    /// As [`Self::tell_cnil`].
    pub async fn revise(&self, id: BreachId, revised: impl FnOnce(Incident) -> Incident + Send) -> Result<(), Error> {
        let mut tx = self.storage.platform(PlatformTask::TendBreaches).await?;
        let mut breach = tx.service_breaches().find(id).await?.ok_or(Error::NotFound("breach"))?;
        let before = breach.incident.clone();
        breach.revise(revised(before.clone()))?;
        if breach.incident != before {
            tx.service_breaches().keep(&breach).await?;
            tx.service_breaches().tell_revised(id, self.clock.now()).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Keeps when the CNIL was told, and why only then if it was late.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Broken::Breach`](crate::Broken::Breach); [`Error::Failed`].
    pub async fn tell_cnil(&self, id: BreachId, at: Timestamp, late_because: Option<Message>) -> Result<(), Error> {
        let now = self.clock.now();
        self.step(id, |breach| breach.tell_cnil(at, late_because, now)).await
    }

    /// Keeps when the people were told whose data it is.
    ///
    /// # Errors
    /// As [`Self::tell_cnil`].
    pub async fn tell_people(&self, id: BreachId, at: Timestamp) -> Result<(), Error> {
        let now = self.clock.now();
        self.step(id, |breach| breach.tell_people(at, now)).await
    }

    /// Closes a breach, with the reasons if the CNIL was not told.
    ///
    /// # Errors
    /// As [`Self::tell_cnil`].
    pub async fn close(&self, id: BreachId, untold_because: Option<Message>) -> Result<(), Error> {
        let now = self.clock.now();
        self.step(id, |breach| breach.close(untold_because, now)).await
    }

    async fn step(
        &self,
        id: BreachId,
        step: impl FnOnce(&mut Breach) -> Result<(), BreachError> + Send,
    ) -> Result<(), Error> {
        let mut tx = self.storage.platform(PlatformTask::TendBreaches).await?;
        let mut breach = tx.service_breaches().find(id).await?.ok_or(Error::NotFound("breach"))?;
        step(&mut breach)?;
        tx.service_breaches().keep(&breach).await?;
        Ok(tx.commit().await?)
    }
}

async fn name(tx: &mut dyn PlatformTx, id: BreachId, concerned: &Concerned, now: Timestamp) -> Result<Named, Error> {
    let named = tx.service_breaches().concern(id, concerned, now).await?;
    let meant = match concerned {
        Concerned::All => 0,
        Concerned::These(organizations) => u64::try_from(organizations.len()).unwrap_or(u64::MAX),
    };
    if named.known < meant { Err(Error::NotFound("organization")) } else { Ok(named) }
}
