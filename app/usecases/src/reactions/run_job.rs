use std::time::Duration;

use jiff::SignedDuration;
use qualify_domain::{
    access::{Actor, Permission},
    api_key::KeyState,
    event::Event,
    id::{JobId, OrganizationId},
    job::{Asker, Job, JobFault, JobKind},
    notification::{Choice, Notification, NotificationKind},
    team::Colleagues,
};
use qualify_ports::{
    live::Change,
    storage::{Claimed, StorageError, TenantTx},
};
use tokio::time::Instant;

use super::{Reactions, Unfinished, scope};
use crate::{
    Broken, Error,
    access::narrowed,
    billing::standing,
    jobs::{file, pieces::Piece},
};

/// A job is worked on for so long, or for one piece if that takes longer; then other events have their turn.
const TURN: Duration = Duration::from_millis(200);
/// So many jobs at once are worked on by one process, so that the storage has room for whoever waits for an answer.
pub(super) const AT_ONCE: usize = 2;
/// A job that finds no room comes again after this.
const NO_ROOM: SignedDuration = SignedDuration::from_millis(100);
/// An export for which another one has to end first comes again after this.
const OTHER_EXPORT: SignedDuration = SignedDuration::from_secs(10);
/// A piece that breaks so often ends its job.
const TRIES: u32 = 3;

impl Reactions {
    /// Works on a job for a while, with the rights its asker has by now, and comes again unless it is over.
    pub(super) async fn run_job(&self, claimed: &Claimed, id: JobId) -> Result<(), Unfinished> {
        let Ok(_room) = self.jobs.try_acquire() else {
            return Err(Unfinished::NotYet(self.clock.now() + NO_ROOM));
        };
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        let Some(mut job) = tx.jobs().find(id).await? else {
            tx.outbox().complete(claimed.id).await?;
            return Ok(tx.commit().await?);
        };
        let asker = self.asker(&mut *tx, claimed.organization, &job).await?;
        drop(tx);
        if job.is_over() {
            self.withdraw(&job).await?;
            return self.hand_on(claimed, job, None).await;
        }
        let Some(actor) = asker else { return self.hand_on(claimed, job, Some(JobFault::Forbidden)).await };
        let is_last_try = claimed.attempts + 1 >= TRIES;
        match self.take_turn(&actor, &mut job, is_last_try).await {
            Ok(()) => self.hand_on(claimed, job, None).await,
            // It stood still for so long that another export was let in: it goes on after that.
            Err(Error::Rule(Broken::ExportRuns(..))) => Err(Unfinished::NotYet(self.clock.now() + OTHER_EXPORT)),
            Err(error) => match verdict(&error) {
                Some(fault) => self.fall(claimed, id, fault).await,
                None if is_last_try => {
                    tracing::error!(error = &error as &dyn std::error::Error, job = %id, "a job broke");
                    self.fall(claimed, id, JobFault::Broken).await
                }
                None => Err(Unfinished::Later(error.into())),
            },
        }
    }

    /// Removes a file that may hold somebody who was erased.
    async fn withdraw(&self, job: &Job) -> Result<(), Unfinished> {
        if job.fault == Some(JobFault::Erased) {
            file::remove(&*self.bench.files, job).await.map_err(|error| Unfinished::Later(error.into()))?;
        }
        Ok(())
    }

    /// Piece after piece, until the turn or the job is over.
    async fn take_turn(&self, actor: &Actor, job: &mut Job, is_last_try: bool) -> Result<(), Error> {
        let until = Instant::now() + TURN;
        let mut piece = Piece { bench: &self.bench, actor, job, is_last_try };
        loop {
            if piece.job.is_called_off {
                return piece.cancel().await;
            }
            piece.next().await?;
            if piece.job.is_over() || Instant::now() >= until {
                return Ok(());
            }
        }
    }

    /// Ends a job at the last piece that was kept.
    async fn fall(&self, claimed: &Claimed, id: JobId, fault: JobFault) -> Result<(), Unfinished> {
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        let job = tx.jobs().find(id).await?;
        drop(tx);
        match job {
            Some(job) => self.hand_on(claimed, job, Some(fault)).await,
            None => self.complete(claimed).await,
        }
    }

    /// Lets the next turn come, or tells of the end.
    async fn hand_on(&self, claimed: &Claimed, mut job: Job, fault: Option<JobFault>) -> Result<(), Unfinished> {
        let now = self.clock.now();
        let mut tx = self.storage.tenant(&scope(claimed, Permission::CompleteEvent)?).await?;
        if !tx.outbox().complete(claimed.id).await? {
            return Ok(());
        }
        if let Some(fault) = fault.filter(|_| !job.is_over()) {
            job.fail(fault, now);
            tx.jobs().keep(&mut job).await?;
        }
        if job.is_over() {
            self.end_import(&mut *tx, &job).await?;
            self.tell_end(&mut *tx, &job).await?;
        } else {
            tx.outbox().append(&Event::JobDue { job: job.id }, now).await?;
        }
        if let Some(member) = job.asker.member() {
            tx.announce(Change::Job(job.id, member)).await?;
        }
        tx.commit().await?;
        if job.is_over()
            && let Err(error) = self.bench.limits.end_job(claimed.organization, &job).await
        {
            tracing::warn!(error = &error as &dyn std::error::Error, job = %job.id, "an export holds its place until that expires");
        }
        Ok(())
    }

    /// What the job did or undid is done as far as it came, however it ended.
    async fn end_import(&self, tx: &mut dyn TenantTx, job: &Job) -> Result<(), Unfinished> {
        let (JobKind::ImportLeads { import } | JobKind::UndoImport { import }) = job.kind else { return Ok(()) };
        let Some(mut import) = tx.imports().find(import, None).await? else { return Ok(()) };
        if import.end(job, self.clock.now()) {
            tx.imports().update(&mut import).await?;
        }
        Ok(())
    }

    /// Rings the bell of a member who asked for it, if they may have left meanwhile.
    async fn tell_end(&self, tx: &mut dyn TenantTx, job: &Job) -> Result<(), Unfinished> {
        let Some(member) = job.asker.member().filter(|_| job.was_left()) else { return Ok(()) };
        if tx.members().find(member).await?.is_none() {
            return Ok(());
        }
        let (kind, at) = (NotificationKind::JobOver, self.clock.now());
        let (id, job) = (self.ids.next(), Some(job.id));
        let notification = Notification { id, member, kind, lead: None, job, actor: None, at, read_at: None };
        tx.notifications().insert(&notification, Choice::Off).await?;
        Ok(tx.announce(Change::Notification(member)).await?)
    }

    /// Whoever asked for the job, with the rights they have by now; none if they are no longer there.
    async fn asker(
        &self,
        tx: &mut dyn TenantTx,
        organization: OrganizationId,
        job: &Job,
    ) -> Result<Option<Actor>, StorageError> {
        let teams = tx.teams().list().await?;
        #[expect(clippy::disallowed_methods, reason = "roles, grants, teams and key are read at each turn (SES-4)")]
        let actor = match job.asker {
            Asker::Member(user, session) => {
                let Some(member) = tx.members().find(user).await? else { return Ok(None) };
                let grants = tx.members().grants().await?;
                let own = grants.into_iter().find(|(whose, _)| *whose == user).map(|(_, own)| own).unwrap_or_default();
                let roles = &member.membership.roles;
                Actor::member(organization, user, session, roles, Colleagues::of(user, &teams)).with_grants(roles, &own)
            }
            Asker::Program(id) => {
                let Some(key) = tx.api_keys().list().await?.into_iter().find(|key| key.id == id) else {
                    return Ok(None);
                };
                let maker = tx.members().find(key.made_by).await?.map(|maker| maker.membership.roles);
                if key.state(self.clock.now(), &maker.unwrap_or_default()) != KeyState::Live {
                    return Ok(None);
                }
                Actor::api_key(organization, key.id, key.role, &key.scopes, Colleagues::of(key.made_by, &teams))
            }
        };
        #[expect(clippy::disallowed_methods, reason = "that the job was asked for is in the trail")]
        let actor = actor.in_pieces();
        let is_closed = tx.organizations().closing().await?.is_some();
        let grounds = tx.billing().record().await?.map(|record| record.grounds());
        Ok(Some(narrowed(actor, standing(self.is_billed, grounds, self.clock.now()), is_closed)))
    }
}

/// What an error means for the job; nothing if it may work later.
const fn verdict(error: &Error) -> Option<JobFault> {
    match error {
        Error::Forbidden(_) => Some(JobFault::Forbidden),
        Error::NotFound(_) | Error::Merged(_) => Some(JobFault::Gone),
        Error::Invalid(_) | Error::Rule(_) => Some(JobFault::Refused),
        Error::Conflict(_) | Error::Stale | Error::Limit | Error::TooOften(_) | Error::Failed(_) => None,
    }
}
