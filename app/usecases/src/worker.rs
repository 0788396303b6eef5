//! The worker: claims what happened from the outbox, runs the reactions, tries again or parks.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use jiff::SignedDuration;
use qualify_domain::{
    delivery::{MAX_ATTEMPTS, back_off},
    id::EventId,
    retention::Outcome,
};
use qualify_ports::{
    live::Live,
    storage::{Claimed, Parked, PlatformTask, Storage, StorageError},
    time::Clock,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, error, info_span, warn};

use crate::{
    Options, Ports, Retention, Submissions,
    billing::Keeper,
    hooks::Postman,
    reactions::{Reactions, Unfinished},
    retention::Alarm,
    scoring::{Round, ScoreKeeper, ScoringError},
};

/// An event whose worker vanished is taken up again after this long (REL-1).
const LEASE: SignedDuration = SignedDuration::from_secs(15);
/// A reaction that takes longer is given up before the lease ends.
const PATIENCE: Duration = Duration::from_secs(10);
/// Without news, the outbox is looked at this often.
const IDLE: Duration = Duration::from_millis(500);
/// After so long without a pause there is time for other things, however much waits: a job may go on for hours.
const STRETCH: Duration = Duration::from_secs(5);
/// What somebody else holds is looked at again this much later, where all that is due is to be done.
const MOMENT: Duration = Duration::from_millis(20);
/// After a failure of the storage, it is tried again this much later.
const RECOVERY: Duration = Duration::from_secs(1);
/// How many counted security events are kept at a time, and how often.
const SETTLING: (Duration, u16) = (Duration::from_mins(1), 200);
/// Whether it is a rule's turn to be swept is looked at this often.
const LOOKING: Duration = Duration::from_mins(1);
/// Requests about rights are looked at this often: for reminders, alarms and links that nobody used.
const WATCHING: Duration = Duration::from_mins(1);
/// Whether people are to be told that their data is kept is looked at this often.
const INFORMING: Duration = Duration::from_mins(1);
/// What waits sealed is let out this often, where there is room.
const UNSEALING: Duration = Duration::from_hours(1);
/// How many events are dealt with at once.
const AT_ONCE: u16 = 8;

/// Deals with what happened.
#[derive(Clone)]
pub struct Worker {
    storage: Arc<dyn Storage>,
    live: Arc<dyn Live>,
    clock: Arc<dyn Clock>,
    reactions: Arc<Reactions>,
    scores: Arc<ScoreKeeper>,
    retention: Retention,
    postman: Arc<Postman>,
    keeper: Keeper,
    submissions: Submissions,
}

impl Worker {
    /// A worker in front of the world.
    pub fn new(ports: &Ports, options: Options) -> Self {
        Self {
            storage: ports.storage.clone(),
            live: ports.live.clone(),
            clock: ports.clock.clone(),
            reactions: Arc::new(Reactions::new(ports, options)),
            scores: Arc::new(ScoreKeeper::new(ports)),
            retention: Retention::new(ports.storage.clone(), ports.files.clone(), ports.clock.clone()),
            postman: Arc::new(Postman::new(ports)),
            keeper: Keeper::new(ports),
            submissions: Submissions::new(ports),
        }
    }

    /// Works until `stop` is cancelled; what was begun is brought to its end. Leads are scored beside the rest, so that
    /// other rules for many of them do not hold up what happens; so is what had its time swept, wherever it is, so are
    /// requests about rights looked at, and who is to be told that their data is kept, what waits sealed is let out, and endpoints
    /// are told.
    pub async fn run(&self, stop: CancellationToken) {
        tokio::join!(
            self.run_events(&stop),
            self.run_scores(&stop),
            self.run_retention(&stop),
            self.run_rights(&stop),
            self.run_informings(&stop),
            self.run_unsealing(&stop),
            self.postman.run(&stop),
            self.keeper.run(&stop)
        );
    }

    async fn run_events(&self, stop: &CancellationToken) {
        let mut settling = tokio::time::interval(SETTLING.0);
        while !stop.is_cancelled() {
            let pause = match self.work_for(STRETCH, stop).await {
                Ok(true) => IDLE,
                Ok(false) => Duration::ZERO,
                Err(error) => {
                    error!(error = &error as &dyn std::error::Error, "the outbox cannot be read");
                    RECOVERY
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
                () = self.live.work() => {}
                _ = settling.tick() => {
                    if let Err(error) = self.settle_security().await {
                        error!(error = &error as &dyn std::error::Error, "counted security events cannot be kept");
                    }
                }
            }
        }
    }

    async fn run_scores(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let pause = match self.scores.round().await {
                Ok(Round::Done) => continue,
                Ok(Round::Held | Round::Idle) => IDLE,
                Err(error) => {
                    error!(error = &error as &dyn std::error::Error, "leads cannot be scored");
                    RECOVERY
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn run_retention(&self, stop: &CancellationToken) {
        let (mut alarm, mut looked_at) = (Alarm::default(), None);
        while !stop.is_cancelled() {
            let swept = self.retention.sweep_due(stop).await;
            // What is late at the start has had its turn by then.
            if looked_at.is_none_or(|at: Instant| at.elapsed() >= LOOKING) {
                if let Err(error) = alarm.look(&self.retention).await {
                    error!(error = &error as &dyn std::error::Error, "what is overdue cannot be counted");
                }
                looked_at = Some(Instant::now());
            }
            // What had more to do goes on at once, after those whose turn has come meanwhile.
            if swept.iter().any(|one| one.outcome == Outcome::Stopped) {
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(LOOKING) => {}
            }
        }
    }

    async fn run_rights(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.reactions.watch_all_rights().await {
                error!(error = &error as &dyn std::error::Error, "requests about rights cannot be looked at");
            }
            if let Err(error) = self.reactions.remind_operator().await {
                error!(
                    error = &error as &dyn std::error::Error,
                    "what members ask of the operator cannot be looked at"
                );
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(WATCHING) => {}
            }
        }
    }

    async fn run_informings(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.reactions.watch_all_informings().await {
                let error = &error as &dyn std::error::Error;
                error!(error, "who is to be told that their data is kept cannot be looked at");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(INFORMING) => {}
            }
        }
    }

    async fn run_unsealing(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.submissions.release_all_sealed().await {
                error!(error = &error as &dyn std::error::Error, "what waits sealed cannot be looked at");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(UNSEALING) => {}
            }
        }
    }

    /// Deals with all that is due now, scores included.
    ///
    /// # Errors
    /// [`StorageError`] if the outbox cannot be read, or leads cannot be scored.
    pub async fn drain(&self, stop: &CancellationToken) -> Result<(), StorageError> {
        self.reactions.watch_all_rights().await?;
        self.reactions.remind_operator().await?;
        self.reactions.watch_all_informings().await?;
        self.keeper.drain(stop).await?;
        self.submissions.release_all_sealed().await?;
        self.work_for(Duration::MAX, stop).await?;
        self.postman.drain(stop).await?;
        // Of an endpoint that was disabled members are told.
        self.work_for(Duration::MAX, stop).await?;
        while !stop.is_cancelled() {
            match self.scores.round().await {
                Ok(Round::Done) => {}
                Ok(Round::Held) => tokio::time::sleep(MOMENT).await,
                Ok(Round::Idle) => break,
                Err(ScoringError::Storage(error)) => return Err(error),
                Err(error) => return Err(StorageError::Failed(error.into())),
            }
        }
        Ok(())
    }

    /// Deals with what is due now, for about so long; true if nothing is left.
    async fn work_for(&self, stretch: Duration, stop: &CancellationToken) -> Result<bool, StorageError> {
        let begin = Instant::now();
        while !stop.is_cancelled() && begin.elapsed() < stretch {
            let claimed = self.claim().await?;
            if claimed.is_empty() {
                return Ok(true);
            }
            join_all(claimed.iter().map(|event| self.deal_with(event))).await;
        }
        Ok(false)
    }

    /// The events the worker gave up on, the latest first.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn parked(&self, limit: u16) -> Result<Vec<Parked>, StorageError> {
        let mut tx = self.storage.platform(PlatformTask::RelayOutbox).await?;
        tx.queue().parked(limit).await
    }

    /// Puts a parked event back; false if there is none of that id.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn replay(&self, id: EventId) -> Result<bool, StorageError> {
        let mut tx = self.storage.platform(PlatformTask::RelayOutbox).await?;
        let found = tx.queue().replay(id, self.clock.now()).await?;
        tx.commit().await?;
        Ok(found)
    }

    /// How many events wait, parked ones not counted.
    ///
    /// # Errors
    /// [`StorageError`].
    pub async fn waiting(&self) -> Result<i64, StorageError> {
        let mut tx = self.storage.platform(PlatformTask::RelayOutbox).await?;
        tx.queue().waiting().await
    }

    /// Keeps in the audit trails what was only counted, once its minute is over.
    async fn settle_security(&self) -> Result<(), StorageError> {
        loop {
            let mut tx = self.storage.platform(PlatformTask::RelayOutbox).await?;
            let dealt = tx.security().settle(self.clock.now(), SETTLING.1).await?;
            tx.commit().await?;
            if dealt < u64::from(SETTLING.1) {
                return Ok(());
            }
        }
    }

    async fn claim(&self) -> Result<Vec<Claimed>, StorageError> {
        let now = self.clock.now();
        let mut tx = self.storage.platform(PlatformTask::RelayOutbox).await?;
        let claimed = tx.queue().claim(now, now + LEASE, AT_ONCE).await?;
        tx.commit().await?;
        Ok(claimed)
    }

    async fn deal_with(&self, claimed: &Claimed) {
        let span =
            info_span!("reaction", event = claimed.event.name(), id = %claimed.id, attempt = claimed.attempts + 1);
        let outcome = tokio::time::timeout(PATIENCE, self.reactions.react(claimed)).instrument(span).await;
        let unfinished = match outcome {
            Ok(Ok(())) => return,
            Ok(Err(unfinished)) => unfinished,
            Err(late) => Unfinished::Later(late.into()),
        };
        if let Err(error) = self.put_back(claimed, unfinished).await {
            // The lease ends by itself: nothing is lost.
            error!(error = &error as &dyn std::error::Error, id = %claimed.id, "an event could not be put back");
        }
    }

    async fn put_back(&self, claimed: &Claimed, unfinished: Unfinished) -> Result<(), StorageError> {
        let now = self.clock.now();
        let attempt = claimed.attempts + 1;
        let mut tx = self.storage.platform(PlatformTask::RelayOutbox).await?;
        match unfinished {
            Unfinished::NotYet(due) => {
                tx.queue().defer(claimed, due).await?;
            }
            Unfinished::Later(cause) if attempt < MAX_ATTEMPTS => {
                warn!(error = &*cause as &dyn std::error::Error, event = claimed.event.name(), id = %claimed.id, attempt, "will be tried again");
                tx.queue().postpone(claimed, now + back_off(attempt)).await?;
            }
            given_up => {
                error!(event = claimed.event.name(), id = %claimed.id, attempt, reason = %given_up, "parked");
                tx.queue().park(claimed, now, &given_up.to_string()).await?;
            }
        }
        tx.commit().await
    }
}
