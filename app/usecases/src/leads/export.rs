use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt};
use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    access::{Actor, Permission},
    audit::{FieldChange, Target},
    job::ExportLeads,
    lead_order::LeadPlace,
};
use qualify_ports::storage::Storage;
use tokio::sync::mpsc;
use tracing::Instrument;

use super::sheet::{self, Sheet};
use crate::{
    Error,
    export_limits::{ExportLimits, Running, is_whole},
};

/// How many leads are read at once, and how many such parts wait for whoever takes them.
const PART: u16 = 1_000;
const WAITING: usize = 2;
/// Of an export that holds a place it is told that it goes on so often.
const TELLING: SignedDuration = SignedDuration::from_secs(20);

/// A file of leads, part after part.
pub type LeadParts = BoxStream<'static, Result<Vec<u8>, Error>>;

/// Leads on their way out.
struct Outgoing {
    storage: Arc<dyn Storage>,
    whose: Actor,
    export: ExportLeads,
    to: mpsc::Sender<Result<Vec<u8>, Error>>,
    rows: u64,
    limits: ExportLimits,
    /// What it holds, if it is an export of the whole organization.
    running: Option<Running>,
    /// When it last told that it goes on.
    told_at: Timestamp,
    /// When it was asked for: what is young then is young to the end.
    now: Timestamp,
}

impl super::Leads {
    /// Leads as a file, however many: part after part, as fast as they are taken, in as much memory as a few parts need.
    /// That it was taken is in the audit trail before the first part goes, and with how many rows when the last has gone.
    /// All of the organization are let out three times a day, while no other export runs (DSR-13).
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] for a property that is gone; [`Error::TooOften`];
    /// [`Broken::ExportRuns`](crate::Broken::ExportRuns).
    pub async fn export(&self, actor: &Actor, export: ExportLeads) -> Result<LeadParts, Error> {
        let scope = actor.permit(Permission::ExportLeads)?;
        Sheet::check(&mut *self.storage.tenant(&scope).await?, &export).await?;
        let limits = self.limits.clone();
        let running =
            if is_whole(&export, &scope) { Some(limits.organization(scope.organization()).await?) } else { None };
        #[expect(clippy::disallowed_methods, reason = "that leads are taken away is in the trail by now")]
        let whose = actor.clone().in_pieces();
        let (to, mut from) = mpsc::channel(WAITING);
        let (storage, now) = (self.storage.clone(), self.clock.now());
        let outgoing = Outgoing { storage, whose, export, to, rows: 0, limits, running, told_at: now, now };
        tokio::spawn(outgoing.go().in_current_span());
        Ok(stream::poll_fn(move |context| from.poll_recv(context)).boxed())
    }
}

impl Outgoing {
    async fn go(mut self) {
        // Whoever left took what had gone by then: the trail is told of that, too.
        if let Err(error) = self.write().await {
            tracing::error!(error = &error as &dyn std::error::Error, "an export broke");
            let _ = self.to.send(Err(error)).await;
        }
        if let Some(running) = self.running.take()
            && let Err(error) = self.limits.end(running, Ok(())).await
        {
            tracing::warn!(error = &error as &dyn std::error::Error, "an export holds its place until that expires");
        }
        if let Err(error) = self.tell().await {
            tracing::error!(error = &error as &dyn std::error::Error, "an export's rows could not be told");
        }
    }

    async fn write(&mut self) -> Result<(), Error> {
        let head = sheet::head(&self.export);
        if !head.is_empty() && self.to.send(Ok(head.into_bytes())).await.is_err() {
            return Ok(());
        }
        let (mut sheet, mut after) = (None, None::<LeadPlace>);
        loop {
            self.go_on().await?;
            let scope = self.whose.permit(Permission::ExportLeads)?;
            let mut tx = self.storage.tenant(&scope).await?;
            let sheet = match &mut sheet {
                Some(sheet) => sheet,
                none => none.insert(Sheet::open(&mut *tx, &self.export).await?),
            };
            let from = sheet::viewpoint(&self.export, &scope, sheet, self.now);
            let (leads, next) = sheet::part(&mut *tx, &self.export, &from, after.as_ref(), PART).await?;
            drop(tx);
            let text: String = leads.iter().map(|lead| sheet.line(lead)).collect();
            if self.to.send(Ok(text.into_bytes())).await.is_err() {
                return Ok(());
            }
            self.rows += leads.len() as u64;
            after = next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Holds its place for longer. Whoever takes nothing for so long that another export was let in gets no more.
    async fn go_on(&mut self) -> Result<(), Error> {
        let now = self.limits.now();
        if let Some(running) = self.running.as_ref().filter(|_| now.duration_since(self.told_at) >= TELLING) {
            self.limits.goes_on(running).await?;
            self.told_at = now;
        }
        Ok(())
    }

    async fn tell(&self) -> Result<(), Error> {
        let scope = self.whose.permit(Permission::ExportLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let rows = FieldChange::between("rows", "", self.rows);
        tx.audit().tell(Target::Organization(scope.organization()), vec![rows]);
        Ok(tx.commit().await?)
    }
}
