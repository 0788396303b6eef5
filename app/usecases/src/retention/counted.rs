//! What is due in the whole installation, counted for whoever looks at the page: not anew for each of them.

use jiff::{SignedDuration, Timestamp};
use qualify_domain::retention::RetentionRule;

use super::{Due, Retention};
use crate::Error;

/// So many rows of a rule are counted for a page.
pub const MOST_SHOWN: u32 = 1_000;
/// What was counted is shown for so long.
const FRESH: SignedDuration = SignedDuration::from_secs(60);

/// What was counted, and when.
pub(super) struct Counted {
    at: Timestamp,
    due: Vec<Due>,
    overdue: Vec<Due>,
}

impl Retention {
    /// What is due and what is overdue, by rule, as it was within the last minute. One counts while others wait for it. What is
    /// due of no rule is not overdue, either.
    pub(super) async fn counted(&self) -> Result<(Vec<Due>, Vec<Due>), Error> {
        let mut kept = self.counted.lock().await;
        let now = self.clock.now();
        let is_fresh = |one: &Counted| (SignedDuration::ZERO..FRESH).contains(&now.duration_since(one.at));
        if let Some(counted) = kept.as_ref().filter(|one| is_fresh(one)) {
            return Ok((counted.due.clone(), counted.overdue.clone()));
        }
        let due = self.count(RetentionRule::cutoff, MOST_SHOWN).await?;
        let some: Vec<_> = due.iter().filter(|one| one.rows > 0).map(|one| one.rule).collect();
        let overdue = self.count_of(&some, RetentionRule::overdue, MOST_SHOWN).await?;
        *kept = Some(Counted { at: now, due: due.clone(), overdue: overdue.clone() });
        Ok((due, overdue))
    }
}
