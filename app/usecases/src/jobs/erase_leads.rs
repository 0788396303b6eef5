use jiff::tz::TimeZone;
use qualify_domain::{
    access::{Actor, Permission},
    id::{JobId, LeadId},
    job::{EraseLeads, JobKind, MOST_NAMED},
    lead_filter::{LeadFilter, Search, Viewpoint},
    violation::{Rule, Violations},
};
use qualify_ports::storage::LeadQuery;

use crate::{
    Error,
    leads::list::{refuse_gone, seek},
};

/// So many leads are read at once.
const PART: u16 = 500;

impl super::Jobs {
    /// Begins to erase leads. Which of them a claim outweighs shows when it is their turn, and stands in the job's report.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] at `leads` for none or too many; [`Error::Limit`] while too many jobs of the
    /// actor are unfinished.
    pub async fn erase_leads(&self, actor: &Actor, mut erase: EraseLeads) -> Result<JobId, Error> {
        let _may = actor.permit(Permission::EraseLead)?;
        let scope = actor.permit(Permission::RunJobs)?;
        erase.leads.sort_unstable();
        erase.leads.dedup();
        match erase.leads.len() {
            0 => return Err(Violations::one("leads", Rule::Required).into()),
            named if named > MOST_NAMED => return Err(Violations::one("leads", Rule::TooMany(MOST_NAMED)).into()),
            _ => {}
        }
        let mut tx = self.storage.tenant(&scope).await?;
        let id = self.begin(&mut *tx, &scope, JobKind::EraseLeads(erase)).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The leads that a list shows now, to be erased by name.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Invalid`] at `leads` if they are too many, at `filter` for a property that is gone.
    pub async fn to_erase(
        &self,
        actor: &Actor,
        filter: &LeadFilter,
        search: Option<&Search>,
        zone: TimeZone,
    ) -> Result<Vec<LeadId>, Error> {
        let _may = actor.permit(Permission::EraseLead)?;
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        refuse_gone(filter, &tx.properties().list().await?)?;
        let pipelines = tx.pipelines().all().await?;
        let from = Viewpoint::of(self.clock.now(), zone, scope.user(), &pipelines.live);
        let sought = seek(&mut *tx, search).await?;
        let (mut leads, mut after) = (Vec::new(), None);
        loop {
            let newest = LeadQuery::newest(filter, &from, PART);
            let query = LeadQuery { sought: sought.as_ref(), after: after.as_ref(), ..newest };
            let rows = tx.leads().page(&query).await?;
            leads.extend(rows.items.iter().map(|row| row.id));
            if leads.len() > MOST_NAMED {
                return Err(Violations::one("leads", Rule::TooMany(MOST_NAMED)).into());
            }
            after = rows.next;
            if after.is_none() {
                return Ok(leads);
            }
        }
    }
}
