//! Says in the log what is overdue, so that whoever watches nothing else hears of it (RET-16).

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use tracing::error;

use super::{Due, Retention};
use crate::Error;

/// Of one rule it is said again after so long.
const AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// What was said lately.
#[derive(Debug, Default)]
pub struct Alarm {
    said: BTreeMap<&'static str, Timestamp>,
}

impl Alarm {
    /// Says of each rule how much should have gone an hour ago, unless it said so within the last hour; tells what it said.
    ///
    /// # Errors
    /// [`Error::Failed`] if the storage does, or the files: then nobody knows.
    pub async fn look(&mut self, retention: &Retention) -> Result<Vec<Due>, Error> {
        let now = retention.clock.now();
        let mut said = Vec::new();
        for due in retention.overdue().await?.into_iter().filter(|due| due.rows > 0) {
            let code = due.rule.code;
            let is_known = |at: &Timestamp| (SignedDuration::ZERO..AGAIN).contains(&now.duration_since(*at));
            if self.said.get(code).is_some_and(is_known) {
                continue;
            }
            error!(kind = code, count = due.rows, "rows are overdue: they were to go an hour ago or more");
            self.said.insert(code, now);
            said.push(due);
        }
        Ok(said)
    }
}
