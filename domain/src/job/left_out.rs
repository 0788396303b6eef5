use serde::{Deserialize, Serialize};

use super::{Job, Skipped};
use crate::id::LeadId;

/// So many leads are named for each reason why leads were left as they are; the others are only counted.
pub const MOST_LEFT_OUT: usize = 50;

/// A lead that a job left as it is, and why. Only its id is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// The lead.
    pub lead: LeadId,
    /// Why.
    pub why: Skipped,
}

impl Job {
    /// Counts a lead that is left as it is, and names it while not too many are named for that reason.
    pub fn leave_out(&mut self, lead: LeadId, why: Skipped) {
        self.report.count(why.code(), 1);
        if self.left_out.iter().filter(|left| left.why == why).count() < MOST_LEFT_OUT {
            self.left_out.push(LeftOut { lead, why });
        }
    }
}
