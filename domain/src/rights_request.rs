//! Rights of persons (DSR-1): somebody asks about the data that are kept of them. A request is answered in steps, and each
//! step is kept with its author and its time.
//!
//! Whoever objects to direct marketing need not wait for an answer: see [`crate::suppression`].

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// Each of them, in the order in which they are offered.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::violation::Rule;

            fn from_str(code: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|one| one.code() == code).ok_or($crate::violation::Rule::NotAChoice)
            }
        }
    )+};
}

mod moves;
mod policy;
mod refusal;
mod step;
mod term;

use jiff::{SignedDuration, Timestamp};

pub use self::{
    policy::RightsPolicy,
    refusal::Refusal,
    step::{By, Identity, Step, What},
    term::{Reminder, TARGET},
};
use crate::{
    id::{RightsRequestId, UserId},
    text::Email,
};

/// The link that proves a mailbox works for so long.
pub const LINK_LIFE: SignedDuration = SignedDuration::from_hours(24);
/// If a member took the request in by letter or by telephone, for so long: whoever asked waits for no mail.
pub const LINK_LIFE_BY_MEMBER: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Whoever used the link sees what is kept of them for so long.
pub const SESSION_LIFE: SignedDuration = SignedDuration::from_mins(30);
/// The register keeps a request for so many years (RET-13).
pub const KEPT_YEARS: u16 = 5;

codes! {
    /// A right that a person has.
    Right {
        /// To know what is kept of them and why, and to have a copy of it (Art. 15).
        Access = "access",
        /// To have mended what is wrong (Art. 16).
        Rectification = "rectification",
        /// To be forgotten (Art. 17).
        Erasure = "erasure",
        /// To have their data kept and not used (Art. 18).
        Restriction = "restriction",
        /// To take their data elsewhere (Art. 20).
        Portability = "portability",
        /// To have an end made to what is done with their data (Art. 21).
        Objection = "objection",
        /// To take a consent back (Art. 7(3)).
        Withdrawal = "withdrawal",
    }

    /// How far a request is.
    State {
        /// It came; nobody knows yet whether from whom it says.
        Received = "received",
        /// A link was sent to the address on file.
        AwaitingIdentity = "awaiting_identity",
        /// It came from whom it says, and is to be answered.
        Open = "open",
        /// It was answered.
        Answered = "answered",
        /// It was refused, for a reason.
        Refused = "refused",
        /// The link was not used.
        Lapsed = "lapsed",
        /// Whoever asked took it back.
        Withdrawn = "withdrawn",
    }
}

impl Right {
    /// Whether it counts the moment it is used, whatever an organization would rather do: an objection to marketing (DSR-11),
    /// and a consent that is taken back (Art. 7(3)).
    pub const fn is_unconditional(self) -> bool {
        matches!(self, Self::Objection | Self::Withdrawal)
    }
}

impl State {
    /// Whether nothing more will be done.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Answered | Self::Refused | Self::Lapsed | Self::Withdrawn)
    }
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asker {
    /// Somebody of whom leads may be kept, by the address at which they can be reached.
    Person(Email),
    /// A member, about their own account.
    Member(UserId),
    /// Somebody whose address is not kept any more.
    Forgotten,
}

/// What somebody asks about the data that are kept of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RightsRequest {
    /// Its id.
    pub id: RightsRequestId,
    /// Which right they make use of.
    pub right: Right,
    /// Who asks.
    pub asker: Asker,
    /// When it came.
    pub received_at: Timestamp,
    /// What became of it since, the earliest first. All else follows from them.
    pub steps: Vec<Step>,
}

impl RightsRequest {
    /// How far it is.
    pub fn state(&self) -> State {
        self.steps.last().map_or(State::Received, |step| step.what.state())
    }

    /// When the time for its answer was extended, if it was.
    pub fn extended_at(&self) -> Option<Timestamp> {
        self.first_at(|what| matches!(what, What::Extended { .. }))
    }

    /// The address at which whoever asks is reached, if it is known and kept.
    pub fn address(&self) -> Option<&Email> {
        match &self.asker {
            Asker::Person(address) => Some(address),
            Asker::Member(_) | Asker::Forgotten => None,
        }
    }

    /// When it took the first step of a kind.
    fn first_at(&self, kind: impl Fn(&What) -> bool) -> Option<Timestamp> {
        self.steps.iter().find(|step| kind(&step.what)).map(|step| step.at)
    }
}

/// A request cannot take a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RightsError {
    /// It is not that far, or over it.
    #[error("a request that is {} takes no such step", .0.code())]
    OutOfTurn(State),
    /// Members prove who they are in their session, everybody else by a link.
    #[error("who asks proves their identity in another way")]
    ByOtherMeans,
    /// Somebody proved who they are, but it is somebody else's request.
    #[error("it is somebody else's request")]
    SomebodyElse,
    /// They proved it too long ago.
    #[error("the proof of who they are is too old")]
    NotFresh,
    /// The link works no more.
    #[error("the link works no more")]
    LinkOver,
    /// The link works still.
    #[error("the link works still")]
    LinkLive,
    /// The time for it was extended already, and is only once.
    #[error("the time for it was extended already")]
    ExtendedAlready,
    /// The first month is over.
    #[error("it is too late to extend the time for it")]
    TooLate,
    /// The page of the account serves that right at once.
    #[error("nobody needs to answer it: the page of the account serves that right")]
    ServedAtOnce,
    /// The law knows no such reason to refuse that right.
    #[error("there is no such reason to refuse that right")]
    NoReason,
}

#[cfg(test)]
mod tests;
