use jiff::Timestamp;

use super::{Refusal, State};
use crate::{id::UserId, text::Message};

codes! {
    /// How somebody proved who they are (DSR-5).
    Identity {
        /// By a proof that was fresh, in a session of theirs.
        Session = "session",
        /// By the link that was sent to the address on file.
        Link = "link",
    }
}

/// One step of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// When.
    pub at: Timestamp,
    /// Who took it.
    pub by: By,
    /// What happened.
    pub what: What,
}

/// Who took a step of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// Whoever asks.
    Asker,
    /// A member who answers for the organization.
    Member(UserId),
    /// Whoever runs the installation, where it is theirs to answer.
    Operator,
    /// The product, by itself.
    Product,
}

impl From<UserId> for By {
    fn from(member: UserId) -> Self {
        Self::Member(member)
    }
}

impl From<Option<UserId>> for By {
    fn from(member: Option<UserId>) -> Self {
        member.map_or(Self::Product, Self::Member)
    }
}

/// What happened to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A link was sent to the address on file.
    IdentityAsked {
        /// When it stops working.
        link_until: Timestamp,
    },
    /// Whoever asks is who they say.
    IdentityProven(Identity),
    /// More time is needed to answer it.
    Extended {
        /// Why; none once whoever asked is forgotten.
        reasons: Option<Message>,
    },
    /// It was answered.
    Answered {
        /// What was said about it besides.
        words: Option<Message>,
    },
    /// It was refused.
    Refused {
        /// Why.
        reason: Refusal,
        /// What was said about it besides.
        words: Option<Message>,
    },
    /// The link was not used.
    Lapsed,
    /// Whoever asked took it back.
    Withdrawn,
}

impl What {
    /// Takes out what members wrote, which may tell of whoever asked.
    pub(super) fn forget(&mut self) {
        match self {
            Self::Extended { reasons: words } | Self::Answered { words } | Self::Refused { words, .. } => *words = None,
            Self::IdentityAsked { .. } | Self::IdentityProven(_) | Self::Lapsed | Self::Withdrawn => {}
        }
    }

    /// Whether whoever asks gets by it what they asked for, or the reason why not.
    pub const fn is_answer(&self) -> bool {
        matches!(self, Self::Answered { .. } | Self::Refused { .. })
    }

    /// How far a request is after it.
    pub const fn state(&self) -> State {
        match self {
            Self::IdentityAsked { .. } => State::AwaitingIdentity,
            Self::IdentityProven(_) | Self::Extended { .. } => State::Open,
            Self::Answered { .. } => State::Answered,
            Self::Refused { .. } => State::Refused,
            Self::Lapsed => State::Lapsed,
            Self::Withdrawn => State::Withdrawn,
        }
    }
}
