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
    /// It waits unseen until the organization may receive again; then it goes on to the leads, or is quarantined if there are
    /// reasons.
    Sealed(Vec<SpamReason>),
}

impl Verdict {
    /// The verdict over what all checks found.
    pub fn of(reasons: Vec<SpamReason>) -> Self {
        if reasons.is_empty() { Self::Accepted } else { Self::Quarantined(reasons) }
    }

    /// What the checks found.
    pub fn reasons(&self) -> &[SpamReason] {
        match self {
            Self::Accepted => &[],
            Self::Quarantined(reasons) | Self::Sealed(reasons) => reasons,
        }
    }

    /// The same, unseen until the organization may receive again.
    #[must_use]
    pub fn sealed(self) -> Self {
        match self {
            Self::Accepted => Self::Sealed(Vec::new()),
            Self::Quarantined(reasons) | Self::Sealed(reasons) => Self::Sealed(reasons),
        }
    }

    /// What becomes of it once the organization may receive again.
    #[must_use]
    pub fn unsealed(self) -> Self {
        match self {
            Self::Sealed(reasons) => Self::of(reasons),
            seen => seen,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_becomes_what_it_would_have_been() {
        for reasons in [vec![], vec![SpamReason::Honeypot, SpamReason::TooFast]] {
            let seen = Verdict::of(reasons.clone());
            let sealed = seen.clone().sealed();
            assert_eq!(sealed, Verdict::Sealed(reasons.clone()));
            assert_eq!(sealed.reasons(), reasons);
            assert_eq!(sealed.clone().sealed(), sealed, "once is enough");
            assert_eq!(sealed.unsealed(), seen);
            assert_eq!(seen.clone().unsealed(), seen, "what was never sealed stays as it is");
        }
    }
}
