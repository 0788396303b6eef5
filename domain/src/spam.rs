//! What the spam checks say of a submission. Nothing is thrown away at once: a hit is quarantined with its reasons.

use std::str::FromStr;

use jiff::SignedDuration;

use crate::violation::Rule;

/// What nobody let out of quarantine is forgotten this long after it came: no later than the address it came from would have to
/// go (RET-1).
pub const MEMORY: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Why a submission looks like spam.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpamReason {
    /// A field that people do not see was filled.
    Honeypot,
    /// The form's signed token is missing where the form asks for it.
    TokenMissing,
    /// The form's signed token is not ours, or of another form.
    TokenForged,
    /// Sent sooner after the page was shown than a person can type.
    TooFast,
    /// Sent long after the page was shown.
    TooOld,
    /// The work that the form asks for was not done.
    WorkMissing,
    /// The work is not what was asked, or was asked by another form or too long ago.
    WorkInvalid,
    /// The work was sent before, with another submission.
    WorkReused,
}

impl SpamReason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::Honeypot,
        Self::TokenMissing,
        Self::TokenForged,
        Self::TooFast,
        Self::TooOld,
        Self::WorkMissing,
        Self::WorkInvalid,
        Self::WorkReused,
    ];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Honeypot => "honeypot",
            Self::TokenMissing => "token-missing",
            Self::TokenForged => "token-forged",
            Self::TooFast => "too-fast",
            Self::TooOld => "too-old",
            Self::WorkMissing => "work-missing",
            Self::WorkInvalid => "work-invalid",
            Self::WorkReused => "work-reused",
        }
    }
}

impl FromStr for SpamReason {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|reason| reason.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// What becomes of a submission.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on to the leads.
    Accepted,
    /// It waits for a member to release it.
    Quarantined(Vec<SpamReason>),
}

impl Verdict {
    /// The verdict over what all checks found.
    pub fn of(reasons: Vec<SpamReason>) -> Self {
        if reasons.is_empty() { Self::Accepted } else { Self::Quarantined(reasons) }
    }
}
