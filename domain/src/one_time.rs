//! One-time tokens (AUTH-11): 256 bits in the link of a mail. Whoever comes by the link has read the mail, and so proves
//! that the mailbox is theirs. Each is good for one thing, once, and not for long.

use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};

use crate::{
    id::{OneTimeTokenId, OrganizationId, UserId},
    text::Email,
    violation::Rule,
};

/// What a token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OneTimeKind {
    /// Proves the mailbox of somebody who signs up.
    SignUp,
    /// Chooses a new password.
    Reset,
    /// Proves the mailbox that shall become an account's address.
    EmailChange,
    /// Joins an organization.
    Invitation,
}

impl OneTimeKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::SignUp, Self::Reset, Self::EmailChange, Self::Invitation];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignUp => "sign_up",
            Self::Reset => "reset",
            Self::EmailChange => "email_change",
            Self::Invitation => "invitation",
        }
    }

    /// From what the secret of a token of this kind is derived: no two tokens, and no two kinds, share it.
    pub fn seed(self, id: OneTimeTokenId) -> String {
        format!("{}/{id}", self.code())
    }

    /// How long a token of this kind lives.
    pub const fn life(self) -> SignedDuration {
        match self {
            Self::SignUp | Self::EmailChange => SignedDuration::from_hours(24),
            Self::Reset => SignedDuration::from_mins(30),
            Self::Invitation => SignedDuration::from_hours(7 * 24),
        }
    }
}

impl FromStr for OneTimeKind {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        Self::ALL.into_iter().find(|kind| kind.code() == code).ok_or(Rule::NotAChoice)
    }
}

/// What a token is good for, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To make an account for its address.
    SignUp,
    /// To choose a new password for the account of its address.
    Reset,
    /// To make its address the one of that user.
    EmailChange(UserId),
    /// To join that organization.
    Invitation(OrganizationId),
}

impl Purpose {
    /// Its kind.
    pub const fn kind(self) -> OneTimeKind {
        match self {
            Self::SignUp => OneTimeKind::SignUp,
            Self::Reset => OneTimeKind::Reset,
            Self::EmailChange(_) => OneTimeKind::EmailChange,
            Self::Invitation(_) => OneTimeKind::Invitation,
        }
    }
}

/// A token, without its secret: that is derived from what stands here by a key that the database does not hold.
#[derive(Clone, Debug)]
pub struct OneTimeToken {
    /// Its id.
    pub id: OneTimeTokenId,
    /// What it is good for.
    pub purpose: Purpose,
    /// The address to which it is mailed, and whose mailbox it proves.
    pub email: Email,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl OneTimeToken {
    /// A token that begins to live now.
    pub fn issue(id: OneTimeTokenId, purpose: Purpose, email: Email, now: Timestamp) -> Self {
        Self { id, purpose, email, issued_at: now, expires_at: now + purpose.kind().life() }
    }

    /// Whether it still works.
    pub fn is_live(&self, now: Timestamp) -> bool {
        now < self.expires_at
    }

    /// From what its secret is derived.
    pub fn seed(&self) -> String {
        self.purpose.kind().seed(self.id)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const PURPOSES: [Purpose; 4] = [
        Purpose::SignUp,
        Purpose::Reset,
        Purpose::EmailChange(UserId(Uuid::nil())),
        Purpose::Invitation(OrganizationId(Uuid::nil())),
    ];

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn token(purpose: Purpose) -> OneTimeToken {
        OneTimeToken::issue(OneTimeTokenId(Uuid::nil()), purpose, "anna@example.com".parse().unwrap(), at(1_000))
    }

    #[test]
    fn auth_11_each_kind_lives_as_long_as_the_rule_says_to_the_second() {
        let lives = [24 * 3_600, 30 * 60, 24 * 3_600, 7 * 24 * 3_600];
        for (purpose, life) in PURPOSES.into_iter().zip(lives) {
            assert!(token(purpose).is_live(at(1_000)), "{purpose:?}");
            assert!(token(purpose).is_live(at(1_000 + life - 1)), "{purpose:?}");
            assert!(!token(purpose).is_live(at(1_000 + life)), "{purpose:?}");
        }
    }

    #[test]
    fn auth_11_a_clock_that_was_set_back_makes_no_token_die_early() {
        for purpose in PURPOSES {
            assert!(token(purpose).is_live(at(0)), "{purpose:?}");
        }
    }

    #[test]
    fn auth_11_no_two_tokens_or_kinds_are_derived_from_the_same() {
        let mut seeds: Vec<_> = PURPOSES.map(|purpose| token(purpose).seed()).to_vec();
        seeds.push(OneTimeToken { id: OneTimeTokenId(Uuid::max()), ..token(Purpose::Reset) }.seed());
        let all = seeds.len();
        seeds.sort();
        seeds.dedup();
        assert_eq!(seeds.len(), all);
    }

    #[test]
    fn a_kind_is_found_by_its_code() {
        for kind in OneTimeKind::ALL {
            assert_eq!(kind.code().parse(), Ok(kind));
        }
        assert_eq!("other".parse::<OneTimeKind>(), Err(Rule::NotAChoice));
    }
}
