//! A subscription as the provider tells it, and what follows for the organization. What the provider answered is the truth
//! (BIL-3); a webhook is a hint that there is something to ask for.

mod link;
mod record;
mod standing;

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::{
    link::{NoLink, PaymentLink},
    record::BillingRecord,
    standing::{Access, Account, Bought, Capture, Grounds, Refused, Standing},
};
use crate::{id::UserId, plan::PlanCode};

/// An organization may try everything for so long, without a card.
pub const TRIAL: SignedDuration = SignedDuration::from_hours(14 * 24);
/// A subscription that stays unpaid for so long is cancelled by us (RET-10).
pub const UNPAID: SignedDuration = SignedDuration::from_hours(60 * 24);
/// What a webhook was about is kept this long after it came.
pub const HINT_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A try to subscribe is kept this long after it was begun.
pub const CHECKOUT_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A purge wants the provider's word that the subscription has ended, not older than this (RET-8).
pub const CONFIRMED: SignedDuration = SignedDuration::from_hours(24);

/// What the provider calls something of its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProviderId(pub String);

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an organization may do while nothing is collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pause {
    /// Everything, for nothing.
    Free,
    /// Look, and go on receiving.
    Void,
}

/// How a subscription stands, in the provider's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The provider's own trial.
    OnTrial,
    /// Paid.
    Active,
    /// Nothing is collected.
    Paused(Pause),
    /// A payment failed, and is tried again.
    PastDue,
    /// Every try failed.
    Unpaid,
    /// It ends with what is paid for.
    Cancelled,
    /// It has ended.
    Expired,
}

impl Status {
    /// Each of them.
    pub const ALL: [Self; 8] = [
        Self::OnTrial,
        Self::Active,
        Self::Paused(Pause::Free),
        Self::Paused(Pause::Void),
        Self::PastDue,
        Self::Unpaid,
        Self::Cancelled,
        Self::Expired,
    ];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::OnTrial => "on_trial",
            Self::Active => "active",
            Self::Paused(Pause::Free) => "paused_free",
            Self::Paused(Pause::Void) => "paused_void",
            Self::PastDue => "past_due",
            Self::Unpaid => "unpaid",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// The status of that stable name.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// Whether it may change at any moment: such a subscription is looked at more often (BIL-4).
    pub const fn is_unstable(self) -> bool {
        matches!(self, Self::OnTrial | Self::PastDue | Self::Unpaid | Self::Cancelled)
    }
}

/// A subscription as the provider answered when asked for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fetched {
    /// Its id there.
    pub id: ProviderId,
    /// Who pays, there.
    pub customer: ProviderId,
    /// The order that began it.
    pub order: ProviderId,
    /// Which of our plans it is for; none if it is for something we do not know.
    pub plan: Option<PlanCode>,
    /// How it stands; none for a word we do not know (BIL-7).
    pub status: Option<Status>,
    /// Until when the provider's own trial runs.
    pub trial_ends_at: Option<Timestamp>,
    /// When the next payment is collected.
    pub renews_at: Option<Timestamp>,
    /// When what is paid for ends, once it was cancelled or has expired.
    pub ends_at: Option<Timestamp>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed there, to the second.
    pub updated_at: Timestamp,
}

/// A subscription as we keep it: what was last fetched, and since when it is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its id at the provider.
    pub id: ProviderId,
    /// Who pays, there.
    pub customer: ProviderId,
    /// For which plan.
    pub plan: PlanCode,
    /// How it stands.
    pub status: Status,
    /// Since when it stands so, as far as we saw.
    pub since: Timestamp,
    /// Until when the provider's own trial runs.
    pub trial_ends_at: Option<Timestamp>,
    /// When the next payment is collected.
    pub renews_at: Option<Timestamp>,
    /// When what is paid for ends.
    pub ends_at: Option<Timestamp>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it last changed at the provider.
    pub updated_at: Timestamp,
    /// When the provider last told us so.
    pub confirmed_at: Timestamp,
}

/// A step a subscription took, of which somebody may want to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// It began.
    Began,
    /// A payment failed, and is tried again.
    PaymentFailed,
    /// A payment that had failed came in.
    Recovered,
    /// Nothing is collected for now.
    Paused,
    /// It goes on after a pause, or after it was cancelled.
    Resumed,
    /// Every try to collect failed.
    Unpaid,
    /// It ends with what is paid for.
    Cancelled,
    /// It has ended.
    Expired,
    /// It is for another plan.
    PlanChanged,
    /// The provider says something of it that we do not know; it stays as it was (BIL-7). For the operator.
    NotUnderstood,
}

impl Step {
    /// Each of them.
    pub const ALL: [Self; 10] = [
        Self::Began,
        Self::PaymentFailed,
        Self::Recovered,
        Self::Paused,
        Self::Resumed,
        Self::Unpaid,
        Self::Cancelled,
        Self::Expired,
        Self::PlanChanged,
        Self::NotUnderstood,
    ];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Began => "began",
            Self::PaymentFailed => "payment_failed",
            Self::Recovered => "recovered",
            Self::Paused => "paused",
            Self::Resumed => "resumed",
            Self::Unpaid => "unpaid",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::PlanChanged => "plan_changed",
            Self::NotUnderstood => "not_understood",
        }
    }
}

/// What became of a subscription, and the steps it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    /// How it is kept from now on; none if nothing can be kept of it yet: it was never understood.
    pub subscription: Option<Subscription>,
    /// What happened to it, in order.
    pub steps: Vec<Step>,
}

impl Subscription {
    /// What follows from an answer of the provider, whatever was known before. Total: any state and any answer give a state.
    ///
    /// An answer about something older than what is kept says nothing: the provider's own copies may lag. Of two answers of
    /// one second the later counts, for its times have no finer grain. A status or plan that is not understood leaves what
    /// was, and is told (BIL-7). Of two subscriptions the one counts that has not expired, and of those the newer.
    pub fn follow(kept: Option<&Self>, fetched: &Fetched, now: Timestamp) -> Followed {
        let before = kept.filter(|kept| kept.id == fetched.id);
        let is_outranked = match (before, kept) {
            (Some(before), _) => fetched.updated_at < before.updated_at,
            (None, Some(other)) => {
                (fetched.status != Some(Status::Expired), fetched.created_at)
                    <= (other.status != Status::Expired, other.created_at)
            }
            (None, None) => false,
        };
        if is_outranked {
            return Followed { subscription: kept.cloned(), steps: Vec::new() };
        }
        let plan = fetched.plan.or(before.map(|before| before.plan));
        let status = fetched.status.or(before.map(|before| before.status));
        let (Some(plan), Some(status)) = (plan, status) else {
            return Followed { subscription: kept.cloned(), steps: vec![Step::NotUnderstood] };
        };
        let is_understood = fetched.plan.is_some() && fetched.status.is_some();
        let since =
            before.filter(|before| before.status == status).map_or(fetched.updated_at.min(now), |same| same.since);
        let next = Self {
            id: fetched.id.clone(),
            customer: fetched.customer.clone(),
            plan,
            status,
            since,
            trial_ends_at: fetched.trial_ends_at,
            renews_at: fetched.renews_at,
            ends_at: fetched.ends_at,
            created_at: fetched.created_at,
            updated_at: fetched.updated_at,
            // What was not understood confirms nothing (RET-8).
            confirmed_at: if is_understood { now } else { before.map_or(now, |before| before.confirmed_at) },
        };
        let mut steps = before.map_or_else(|| next.first_steps(), |before| before.steps_to(&next));
        if !is_understood {
            steps.push(Step::NotUnderstood);
        }
        Followed { subscription: Some(next), steps }
    }

    /// Whether that is another subscription beside this one, and both are paid for.
    pub fn is_doubled_by(&self, fetched: &Fetched, now: Timestamp) -> bool {
        let other = Self::follow(None, fetched, now).subscription;
        self.id != fetched.id
            && self.ended_at(now).is_none()
            && other.is_some_and(|other| other.ended_at(now).is_none())
    }

    /// What of it decides what it entitles to.
    pub const fn bought(&self) -> Bought {
        Bought { plan: self.plan, status: self.status, since: self.since, ends_at: self.ends_at }
    }

    /// When what it entitles to is over, if that is known: it has expired, or is cancelled and its time is over.
    pub fn ended_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.bought().ended_at(now)
    }

    /// Whether it was unpaid for so long that we end it (RET-10).
    pub fn is_to_be_cancelled(&self, now: Timestamp) -> bool {
        self.status == Status::Unpaid && self.since.saturating_add(UNPAID).is_ok_and(|end| end <= now)
    }

    /// When the provider is to be asked again without any hint (BIL-4).
    pub fn check_at(&self, now: Timestamp) -> Timestamp {
        let (soon, nightly) = (SignedDuration::from_mins(15), SignedDuration::from_hours(24));
        now.saturating_add(if self.status.is_unstable() { soon } else { nightly }).unwrap_or(Timestamp::MAX)
    }

    fn first_steps(&self) -> Vec<Step> {
        match self.status {
            Status::OnTrial | Status::Active => vec![Step::Began],
            Status::Paused(_) => vec![Step::Began, Step::Paused],
            Status::PastDue => vec![Step::Began, Step::PaymentFailed],
            Status::Unpaid => vec![Step::Began, Step::Unpaid],
            Status::Cancelled => vec![Step::Began, Step::Cancelled],
            Status::Expired => vec![Step::Expired],
        }
    }

    fn steps_to(&self, next: &Self) -> Vec<Step> {
        let mut steps = Vec::new();
        if self.plan != next.plan {
            steps.push(Step::PlanChanged);
        }
        let moved = match (self.status, next.status) {
            (before, after) if before == after => None,
            (Status::Paused(_), Status::Paused(_))
            | (Status::OnTrial | Status::Active, Status::OnTrial | Status::Active) => None,
            (_, Status::PastDue) => Some(Step::PaymentFailed),
            (_, Status::Unpaid) => Some(Step::Unpaid),
            (_, Status::Cancelled) => Some(Step::Cancelled),
            (_, Status::Expired) => Some(Step::Expired),
            (_, Status::Paused(_)) => Some(Step::Paused),
            (Status::PastDue | Status::Unpaid, Status::Active | Status::OnTrial) => Some(Step::Recovered),
            (Status::Paused(_) | Status::Cancelled | Status::Expired, Status::Active | Status::OnTrial) => {
                Some(Step::Resumed)
            }
        };
        steps.extend(moved);
        steps
    }
}

/// One try to subscribe: the reference is all that the provider is told of the organization (BIL-6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkout {
    /// What the provider gives back with what follows.
    pub reference: String,
    /// For which plan.
    pub plan: PlanCode,
    /// Which member began it; none once they belong nowhere any more.
    pub by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
}

impl Checkout {
    /// Nobody can pay by it for longer (BIL-6).
    pub const OPEN: SignedDuration = SignedDuration::from_hours(24);

    /// Until when it can be paid.
    pub fn expires_at(&self) -> Timestamp {
        self.created_at.saturating_add(Self::OPEN).unwrap_or(Timestamp::MAX)
    }
}

#[cfg(test)]
mod tests;
