//! The pieces in which jobs are done. A piece is one unit of work: it does a bounded part, and keeps in the same commit how
//! far the job came, so that after a crash nothing is done twice and nothing left out.
//!
//! A kind of job is one file here and one arm of [`Piece::next`].

mod change_leads;
mod erase_leads;
mod export_leads;
mod import_leads;
mod undo_import;

use std::sync::Arc;

use qualify_domain::{
    access::{Actor, Permission},
    job::{Job, JobKind},
};
use qualify_ports::{
    files::Files,
    storage::{Storage, TenantTx},
    time::{Clock, Ids},
    tokens::Tokens,
};
use tracing::warn;

use super::file;
use crate::{Error, Leads, Ports, export_limits::ExportLimits};

/// What pieces are done with.
pub(crate) struct Bench {
    pub storage: Arc<dyn Storage>,
    pub clock: Arc<dyn Clock>,
    pub ids: Arc<dyn Ids>,
    pub files: Arc<dyn Files>,
    pub tokens: Arc<dyn Tokens>,
    pub limits: ExportLimits,
    pub leads: Leads,
}

impl Bench {
    pub fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            files: ports.files.clone(),
            tokens: ports.tokens.clone(),
            limits: ExportLimits::new(ports),
            leads: Leads::new(ports),
        }
    }
}

/// A piece of a job, done with the rights its asker has now.
pub(crate) struct Piece<'a> {
    pub bench: &'a Bench,
    pub actor: &'a Actor,
    pub job: &'a mut Job,
    /// What breaks now is not tried again, and ends the job where it cannot be left out.
    pub is_last_try: bool,
}

impl Piece<'_> {
    /// Does the next piece.
    pub async fn next(&mut self) -> Result<(), Error> {
        match self.job.kind.clone() {
            JobKind::ChangeLeads(change) => self.change_leads(&change).await,
            JobKind::EraseLeads(erase) => self.erase_leads(&erase).await,
            JobKind::ExportLeads(export) => self.export_leads(&export).await,
            JobKind::ImportLeads { import } => self.import_leads(import).await,
            JobKind::UndoImport { import } => self.undo_import(import).await,
        }
    }

    /// Opens the unit of work of this piece.
    async fn open(&self, permission: Permission) -> Result<Box<dyn TenantTx>, Error> {
        Ok(self.bench.storage.tenant(&self.actor.permit(permission)?).await?)
    }

    /// Keeps how far the job came, and with it all that the piece did.
    async fn keep(&mut self, mut tx: Box<dyn TenantTx>) -> Result<(), Error> {
        tx.jobs().keep(self.job).await?;
        Ok(tx.commit().await?)
    }

    /// Ends the job because its asker wants it stopped.
    pub async fn cancel(&mut self) -> Result<(), Error> {
        self.job.cancel(self.bench.clock.now());
        let tx = self.open(self.job.kind.permission()).await?;
        self.keep(tx).await?;
        self.remove_file().await;
        Ok(())
    }

    /// Removes what there is of a file that nobody will fetch. What cannot be reached goes when its time is over.
    async fn remove_file(&self) {
        if self.job.kind.file().is_none() {
            return;
        }
        if let Err(error) = file::remove(&*self.bench.files, self.job).await {
            warn!(error = &error as &dyn std::error::Error, job = %self.job.id, "a file is left until it expires");
        }
    }
}
