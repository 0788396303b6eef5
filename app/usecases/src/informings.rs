//! Telling people that their data is kept who did not give it themselves (PRV-6): who waits for it, until when, and that it
//! was done. A call or a mail to them does it by itself.

use std::sync::Arc;

use jiff::civil::Date;
use qualify_domain::{
    access::{Actor, Permission},
    import::Import,
    informing::{Batch, due_on},
    violation::{Rule, Violations},
};
use qualify_ports::{storage::Storage, time::Clock};

use crate::{Error, Ports};

/// So many batches are shown.
const SHOWN: u16 = 50;

/// Telling people that their data is kept.
#[derive(Clone)]
pub struct Informings {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

/// People who came in together and were not told yet.
#[derive(Clone, Debug)]
pub struct Untold {
    /// Who they are.
    pub batch: Batch,
    /// The file from which they came, if it was one.
    pub import: Option<Import>,
    /// Whether it is too late to tell them in time.
    pub is_late: bool,
}

impl Informings {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone() }
    }

    /// By which day the first of those is to be told who wait for it, of the leads the actor may see.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn next_due(&self, actor: &Actor) -> Result<Option<Date>, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.informings().first_day(None).await?.map(due_on))
    }

    /// Who waits to be told, of the leads the actor may see; the first who came first.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, actor: &Actor) -> Result<Vec<Untold>, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut all = Vec::new();
        for batch in tx.informings().batches(SHOWN).await? {
            let import = match batch.source.import() {
                Some(import) => tx.imports().find(import, None).await?,
                None => None,
            };
            let is_late = batch.is_late(self.clock.now());
            all.push(Untold { batch, import, is_late });
        }
        Ok(all)
    }

    /// Keeps when a batch was told, as far as the actor may change its leads. The source is told by its id.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if nobody of it waits any more; [`Error::Invalid`] for a day before they
    /// came or after today.
    pub async fn tell(&self, actor: &Actor, source: &str, day: Date, told_on: Date) -> Result<(), Error> {
        let scope = actor.permit(Permission::ChangeLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let batches = tx.informings().batches(SHOWN).await?;
        let batch = batches.into_iter().find(|one| one.day == day && origin(one) == source);
        let batch = batch.ok_or(Error::NotFound("batch"))?;
        if !batch.can_be_told_on(told_on, self.clock.now()) {
            return Err(Violations::one("told_on", Rule::NotAChoice).into());
        }
        tx.informings().keep_told(&batch, told_on).await?;
        Ok(tx.commit().await?)
    }
}

/// The id of the file or of the program from which a batch came.
pub fn origin(batch: &Batch) -> String {
    let import = batch.source.import().map(|import| import.to_string());
    import.or_else(|| batch.source.key().map(|key| key.to_string())).unwrap_or_default()
}
