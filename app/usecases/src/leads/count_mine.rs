use jiff::tz::TimeZone;
use qualify_domain::{
    access::{Actor, Permission},
    lead_filter::{Condition, LeadFilter, OwnerIs, Viewpoint},
    pipeline::StageKind,
};
use qualify_ports::storage::LeadQuery;

use crate::Error;

/// A member's own leads are counted so far: that many stands for more, too.
const COUNTED: u16 = 100;

impl super::Leads {
    /// How many leads that are not closed the member who asks owns; 100 stands for that many and more.
    ///
    /// Each page asks: it is one range of the index by owner and stage, and never more than that many rows of it.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn count_mine(&self, actor: &Actor) -> Result<u32, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let Some(user) = scope.user() else { return Ok(0) };
        let mut tx = self.storage.tenant(&scope).await?;
        let pipelines = tx.pipelines().all().await?;
        let from = Viewpoint::of(self.clock.now(), TimeZone::UTC, Some(user), &pipelines.live);
        let open = StageKind::ALL.into_iter().filter(|kind| !kind.is_closed()).collect();
        let mine = LeadFilter::only(Condition::Owner(vec![OwnerIs::Me]));
        let filter = mine.and(Condition::StageKind(open)).map_err(|error| Error::Failed(error.into()))?;
        let query = LeadQuery::newest(&filter, &from, COUNTED);
        Ok(tx.leads().count(&query, COUNTED.into()).await?)
    }
}
