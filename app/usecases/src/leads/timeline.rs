use qualify_domain::{
    access::{Actor, Permission},
    activity::{Activity, What},
    id::LeadId,
    merge::Merge,
    submission::Submission,
};
use qualify_ports::storage::{ActivityPlace, Slice};

use super::found;
use crate::Error;

/// A part of a lead's timeline, with what its entries are about.
#[derive(Debug)]
pub struct Timeline {
    /// The entries, newest first.
    pub entries: Slice<Activity, ActivityPlace>,
    /// What the person sent, as far as these entries tell of it.
    pub submissions: Vec<Submission>,
    /// The merges of which the timeline tells.
    pub merges: Vec<Merge>,
}

impl super::Leads {
    /// A part of the timeline of a lead the actor may see.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Merged`].
    pub async fn timeline(
        &self,
        actor: &Actor,
        id: LeadId,
        after: Option<ActivityPlace>,
        limit: u16,
    ) -> Result<Timeline, Error> {
        let scope = actor.permit(Permission::ReadLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        found(&mut *tx, id).await?;
        let entries = tx.activities().page(id, after, limit).await?;
        let sent = entries.items.iter().filter_map(|entry| match entry.what {
            What::Submitted(submission) => Some(submission),
            _ => None,
        });
        let sent: Vec<_> = sent.collect();
        let submissions = if sent.is_empty() { Vec::new() } else { tx.submissions().all(&sent).await? };
        let is_of_merge = |entry: &Activity| matches!(entry.what, What::Merged(_) | What::Separated(_));
        let tells = entries.items.iter().any(is_of_merge);
        let merges = if tells { tx.merges().of_lead(id).await? } else { Vec::new() };
        Ok(Timeline { entries, submissions, merges })
    }
}
