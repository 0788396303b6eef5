use jiff::Timestamp;
use qualify_domain::retention::{Place, RULES, RetentionRule};
use qualify_ports::storage::PlatformTask;

use super::Retention;
use crate::Error;

/// So many rows of a rule are counted.
pub const MOST_DUE: u32 = 100_000;

/// How much of a rule is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Which rule.
    pub rule: &'static RetentionRule,
    /// What started its time then or before was counted.
    pub cutoff: Timestamp,
    /// How many rows, up to [`MOST_DUE`].
    pub rows: u64,
}

impl Retention {
    /// What would go now, by rule. Changes nothing.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does, or the files.
    pub async fn plan(&self) -> Result<Vec<Due>, Error> {
        self.count(RetentionRule::cutoff, MOST_DUE).await
    }

    /// What should have gone by now, by rule (RET-16).
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does, or the files.
    pub async fn overdue(&self) -> Result<Vec<Due>, Error> {
        self.count(RetentionRule::overdue, MOST_DUE).await
    }

    /// How much there is of each rule, up to `most`.
    pub(super) async fn count(
        &self,
        cutoff: fn(&RetentionRule, Timestamp) -> Timestamp,
        most: u32,
    ) -> Result<Vec<Due>, Error> {
        self.count_of(&RULES.iter().collect::<Vec<_>>(), cutoff, most).await
    }

    /// The same of some rules.
    pub(super) async fn count_of(
        &self,
        rules: &[&'static RetentionRule],
        cutoff: fn(&RetentionRule, Timestamp) -> Timestamp,
        most: u32,
    ) -> Result<Vec<Due>, Error> {
        let now = self.clock.now();
        let mut due = Vec::new();
        for rule in rules.iter().copied() {
            let cutoff = cutoff(rule, now);
            let rows = match rule.place {
                Place::Storage => {
                    let mut tx = self.storage.platform(PlatformTask::ReadRetention).await?;
                    tx.retention().due(rule, cutoff, most).await?
                }
                Place::Files => self.files.count_due(rule.moment(cutoff), most).await?,
            };
            due.push(Due { rule, cutoff, rows });
        }
        Ok(due)
    }
}
