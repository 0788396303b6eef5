//! Telling people that their data is kept who did not give it themselves (PRV-6): who waits for it, until when, and that it
//! was done. A call or a mail to them does it by itself.

use std::sync::Arc;

use jiff::civil::Date;
use qualify_domain::{
    access::{Actor, Permission},
    deadline::paris_day,
    import::Import,
    informing::{Batch, due_on},
    violation::{Rule, Violations},
};
use qualify_ports::{
    storage::{Looked, Storage, TenantTx},
    time::Clock,
};

use crate::{Error, Ports};

/// So many people are looked at at once, in the order in which they came.
const PART: u32 = 10_000;
/// So many times, until somebody is found who waits.
const PARTS: usize = 10;
/// So many are settled in one piece of work …
const PIECE: u32 = 5_000;
/// … and so many times at once; what is left shows up again.
const PIECES: usize = 10;

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
    /// Whether there may be more of them than were counted.
    pub is_cut: bool,
}

/// Who waits to be told.
#[derive(Clone, Debug)]
pub struct UntoldList {
    /// The first who came first.
    pub batches: Vec<Untold>,
    /// Whether there may be more people than were looked at.
    pub is_cut: bool,
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

    /// Who waits to be told, of the leads the actor may see; the first who came first, as far as is looked at once.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, actor: &Actor) -> Result<UntoldList, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut all = Vec::new();
        let Looked { batches, rest } = waiting(&mut *tx).await?;
        let last = rest.map(|place| paris_day(place.at));
        for batch in batches {
            let import = match batch.source.import() {
                Some(import) => tx.imports().find(import, None).await?,
                None => None,
            };
            let is_late = batch.is_late(self.clock.now());
            let is_cut = last == Some(batch.day);
            all.push(Untold { batch, import, is_late, is_cut });
        }
        Ok(UntoldList { batches: all, is_cut: rest.is_some() })
    }

    /// Keeps when a batch was told, as far as the actor may change its leads. The source is told by its id. Of a very large one
    /// some are left, and wait on.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] if nobody of it waits any more; [`Error::Invalid`] for a day before they
    /// came or after today.
    pub async fn tell(&self, actor: &Actor, source: &str, day: Date, told_on: Date) -> Result<(), Error> {
        let scope = actor.permit(Permission::ChangeLead)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let batches = waiting(&mut *tx).await?.batches;
        let batch = batches.into_iter().find(|one| one.day == day && origin(one) == source);
        let batch = batch.ok_or(Error::NotFound("batch"))?;
        if !batch.can_be_told_on(told_on, self.clock.now()) {
            return Err(Violations::one("told_on", Rule::NotAChoice).into());
        }
        for _ in 0..PIECES {
            let told = tx.informings().keep_told(&batch, told_on, PIECE).await?;
            tx.commit().await?;
            if told < u64::from(PIECE) {
                break;
            }
            tx = self.storage.tenant(&scope).await?;
        }
        Ok(())
    }
}

/// Looks at those who came first, and further on while none of them waits.
async fn waiting(tx: &mut dyn TenantTx) -> Result<Looked, Error> {
    let mut looked = tx.informings().look(None, PART).await?;
    for _ in 1..PARTS {
        let Some(place) = looked.rest.filter(|_| looked.batches.is_empty()) else { break };
        looked = tx.informings().look(Some(&place), PART).await?;
    }
    Ok(looked)
}

/// The id of the file or of the program from which a batch came.
pub fn origin(batch: &Batch) -> String {
    let import = batch.source.import().map(|import| import.to_string());
    import.or_else(|| batch.source.key().map(|key| key.to_string())).unwrap_or_default()
}
