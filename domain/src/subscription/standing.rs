use jiff::Timestamp;

use super::{Pause, Status};
use crate::plan::{Limits, Metered, PlanCode, TRIAL_PLAN, Usage};

/// What members may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Everything their roles grant.
    Full,
    /// Look and take away.
    ReadOnly,
    /// Take away, answer for the rights of people, and pay.
    Locked,
}

/// What becomes of submissions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Capture {
    /// They become leads.
    Open,
    /// They wait sealed for 30 days.
    Sealed,
    /// None is taken.
    Closed,
}

/// What an organization may do, and how much of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What members may do.
    pub access: Access,
    /// What becomes of submissions.
    pub capture: Capture,
    /// The plan that counts; none where nobody pays.
    pub plan: Option<PlanCode>,
    /// How much of each thing there may be.
    pub limits: Limits,
    /// When what it was entitled to ended, if it has: from then on its data have 30 days (RET-6).
    pub ended_at: Option<Timestamp>,
}

/// What of a subscription decides what it entitles to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bought {
    /// For which plan.
    pub plan: PlanCode,
    /// How it stands.
    pub status: Status,
    /// Since when it stands so.
    pub since: Timestamp,
    /// When what is paid for ends.
    pub ends_at: Option<Timestamp>,
}

/// From what follows what an organization may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grounds {
    /// Until when it tries the product.
    pub trial_ends_at: Timestamp,
    /// What it subscribed to, if it did.
    pub bought: Option<Bought>,
}

/// Whether an organization pays here, and on what grounds it stands if so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// Nobody pays here: whoever hosts the product for themselves has everything.
    Unbilled,
    /// There is a provider.
    Billed(Grounds),
}

impl Account {
    /// What the organization may do at `now` (BIL-7). Total: every state has its answer.
    pub fn standing(self, now: Timestamp) -> Standing {
        match self {
            Self::Unbilled => Standing {
                access: Access::Full,
                capture: Capture::Open,
                plan: None,
                limits: Limits::NONE,
                ended_at: None,
            },
            Self::Billed(Grounds { bought: Some(bought), .. }) => bought.standing(now),
            Self::Billed(Grounds { bought: None, trial_ends_at }) => trial(trial_ends_at, now),
        }
    }
}

fn trial(ends_at: Timestamp, now: Timestamp) -> Standing {
    let ended_at = (ends_at <= now).then_some(ends_at);
    let (access, capture) = match ended_at {
        None => (Access::Full, Capture::Open),
        Some(_) => (Access::ReadOnly, Capture::Closed),
    };
    Standing { access, capture, plan: Some(TRIAL_PLAN), limits: TRIAL_PLAN.limits(), ended_at }
}

impl Bought {
    /// When what it entitles to is over: it has expired, or is cancelled and its time is over. `cancelled` alone ends nothing
    /// (RET-6).
    pub fn ended_at(self, now: Timestamp) -> Option<Timestamp> {
        match self.status {
            Status::Expired => Some(self.ends_at.unwrap_or(self.since).min(now)),
            Status::Cancelled => self.ends_at.filter(|ends_at| *ends_at <= now),
            _ => None,
        }
    }

    /// What it entitles to at `now` (BIL-7).
    pub fn standing(self, now: Timestamp) -> Standing {
        let ended_at = self.ended_at(now);
        let (access, capture) = match self.status {
            _ if ended_at.is_some() => (Access::Locked, Capture::Closed),
            Status::Paused(Pause::Void) => (Access::ReadOnly, Capture::Open),
            Status::Unpaid => (Access::ReadOnly, Capture::Sealed),
            _ => (Access::Full, Capture::Open),
        };
        Standing { access, capture, plan: Some(self.plan), limits: self.plan.limits(), ended_at }
    }
}

/// The plan has no room for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the plan allows {limit} {}, and there are {used}", thing.code())]
pub struct Refused {
    /// Of what.
    pub thing: Metered,
    /// How many there may be.
    pub limit: u32,
    /// How many there are.
    pub used: u32,
}

impl Standing {
    /// How many more submissions go on to the leads in this month: as many as the plan has room for, and none while they are
    /// sealed.
    pub fn room(&self, accepted_this_month: u32) -> u32 {
        match self.capture {
            Capture::Open => {
                self.limits.submissions.map_or(u32::MAX, |limit| limit.saturating_sub(accepted_this_month))
            }
            Capture::Sealed | Capture::Closed => 0,
        }
    }

    /// Whether a submission that comes now waits sealed: nobody is turned away for what an organization pays, and nobody in it
    /// sees the surplus.
    pub fn seals(&self, accepted_this_month: u32) -> bool {
        self.room(accepted_this_month) == 0
    }

    /// Whether so many more of that may be added. What is there already stays, however small the plan: nothing is hidden, and
    /// only adding is refused.
    ///
    /// # Errors
    /// [`Refused`] with the numbers.
    pub fn may_add(&self, thing: Metered, more: u32, usage: Usage) -> Result<(), Refused> {
        let used = usage.of(thing);
        match self.limits.of(thing) {
            Some(limit) if used.saturating_add(more) > limit => Err(Refused { thing, limit, used }),
            _ => Ok(()),
        }
    }
}
