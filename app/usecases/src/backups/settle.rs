use std::{collections::BTreeSet, sync::Arc, time::Duration};

use qualify_domain::{
    access::{Actor, Duty, Permission},
    closing::{Closing, Ending},
    erasure::Ground,
    gone::Gone,
    id::{LeadId, OrganizationId},
    retention::{Outcome, RULES},
    suppression::Suppression,
};
use qualify_ports::{
    files::FileError,
    storage::{PlatformTask, Storage, StorageError},
    time::Clock,
};
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::Backups;
use crate::{Broken, Error, Ports, Retention, accounts::Accounts, leads::Leads};

/// So many organizations are read at once.
const PART: u16 = 1_000;
/// Whoever swept when the backup was made holds their rule for a minute in it: so often it is tried anew, after so long.
const TRIES: u32 = 45;
const PAUSE: Duration = Duration::from_secs(2);

/// Why a database that was restored is not settled. Whatever was done stays done: it is gone on with by doing it again.
#[derive(Debug, thiserror::Error)]
pub enum SettleError {
    /// The log of what went cannot be read.
    #[error("the log of what went, beside the backups, cannot be read")]
    Log(#[source] FileError),
    /// The storage failed.
    #[error("what went cannot be taken out of the database again")]
    Erasing(#[source] Error),
    /// Organizations of which it was said that they were reopened, and that they are to go.
    #[error(
        "of these organizations it is said both that their owner reopened them and that they are to go: {0}. Say one of each, \
         --reopened ID or --ended ID: nothing was done"
    )]
    Contradicted(String),
    /// Organizations that would go with the sweep, of which nobody knows whether they are to.
    #[error(
        "these organizations were closed when the backup was made, their time is over by now, and the log does not say that they \
         went: {0}. Say of each whether its owner reopened it since (--reopened ID) or it is to go (--ended ID)"
    )]
    Closed(String),
    /// Rules that were not swept to their end.
    #[error("not swept to their end: {0}")]
    Sweeping(String),
}

/// What the operator knows of organizations that were closed when the backup was made, and the log does not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Endings {
    /// Their owners reopened these since.
    pub reopened: BTreeSet<OrganizationId>,
    /// These are to go.
    pub ended: BTreeSet<OrganizationId>,
}

impl Endings {
    /// Sees to it that of no organization both is said.
    ///
    /// # Errors
    /// [`SettleError::Contradicted`], which names those of which it is.
    pub fn check(&self) -> Result<(), SettleError> {
        let both = self.reopened.intersection(&self.ended).map(ToString::to_string);
        let both = both.collect::<Vec<_>>().join(", ");
        if both.is_empty() { Ok(()) } else { Err(SettleError::Contradicted(both)) }
    }
}

/// What came back with a backup, and went again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Leads.
    pub leads: u64,
    /// Leads of which one that had gone was a part that cannot be parted from them any more: they went as a whole.
    pub whole: u64,
    /// Leads of which one that had gone is a part that cannot be parted from them, and that stayed because something keeps them.
    pub kept: u64,
    /// What somebody sent and that hung on no lead.
    pub submissions: u64,
    /// Accounts.
    pub accounts: u64,
    /// Organizations.
    pub organizations: u64,
    /// Addresses to which nothing goes any more.
    pub addresses: u64,
    /// Rows that were due.
    pub swept: u64,
}

/// Settles a database that was restored from a backup, before anybody is served (RET-17).
pub struct Settling {
    backups: Backups,
    leads: Leads,
    accounts: Accounts,
    retention: Retention,
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
}

impl Settling {
    /// Settles by the log that lies beside these backups.
    pub fn new(ports: &Ports, backups: Backups) -> Self {
        Self {
            backups,
            leads: Leads::new(ports),
            accounts: Accounts::new(ports),
            retention: Retention::new(ports.storage.clone(), ports.files.clone(), ports.clock.clone()),
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
        }
    }

    /// Erases once more what was erased after the backup was made, by the ways in which it was erased before, and then sweeps
    /// every rule. No organization goes with that of which nobody says so. Done again, it changes nothing.
    ///
    /// # Errors
    /// [`SettleError`].
    pub async fn settle(&self, endings: &Endings, stop: &CancellationToken) -> Result<Settled, SettleError> {
        endings.check()?;
        let gone = self.backups.written_down().await.map_err(SettleError::Log)?;
        let mut settled = Settled::default();
        self.erase(&gone, &mut settled).await?;
        self.end(&gone, endings).await?;
        settled.swept = self.sweep(stop).await?;
        Ok(settled)
    }

    async fn erase(&self, gone: &[Gone], settled: &mut Settled) -> Result<(), SettleError> {
        let there = self.organizations().await.map_err(SettleError::Erasing)?;
        let mut merged = Vec::new();
        for gone in gone.iter().filter(|gone| there.contains(&gone.organization()) || is_account(gone)) {
            let organization = gone.organization();
            let done = match gone {
                Gone::Lead { id, ground, .. } => match self.erase_lead(organization, *id, *ground).await {
                    Err(Error::Merged(_)) => {
                        merged.push((organization, *id, *ground));
                        Ok(())
                    }
                    done => done.map(|is_done| settled.leads += u64::from(is_done)),
                },
                Gone::Submission { id, .. } => {
                    let done = self.leads.erase_sent_again(&actor(organization), *id).await;
                    done.map(|is_done| settled.submissions += u64::from(is_done))
                }
                Gone::Account { id, .. } => {
                    // Their last organization may be newer than the backup.
                    let Some(home) = there.get(&organization).or_else(|| there.iter().next()) else { continue };
                    let done = self.accounts.delete_again(*id, *home).await;
                    done.map(|is_done| settled.accounts += u64::from(is_done))
                }
                Gone::Address { suppression, .. } => {
                    let done = self.suppress(organization, suppression).await;
                    done.map(|()| settled.addresses += 1)
                }
                Gone::Organization { closed_at, .. } => {
                    let done = self.close(organization, Closing { closed_at: *closed_at, ending: Ending::Asked }).await;
                    done.map(|is_done| settled.organizations += u64::from(is_done))
                }
            };
            done.map_err(SettleError::Erasing)?;
        }
        self.erase_merged(merged, settled).await
    }

    /// A lead that was erased may be part of another in the backup: of one that was erased too, or that stays, if they were
    /// parted in between.
    async fn erase_merged(
        &self,
        merged: Vec<(OrganizationId, LeadId, Ground)>,
        settled: &mut Settled,
    ) -> Result<(), SettleError> {
        for (organization, id, ground) in merged {
            self.part(organization, id).await.map_err(SettleError::Erasing)?;
            let done = match self.erase_lead(organization, id, ground).await {
                // Nobody knows any more what in it is theirs. They were taken for one person, and who was promised to be erased is.
                Err(Error::Merged(into)) => self.erase_whole(organization, into, ground, settled).await,
                done => done.map(|is_done| settled.leads += u64::from(is_done)),
            };
            done.map_err(SettleError::Erasing)?;
        }
        Ok(())
    }

    /// Erases a lead that stays, for the sake of one that is part of it and had gone: unless it is held, or kept because its person
    /// asked for that, which outweighs an erasure (RET-18).
    async fn erase_whole(
        &self,
        organization: OrganizationId,
        into: LeadId,
        ground: Ground,
        settled: &mut Settled,
    ) -> Result<(), Error> {
        match self.leads.erase_as_a_whole(&actor(organization), into, ground).await {
            Ok(()) => {
                warn!(lead = %into, %organization, "a lead went as a whole with one that was merged into it and had gone");
                settled.whole += 1;
            }
            Err(Error::Rule(Broken::Erasure(_) | Broken::Held)) => {
                warn!(lead = %into, %organization, "a lead is kept although one that was merged into it had gone");
                settled.kept += 1;
            }
            Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Undoes merges, as they were undone before the lead was erased: the latest first, until it is there again.
    async fn part(&self, organization: OrganizationId, id: LeadId) -> Result<(), Error> {
        let actor = actor(organization);
        loop {
            let mut tx = self.storage.tenant(&actor.permit(Permission::MergeLeads)?).await?;
            let Some(holder) = tx.merges().holder_of(id).await? else { return Ok(()) };
            let latest = tx.merges().of_lead(holder).await?.into_iter().find(|merge| merge.undone_at.is_none());
            drop(tx);
            let Some(latest) = latest else { return Ok(()) };
            match self.leads.undo_merge_again(&actor, latest.id).await {
                Ok(_) => {}
                // Nothing is left of what would undo it.
                Err(Error::Rule(_) | Error::NotFound(_)) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }

    /// Erases a lead; false if it is not there.
    async fn erase_lead(&self, organization: OrganizationId, id: LeadId, ground: Ground) -> Result<bool, Error> {
        match self.leads.erase_again(&actor(organization), id, ground).await {
            Ok(()) => Ok(true),
            Err(Error::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn suppress(&self, organization: OrganizationId, suppression: &Suppression) -> Result<(), Error> {
        let mut tx = self.storage.tenant(&actor(organization).permit(Permission::EraseLead)?).await?;
        tx.suppressions().keep(suppression).await?;
        Ok(tx.commit().await?)
    }

    /// Has an organization's data go with the sweep that follows; false if its end was asked for already.
    async fn close(&self, organization: OrganizationId, closing: Closing) -> Result<bool, Error> {
        let mut tx = self.storage.tenant(&actor(organization).permit(Permission::CloseOrganization)?).await?;
        match tx.organizations().close(closing).await {
            Ok(()) => tx.commit().await?,
            Err(StorageError::Stale) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        Ok(true)
    }

    /// Sees to it that only those organizations go with the sweep that are to: an owner may have reopened one since.
    async fn end(&self, gone: &[Gone], endings: &Endings) -> Result<(), SettleError> {
        let known = gone.iter().filter(|gone| matches!(gone, Gone::Organization { .. })).map(Gone::organization);
        let known: BTreeSet<_> = known.chain(endings.ended.iter().copied()).collect();
        let mut unknown = Vec::new();
        for organization in self.organizations().await.map_err(SettleError::Erasing)?.difference(&known) {
            let is_reopened = endings.reopened.contains(organization);
            if self.goes(*organization, is_reopened).await.map_err(SettleError::Erasing)? {
                unknown.push(organization.to_string());
            }
        }
        if unknown.is_empty() { Ok(()) } else { Err(SettleError::Closed(unknown.join(", "))) }
    }

    /// Whether an organization would go with the sweep, unless it `is_reopened`: then it is, whatever its time.
    async fn goes(&self, organization: OrganizationId, is_reopened: bool) -> Result<bool, Error> {
        let mut tx = self.storage.tenant(&actor(organization).permit(Permission::CloseOrganization)?).await?;
        let Some(closing) = tx.organizations().closing().await? else { return Ok(false) };
        if !is_reopened {
            return Ok(closing.purge_due_at() <= self.clock.now());
        }
        tx.organizations().reopen(&[closing.ending], closing.closed_at).await?;
        tx.commit().await?;
        Ok(false)
    }

    async fn organizations(&self) -> Result<BTreeSet<OrganizationId>, Error> {
        let mut all = BTreeSet::new();
        loop {
            let mut tx = self.storage.platform(PlatformTask::VerifyAudit).await?;
            let part = tx.security().audited(all.last().copied(), PART).await?;
            if part.is_empty() {
                return Ok(all);
            }
            all.extend(part);
        }
    }

    async fn sweep(&self, stop: &CancellationToken) -> Result<u64, SettleError> {
        let mut rows = 0;
        let mut left: BTreeSet<&str> = RULES.iter().map(|rule| rule.code).collect();
        for _ in 0..TRIES {
            let swept = self.retention.sweep_now(stop).await;
            rows += swept.iter().map(|one| one.rows).sum::<u64>();
            for one in swept.iter().filter(|one| one.outcome == Outcome::Done) {
                left.remove(one.rule.code);
            }
            if left.is_empty() {
                return Ok(rows);
            }
            if stop.is_cancelled() || swept.iter().any(|one| one.outcome != Outcome::Done) {
                break;
            }
            tokio::time::sleep(PAUSE).await;
        }
        Err(SettleError::Sweeping(left.into_iter().collect::<Vec<_>>().join(", ")))
    }
}

/// An account belongs to no organization.
const fn is_account(gone: &Gone) -> bool {
    matches!(gone, Gone::Account { .. })
}

fn actor(organization: OrganizationId) -> Actor {
    #[expect(clippy::disallowed_methods, reason = "it keeps away who went before the backup was restored")]
    let actor = Actor::product(organization, Duty::Restore);
    actor
}
