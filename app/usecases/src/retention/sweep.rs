use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use qualify_domain::retention::{BATCH, EVERY, LEADS, NOTICE, Outcome, Place, RULES, RetentionRule, Swept};
use qualify_ports::{
    BoxError,
    storage::{PlatformTask, StorageError},
};
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::Retention;

/// Whoever sweeps holds their rule for so long, from each batch on.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// Owners are told at once of all leads that go within a week, and not again for about as long.
const TOLD_AHEAD: SignedDuration = SignedDuration::from_hours(7 * 24);
/// They are told anew a day before it would be too late.
const TOLD_BEFORE: SignedDuration = SignedDuration::from_hours(24);
/// After so long without a pause it is another rule's turn, however much is due: an organization may be purged for hours.
pub const STRETCH: SignedDuration = SignedDuration::from_secs(10);
/// Between two batches there is room for others (RET-14).
const PAUSE: Duration = Duration::from_millis(50);

impl Retention {
    /// Sweeps each rule whose turn has come and that nobody else sweeps at this moment, each for about `STRETCH`; tells how
    /// it went. What did not come to its end is gone on with in the next round. One that breaks is logged, recorded as failed,
    /// and keeps no other.
    pub async fn sweep_due(&self, stop: &CancellationToken) -> Vec<Swept> {
        self.round(RULES.iter(), false, stop).await
    }

    /// The same with every rule, whether or not it was swept lately, round after round until nothing is due; tells of
    /// each rule how it went in all.
    pub async fn sweep_now(&self, stop: &CancellationToken) -> Vec<Swept> {
        let mut swept = self.round(RULES.iter(), true, stop).await;
        let mut rest = unfinished(&swept);
        while !rest.is_empty() && !stop.is_cancelled() {
            let more = self.round(rest.into_iter(), true, stop).await;
            rest = unfinished(&more);
            for one in more {
                if let Some(before) = swept.iter_mut().find(|before| before.rule == one.rule) {
                    (before.rows, before.took) = (before.rows + one.rows, before.took + one.took);
                    before.outcome = one.outcome;
                }
            }
        }
        swept
    }

    async fn round(
        &self,
        rules: impl Iterator<Item = &'static RetentionRule> + Send,
        early: bool,
        stop: &CancellationToken,
    ) -> Vec<Swept> {
        let mut swept = Vec::new();
        for rule in rules {
            if stop.is_cancelled() {
                break;
            }
            swept.extend(self.sweep(rule, early, stop).await);
        }
        swept
    }

    /// Sweeps one rule, unless somebody else does or its turn has not come.
    async fn sweep(&self, rule: &'static RetentionRule, early: bool, stop: &CancellationToken) -> Option<Swept> {
        let began_at = self.clock.now();
        let (cutoff, took) = (rule.cutoff(began_at), SignedDuration::ZERO);
        let mut swept = Swept { rule, began_at, cutoff, rows: 0, took, outcome: Outcome::Failed };
        match self.take(rule, began_at, early).await {
            Ok(true) => {}
            Ok(false) => return None,
            Err(error) => {
                tell(rule, &error.into(), "a rule cannot be taken");
                return Some(swept);
            }
        }
        swept.outcome = self.batches(&mut swept, stop).await;
        swept.took = self.clock.now().duration_since(began_at).max(SignedDuration::ZERO);
        if let Err(error) = self.record(&swept).await {
            tell(rule, &error.into(), "a sweep cannot be recorded");
            swept.outcome = Outcome::Failed;
        }
        Some(swept)
    }

    async fn batches(&self, swept: &mut Swept, stop: &CancellationToken) -> Outcome {
        let rule = swept.rule;
        if rule.code == LEADS
            && let Err(error) = self.warn(self.clock.now()).await
        {
            tell(rule, &error.into(), "owners cannot be told what goes");
            return Outcome::Failed;
        }
        loop {
            match self.batch(swept).await {
                Ok(gone) if gone < u64::from(BATCH) => return Outcome::Done,
                Ok(_) => {}
                Err(error) => {
                    tell(rule, &error, "a rule cannot be swept");
                    return Outcome::Failed;
                }
            }
            if stop.is_cancelled() || self.clock.now().duration_since(swept.began_at) >= STRETCH {
                return Outcome::Stopped;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Takes a rule. What whoever had it before did and did not come to prove is proven first.
    async fn take(&self, rule: &'static RetentionRule, now: Timestamp, early: bool) -> Result<bool, StorageError> {
        let mut tx = self.storage.platform(PlatformTask::SweepRetention).await?;
        let taken = tx.retention().take(rule, now, now + LEASE, early).await?;
        if taken && let Some(left) = tx.retention().unproven(rule).await? {
            tx.retention().record(&left, now).await?;
            tx.retention().hold(rule, now + LEASE).await?;
        }
        tx.commit().await?;
        Ok(taken)
    }

    /// Sweeps a piece, and keeps in the same commit how much went.
    async fn batch(&self, swept: &mut Swept) -> Result<u64, BoxError> {
        let (rule, cutoff, now) = (swept.rule, swept.cutoff, self.clock.now());
        let mut tx = self.storage.platform(PlatformTask::SweepRetention).await?;
        tx.retention().hold(rule, now + LEASE).await?;
        let mut gone = 0;
        if rule.place == Place::Storage {
            gone = tx.retention().sweep(rule, cutoff, now, BATCH).await?;
            tx.retention().note(&Swept { rows: swept.rows + gone, ..*swept }).await?;
        }
        tx.commit().await?;
        if rule.place == Place::Files {
            gone = self.files.remove_due(rule.moment(cutoff), BATCH).await?;
            let mut tx = self.storage.platform(PlatformTask::SweepRetention).await?;
            tx.retention().note(&Swept { rows: swept.rows + gone, ..*swept }).await?;
            tx.commit().await?;
        }
        swept.rows += gone;
        Ok(gone)
    }

    /// Tells owners which leads go soon (RET-12). Of none that goes nobody was told before.
    async fn warn(&self, now: Timestamp) -> Result<(), StorageError> {
        let told = now + NOTICE;
        let mut tx = self.storage.platform(PlatformTask::SweepRetention).await?;
        tx.retention().warn(now, told + TOLD_BEFORE, told + TOLD_AHEAD).await?;
        tx.commit().await
    }

    async fn record(&self, swept: &Swept) -> Result<(), StorageError> {
        // One that was stopped is gone on with by whoever comes next.
        let rest = if swept.outcome == Outcome::Stopped { SignedDuration::ZERO } else { EVERY };
        let mut tx = self.storage.platform(PlatformTask::SweepRetention).await?;
        tx.retention().record(swept, swept.began_at + rest).await?;
        tx.commit().await
    }
}

/// The rules that had more to do than there was time for.
fn unfinished(swept: &[Swept]) -> Vec<&'static RetentionRule> {
    swept.iter().filter(|one| one.outcome == Outcome::Stopped).map(|one| one.rule).collect()
}

fn tell(rule: &RetentionRule, error: &BoxError, what: &'static str) {
    error!(error = &**error as &dyn std::error::Error, kind = rule.code, "{what}");
}
