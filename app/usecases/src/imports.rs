//! People taken over from files: uploaded, explained, tried, done, and undone.

mod begin;
pub(crate) mod erased;
mod file;
mod open;
pub(crate) mod reading;
pub(crate) mod restricted;
mod table;
mod try_out;
mod upload;

use std::sync::Arc;

use qualify_domain::{
    access::{Reach, TenantScope},
    activity::Author,
    id::ImportId,
    import::Import,
};
use qualify_ports::{
    storage::{Storage, TenantTx},
    time::{Clock, Ids},
    tokens::Tokens,
};
use tokio::sync::{Semaphore, SemaphorePermit};

pub use self::{
    file::{ProblemFile, ProblemRow},
    open::{ImportFile, Previewed},
    upload::{Limits, NewImport},
};
use crate::{Error, Ports, jobs::Jobs};

/// People taken over from files.
#[derive(Clone)]
pub struct Imports {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    tokens: Arc<dyn Tokens>,
    jobs: Jobs,
}

impl Imports {
    pub(crate) fn new(ports: &Ports, jobs: Jobs) -> Self {
        let (storage, clock) = (ports.storage.clone(), ports.clock.clone());
        Self { storage, clock, ids: ports.ids.clone(), tokens: ports.tokens.clone(), jobs }
    }
}

/// So many files are looked through at once.
static LOOKED_THROUGH: Semaphore = Semaphore::const_new(2);

/// Waits for one's turn to look through a file. To be taken before a unit of work begins: whoever waits holds no connection.
async fn turn() -> Result<SemaphorePermit<'static>, Error> {
    LOOKED_THROUGH.acquire().await.map_err(|error| Error::Failed(error.into()))
}

/// Does what keeps a processor busy for long, as a whole file does, on a thread that nobody waits for.
async fn apart<T, F>(turn: SemaphorePermit<'static>, work: F) -> Result<T, Error>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let looked_through = move || {
        let _turn = turn;
        work()
    };
    tokio::task::spawn_blocking(looked_through).await.map_err(|error| Error::Failed(error.into()))
}

/// Whose imports are within reach: everybody's for whoever reaches all leads, else one's own.
fn whose(scope: &TenantScope) -> Option<Author> {
    if scope.reach() == Reach::All { None } else { scope.author() }
}

/// An import within reach.
async fn find(tx: &mut dyn TenantTx, scope: &TenantScope, id: ImportId) -> Result<Import, Error> {
    tx.imports().find(id, whose(scope)).await?.ok_or(Error::NotFound("import"))
}
