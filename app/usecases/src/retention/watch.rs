use jiff::{SignedDuration, Timestamp};
use qualify_domain::retention::{Outcome, RULES, RetentionRule};
use qualify_ports::storage::PlatformTask;

use super::Retention;
use crate::Error;

/// Whether the work of the worker is done, in numbers for whoever watches over the installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watched {
    /// Of each rule, when its last sweep began; nothing if there was none, or if it failed.
    pub swept: Vec<(&'static RetentionRule, Option<Timestamp>)>,
    /// For how long the event has been due that waits longest.
    pub waited: SignedDuration,
    /// How many events the worker gave up on.
    pub parked: u64,
}

impl Retention {
    /// Looks whether the work of the worker is done.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does.
    pub async fn watched(&self) -> Result<Watched, Error> {
        let mut tx = self.storage.platform(PlatformTask::ReadRetention).await?;
        let turns = tx.retention().turns().await?;
        let queue = tx.retention().queue().await?;
        let swept = RULES.iter().map(|rule| {
            let last = turns.iter().find(|turn| turn.rule == rule.code).and_then(|turn| turn.last.as_ref());
            (rule, last.filter(|run| run.outcome != Outcome::Failed.code()).map(|run| run.began_at))
        });
        let since = queue.oldest_due_at.map(|due| self.clock.now().duration_since(due));
        let waited = since.unwrap_or_default().max(SignedDuration::ZERO);
        Ok(Watched { swept: swept.collect(), waited, parked: queue.parked })
    }
}
