//! Outgoing webhooks: where an organization wants to be told of its leads, of what, and what became of the telling
//! (WEB-12). After Standard Webhooks 1.0.

mod address;
mod attempt;
mod kind;
mod message;

use jiff::{SignedDuration, Timestamp};

pub use self::{
    address::{HookUrl, may_be_dialled},
    attempt::{Answer, Obstacle, Verdict, WAITS, judge},
    kind::{Detail, HookKind},
    message::{LeadSheet, Message, signed_text, written_secret, written_signatures},
};
use crate::{
    id::{DeliveryId, EndpointId, LeadId, UserId},
    violation::{Rule, Violations},
};

/// Bytes of an endpoint's secret.
pub const SECRET_BYTES: usize = 32;
/// An organization has at most so many endpoints.
pub const MOST_ENDPOINTS: usize = 10;
/// The secret before the newest is good for so long beside it.
pub const OLD_SECRET_KEPT: SignedDuration = SignedDuration::from_hours(24);
/// What endpoints were told, and what became of it, is kept this long after it happened (RET-13).
pub const DELIVERY_KEPT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// An endpoint that takes nothing for so long is disabled.
pub const PATIENCE: SignedDuration = SignedDuration::from_hours(5 * 24);

/// Where an organization wants to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// Where it is.
    pub url: HookUrl,
    /// Of what it is told, in order; never empty. Beside that it is told what recipients of a lead have to know (DSR-12).
    pub kinds: Vec<HookKind>,
    /// How much it is told.
    pub detail: Detail,
    /// Whether it is told anything.
    pub state: EndpointState,
    /// Until when the secret before the newest signs too.
    pub old_secret_until: Option<Timestamp>,
    /// Since when it has taken nothing, if the last attempt failed.
    pub failing_since: Option<Timestamp>,
    /// Who made it.
    pub made_by: UserId,
    /// When it was made.
    pub created_at: Timestamp,
}

/// Whether an endpoint is told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointState {
    /// It is told.
    On,
    /// A member paused it: what happens meanwhile waits.
    Paused,
    /// It said that it is gone (410), and is told nothing until a member turns it on again.
    Gone,
    /// It took nothing for five days, and is told nothing until a member turns it on again.
    Failing,
}

/// What a member wants an endpoint to be.
#[derive(Clone, Debug)]
pub struct EndpointWish {
    /// Where it is.
    pub url: HookUrl,
    /// Of what it is to be told.
    pub kinds: Vec<HookKind>,
    /// How much it is to be told.
    pub detail: Detail,
}

/// One thing that one endpoint is told, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Its id: the `webhook-id` of every attempt.
    pub id: DeliveryId,
    /// Which endpoint.
    pub endpoint: EndpointId,
    /// Of what it is told.
    pub kind: HookKind,
    /// Of which lead; none for a test.
    pub lead: Option<LeadId>,
    /// When it happened.
    pub at: Timestamp,
    /// How often it was tried.
    pub attempts: u8,
    /// What the last attempt met.
    pub last: Option<Answer>,
    /// What became of it.
    pub state: DeliveryState,
}

/// What became of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is tried then.
    Waiting(Timestamp),
    /// It was taken then.
    Taken(Timestamp),
    /// It was given up then.
    GivenUp(Timestamp),
}

impl EndpointState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::On, Self::Paused, Self::Gone, Self::Failing];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Paused => "paused",
            Self::Gone => "gone",
            Self::Failing => "failing",
        }
    }
}

impl std::str::FromStr for EndpointState {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|state| state.code() == code).ok_or(Rule::NotAChoice)
    }
}

impl Delivery {
    /// Something to be told from now on.
    pub const fn new(
        id: DeliveryId,
        endpoint: EndpointId,
        kind: HookKind,
        lead: Option<LeadId>,
        at: Timestamp,
    ) -> Self {
        Self { id, endpoint, kind, lead, at, attempts: 0, last: None, state: DeliveryState::Waiting(at) }
    }

    /// Keeps what an attempt at `now` met. Tells as what the endpoint is to be disabled, if it is.
    pub fn meet(
        &mut self,
        answer: Answer,
        failing_since: Option<Timestamp>,
        chance: u64,
        now: Timestamp,
    ) -> Option<EndpointState> {
        self.attempts = self.attempts.saturating_add(1);
        self.last = Some(answer);
        let (verdict, disabled) = judge(answer, self.attempts, failing_since, chance, now);
        self.state = match verdict {
            Verdict::Taken => DeliveryState::Taken(now),
            Verdict::Again(at) => DeliveryState::Waiting(at),
            Verdict::GivenUp => DeliveryState::GivenUp(now),
        };
        disabled
    }
}

impl DeliveryState {
    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Waiting(_) => "waiting",
            Self::Taken(_) => "taken",
            Self::GivenUp(_) => "given_up",
        }
    }

    /// The moment it speaks of.
    pub const fn at(self) -> Timestamp {
        match self {
            Self::Waiting(at) | Self::Taken(at) | Self::GivenUp(at) => at,
        }
    }
}

impl EndpointWish {
    /// The same with its kinds in order, each once.
    ///
    /// # Errors
    /// A wish to be told of nothing, or of what nobody can choose.
    pub fn checked(mut self) -> Result<Self, Violations> {
        self.kinds.sort_unstable();
        self.kinds.dedup();
        let mut faults = Violations::default();
        if self.kinds.is_empty() {
            faults.add("kinds", Rule::Required);
        }
        if !self.kinds.iter().all(|kind| HookKind::CHOICES.contains(kind)) {
            faults.add("kinds", Rule::NotAChoice);
        }
        faults.or(Some(self))
    }
}

impl Endpoint {
    /// A new endpoint, which is told from now on.
    pub fn new(id: EndpointId, wish: EndpointWish, made_by: UserId, now: Timestamp) -> Self {
        let EndpointWish { url, kinds, detail } = wish;
        let (state, old_secret_until, failing_since) = (EndpointState::On, None, None);
        Self { id, url, kinds, detail, state, old_secret_until, failing_since, made_by, created_at: now }
    }

    /// Changes where it is, of what it is told and how much.
    pub fn change(&mut self, wish: EndpointWish) {
        EndpointWish { url: self.url, kinds: self.kinds, detail: self.detail } = wish;
    }

    /// Pauses it, or turns it on again: then what it took or not before counts no more.
    pub const fn switch(&mut self, state: EndpointState) {
        self.state = state;
        self.failing_since = None;
    }

    /// Whether anything is kept for it to be told: where it is gone, or takes nothing, that would be data for nobody.
    pub fn listens(&self) -> bool {
        matches!(self.state, EndpointState::On | EndpointState::Paused)
    }

    /// Whether it chose to be told of that.
    pub fn wants(&self, kind: HookKind) -> bool {
        self.kinds.contains(&kind)
    }

    /// Whether the secret before the newest signs too.
    pub fn signs_twice(&self, now: Timestamp) -> bool {
        self.old_secret_until.is_some_and(|until| now < until)
    }
}
