//! How often and by how many at once what is kept is taken away (DSR-13): in an organization one export runs at a time, and
//! each is taken three times a day. What counts as an export is the copy of a person, the copy of a member, and all leads of
//! the organization; what somebody picks out of a list is their daily work, and is not one.
//!
//! A copy is counted by person and by who asks: a privacy officer answers many people in a day, and nobody gets the copy of
//! one person more than three times. The copy of a member is counted by member, all leads by organization.

use std::sync::Arc;

use jiff::Timestamp;
use qualify_domain::{
    access::{Reach, TenantScope, Who},
    export_run::{ExportRun, Exported},
    id::{JobId, LeadId, OrganizationId, UserId},
    job::{ExportLeads, Job, JobKind},
    text::Email,
};
use qualify_ports::{
    storage::{PlatformTask, PlatformTx, Storage, StorageError, TenantTx},
    time::{Clock, Ids},
};

use crate::{
    Broken, Error, Ports,
    throttles::{Throttles, Try},
};

/// How often and by how many at once what is kept is taken away.
#[derive(Clone)]
pub(crate) struct ExportLimits {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    throttles: Throttles,
}

/// An export that was let in. It is told how it ended, or its time ends it.
pub(crate) struct Running {
    run: ExportRun,
    keys: Vec<[u8; 32]>,
    counted: Try,
}

impl ExportLimits {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self {
            storage: ports.storage.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            throttles: Throttles::new(ports),
        }
    }

    /// Lets the copy of a person in, for whoever asks.
    ///
    /// # Errors
    /// [`Broken::ExportRuns`]; [`Error::TooOften`]. Nothing is counted then.
    pub(crate) async fn person(&self, scope: &TenantScope, people: &[String]) -> Result<Running, Error> {
        let (home, by) = (scope.organization(), requester(scope.who()));
        let of = people.iter().map(|person| format!("{home} {person} {by}")).collect();
        self.begin(ExportRun::held(self.ids.next(), Exported::Person, self.clock.now()), &[home], of).await
    }

    /// Lets the copy of a member in, in all their organizations.
    ///
    /// # Errors
    /// As [`Self::person`].
    pub(crate) async fn account(&self, user: UserId, homes: &[OrganizationId]) -> Result<Running, Error> {
        let run = ExportRun::held(self.ids.next(), Exported::Account, self.clock.now());
        self.begin(run, homes, vec![format!("{user}")]).await
    }

    /// Lets all leads of an organization out to whoever takes them at once.
    ///
    /// # Errors
    /// As [`Self::person`].
    pub(crate) async fn organization(&self, home: OrganizationId) -> Result<Running, Error> {
        let run = ExportRun::held(self.ids.next(), Exported::Organization, self.clock.now());
        self.begin(run, &[home], vec![format!("{home}")]).await
    }

    /// Lets a job write all leads of an organization into a file.
    ///
    /// # Errors
    /// As [`Self::person`].
    pub(crate) async fn job(&self, home: OrganizationId, job: JobId) -> Result<Running, Error> {
        self.begin(ExportRun::by_job(job, self.clock.now()), &[home], vec![format!("{home}")]).await
    }

    /// Of two at the same moment, the storage lets one in.
    async fn begin(&self, run: ExportRun, homes: &[OrganizationId], of: Vec<String>) -> Result<Running, Error> {
        let mut keys: Vec<_> = homes.iter().map(|home| self.key(*home)).collect();
        // In one order everywhere, so that nobody waits in a circle.
        keys.sort_unstable();
        keys.dedup();
        let now = self.clock.now();
        let mut tx = self.storage.platform(PlatformTask::Throttle).await?;
        for key in &keys {
            refuse_other(&mut *tx, key, &run, now).await?;
        }
        let mut counted = self.throttles.copies(&of);
        self.throttles.admit(&mut *tx, &mut counted).await?;
        tx.commit().await?;
        Ok(Running { run, keys, counted })
    }

    /// The time by which places are held.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Tells that an export goes on, which holds its place for longer.
    ///
    /// # Errors
    /// [`Broken::ExportRuns`] if it stood still for so long that another one was let in.
    pub(crate) async fn goes_on(&self, running: &Running) -> Result<(), Error> {
        let now = self.clock.now();
        let run = ExportRun::held(running.run.id, running.run.what, now);
        self.hold(&running.keys, &run).await
    }

    /// The same of a job.
    ///
    /// # Errors
    /// As [`Self::goes_on`].
    pub(crate) async fn job_goes_on(&self, home: OrganizationId, job: JobId) -> Result<(), Error> {
        self.hold(&[self.key(home)], &ExportRun::by_job(job, self.clock.now())).await
    }

    async fn hold(&self, keys: &[[u8; 32]], run: &ExportRun) -> Result<(), Error> {
        let mut tx = self.storage.platform(PlatformTask::Throttle).await?;
        for key in keys {
            refuse_other(&mut *tx, key, run, self.clock.now()).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Ends an export, and lets others in. One that came to nothing is not counted.
    pub(crate) async fn end<T>(&self, running: Running, outcome: Result<T, Error>) -> Result<T, Error> {
        if outcome.is_err() {
            self.throttles.withdraw(&running.counted).await?;
        }
        self.give_back(&running.keys, &running.run).await?;
        outcome
    }

    /// Ends the export of a job.
    pub(crate) async fn end_job(&self, home: OrganizationId, job: &Job) -> Result<(), StorageError> {
        match &job.kind {
            JobKind::ExportLeads(export) if export.is_whole() => {
                self.give_back(&[self.key(home)], &ExportRun::by_job(job.id, self.clock.now())).await
            }
            _ => Ok(()),
        }
    }

    async fn give_back(&self, keys: &[[u8; 32]], run: &ExportRun) -> Result<(), StorageError> {
        let mut tx = self.storage.platform(PlatformTask::Throttle).await?;
        for key in keys {
            tx.export_runs().give_back(key, run.id).await?;
        }
        tx.commit().await
    }

    fn key(&self, home: OrganizationId) -> [u8; 32] {
        self.throttles.key("exports of", &home.to_string())
    }
}

/// Whether that export takes all leads of the organization away.
pub(crate) fn is_whole(export: &ExportLeads, scope: &TenantScope) -> bool {
    export.is_whole() && scope.reach() == Reach::All
}

/// By what the people of leads are counted: their addresses, or the leads where there are none.
pub(crate) async fn people(tx: &mut dyn TenantTx, leads: &[LeadId]) -> Result<Vec<String>, Error> {
    let mut people = Vec::with_capacity(leads.len());
    for id in leads {
        let lead = tx.leads().find(*id).await?.ok_or(Error::NotFound("lead"))?;
        people.push(lead.email.as_ref().map_or_else(|| id.to_string(), Email::normalized));
    }
    people.sort_unstable();
    people.dedup();
    Ok(people)
}

fn requester(who: Who) -> String {
    match who {
        Who::Member(user, _) => user.to_string(),
        Who::ApiKey(key) => key.to_string(),
        Who::Visitor(_) | Who::Asker | Who::Support(_) | Who::Product(_) => "themselves".to_owned(),
    }
}

async fn refuse_other(tx: &mut dyn PlatformTx, key: &[u8; 32], run: &ExportRun, now: Timestamp) -> Result<(), Error> {
    match tx.export_runs().take(key, run, now).await? {
        None => Ok(()),
        Some(other) => Err(Broken::ExportRuns(other.what, other.seconds_left(now)).into()),
    }
}
