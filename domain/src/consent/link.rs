//! The links by which people confirm a consent and take it back.

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use super::Matter;
use crate::{
    id::{ConsentLinkId, SubmissionId},
    violation::Rule,
};

/// A consent can be confirmed for so long after the mail that asks for it.
pub const CONFIRMABLE: SignedDuration = SignedDuration::from_hours(48);

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkUse {
    /// To confirm the consent: once, and not for long.
    Confirm,
    /// To take it back: as often as one likes, for as long as the submission is kept.
    Withdraw,
}

impl LinkUse {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Confirm, Self::Withdraw];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Withdraw => "withdraw",
        }
    }
}

impl FromStr for LinkUse {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|one| one.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// A link about the consent that was given with one submission. Its secret is derived from its id, and kept as a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentLink {
    /// Its id.
    pub id: ConsentLinkId,
    /// With what the consent was given.
    pub submission: SubmissionId,
    /// For what.
    pub matter: Matter,
    /// What it is for.
    pub link_use: LinkUse,
    /// When it ends, if it does.
    pub expires_at: Option<Timestamp>,
    /// Whether it was used up.
    pub is_used: bool,
}

impl ConsentLink {
    /// A link that begins to work now.
    pub fn issue(
        id: ConsentLinkId,
        submission: SubmissionId,
        matter: Matter,
        link_use: LinkUse,
        now: Timestamp,
    ) -> Self {
        let expires_at = match link_use {
            LinkUse::Confirm => Some(now + CONFIRMABLE),
            LinkUse::Withdraw => None,
        };
        Self { id, submission, matter, link_use, expires_at, is_used: false }
    }

    /// Whether it still works.
    pub fn is_live(&self, now: Timestamp) -> bool {
        !self.is_used && self.expires_at.is_none_or(|end| now < end)
    }

    /// From what its secret is derived.
    pub fn seed(&self) -> String {
        format!("consent {}: {}", self.link_use.code(), self.id)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn link(link_use: LinkUse) -> ConsentLink {
        let (id, submission) = (ConsentLinkId(Uuid::nil()), SubmissionId(Uuid::nil()));
        ConsentLink::issue(id, submission, Matter::Request, link_use, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_consent_can_be_confirmed_for_48_hours_and_once() {
        let mut confirm = link(LinkUse::Confirm);
        let end = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(48);
        assert!(confirm.is_live(Timestamp::UNIX_EPOCH));
        assert!(confirm.is_live(end - SignedDuration::from_secs(1)));
        assert!(!confirm.is_live(end));
        confirm.is_used = true;
        assert!(!confirm.is_live(Timestamp::UNIX_EPOCH));
    }

    #[test]
    fn a_consent_can_be_taken_back_after_years() {
        let years = Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365 * 9);
        assert!(link(LinkUse::Withdraw).is_live(years));
    }

    #[test]
    fn no_link_is_derived_from_what_another_is() {
        assert_ne!(link(LinkUse::Confirm).seed(), link(LinkUse::Withdraw).seed());
        for one in LinkUse::ALL {
            assert_eq!(one.code().parse(), Ok(one));
        }
        assert_eq!("both".parse::<LinkUse>(), Err(Rule::NotAChoice));
    }
}
