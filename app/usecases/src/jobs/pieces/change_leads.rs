use jiff::{Timestamp, tz::TimeZone};
use qualify_domain::{
    access::TenantScope,
    activity::{Activity, What},
    id::LeadId,
    job::{ChangeLeads, LeadAct, Skipped, Which},
    lead_filter::Viewpoint,
    pipeline::Pipelines,
};
use qualify_ports::{
    live::Change,
    storage::{LeadQuery, StorageError, TenantTx},
};

use super::{
    Piece,
    export_leads::{read_place, write_place},
};
use crate::{Error, jobs::change_leads::check, leads::list::seek};

/// How many leads a piece changes.
const PART: u16 = 200;
/// The outcome that counts them.
const CHANGED: &str = "changed";

impl Piece<'_> {
    /// Changes the next leads.
    pub(super) async fn change_leads(&mut self, change: &ChangeLeads) -> Result<(), Error> {
        let scope = self.actor.permit(change.act.permission())?;
        let mut tx = self.open(change.act.permission()).await?;
        check(&mut *tx, &scope, &change.act).await?;
        let pipelines = tx.pipelines().all().await?;
        let (ids, next) = self.part(&mut *tx, &scope, &change.which, &pipelines).await?;
        let now = self.bench.clock.now();
        let mut told: Vec<Activity> = Vec::new();
        for id in &ids {
            match self.act(&mut *tx, &scope, *id, &change.act, &pipelines, now).await? {
                Err(why) => self.job.leave_out(*id, why),
                Ok(what) => {
                    self.job.report.count(CHANGED, 1);
                    let (lead, at, author) = (*id, now, scope.author());
                    told.extend(what.map(|what| Activity { id: self.bench.ids.next(), lead, at, author, what }));
                }
            }
        }
        tx.lead_batches().tell_all(&told).await?;
        let is_last = next.is_empty();
        self.job.advance(ids.len() as u64, next, now);
        if is_last {
            self.job.finish(now);
        }
        self.keep(tx).await
    }

    /// The next leads, and where those after them begin; empty after the last.
    async fn part(
        &mut self,
        tx: &mut dyn TenantTx,
        scope: &TenantScope,
        which: &Which,
        pipelines: &Pipelines,
    ) -> Result<(Vec<LeadId>, String), Error> {
        match which {
            Which::These(all) => {
                self.job.total = Some(all.len() as u64);
                let begin: usize = self.job.place.parse().unwrap_or_default();
                let end = all.len().min(begin + usize::from(PART));
                let next = if end < all.len() { end.to_string() } else { String::new() };
                Ok((all.get(begin..end).unwrap_or_default().to_vec(), next))
            }
            Which::All { filter, search, zone } => {
                let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
                let from = Viewpoint::of(self.job.asked_at, zone, scope.user(), &pipelines.live);
                let sought = seek(tx, search.as_ref()).await?;
                // The newest come first: whatever is done to a lead, those that are left keep their places.
                let (after, part) = read_place(&self.job.place);
                let newest = LeadQuery::newest(filter, &from, PART);
                let query = LeadQuery { sought: sought.as_ref(), after: after.as_ref(), ..newest };
                let rows = tx.leads().page(&query).await?;
                let next = rows.next.as_ref().map(|next| write_place(next, part + 1)).unwrap_or_default();
                Ok((rows.items.iter().map(|row| row.id).collect(), next))
            }
        }
    }

    /// Changes one lead; tells what its timeline is to tell of it, or why it is left as it is.
    async fn act(
        &self,
        tx: &mut dyn TenantTx,
        scope: &TenantScope,
        id: LeadId,
        act: &LeadAct,
        pipelines: &Pipelines,
        now: Timestamp,
    ) -> Result<Result<Option<What>, Skipped>, Error> {
        let Some(mut lead) = tx.leads().find(id).await? else { return Ok(Err(Skipped::Gone)) };
        let acted = match act.apply(&mut lead, pipelines, scope.user(), now) {
            Ok(acted) => acted,
            Err(skipped) => return Ok(Err(skipped)),
        };
        // Told before and after: to whoever sees it no more, and to whoever sees it now.
        tx.announce(Change::Lead(id)).await?;
        match tx.leads().update(&lead).await {
            Ok(()) => {}
            Err(StorageError::Stale) => return Ok(Err(Skipped::Changed)),
            Err(error) => return Err(error.into()),
        }
        tx.announce(Change::Lead(id)).await?;
        if let Some(event) = acted.event {
            tx.outbox().append(&event, now).await?;
        }
        Ok(Ok(acted.what))
    }
}
