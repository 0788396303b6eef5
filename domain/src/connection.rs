//! The connection log: when and from where an account was used. Each user sees their own; nobody sees another's.

use jiff::{SignedDuration, Timestamp};

use crate::{
    circumstances::Circumstances,
    id::{ConnectionId, SessionId, UserId},
};

/// An entry is shown for this long, and then deleted (RET-4).
pub const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConnectionKind {
    /// A session began.
    SignIn,
    /// A password was wrong.
    Failure,
    /// A session went on.
    Refresh,
    /// A session was ended by its own browser.
    SignOut,
    /// A session was ended from elsewhere.
    Revoked,
}

impl ConnectionKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::SignIn, Self::Failure, Self::Refresh, Self::SignOut, Self::Revoked];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Failure => "failure",
            Self::Refresh => "refresh",
            Self::SignOut => "sign_out",
            Self::Revoked => "revoked",
        }
    }

    /// The kind of that name.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionEvent {
    /// Its id.
    pub id: ConnectionId,
    /// Whose account.
    pub user: UserId,
    /// Which session, if there is one.
    pub session: Option<SessionId>,
    /// What happened.
    pub kind: ConnectionKind,
    /// When.
    pub at: Timestamp,
    /// From where.
    pub from: Circumstances,
}

/// The instant after which an entry is still shown at `now`: one of exactly this age is hidden (RET-4).
pub fn shown_after(now: Timestamp) -> Timestamp {
    now.saturating_sub(KEPT).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ret_4_an_entry_is_hidden_when_it_is_ninety_days_old() {
        let at = Timestamp::from_second(1_800_000_000).unwrap();
        let days = SignedDuration::from_hours(90 * 24);
        assert!(at > shown_after(at + days - SignedDuration::from_secs(1)));
        assert!(at <= shown_after(at + days));
    }

    #[test]
    fn a_kind_is_found_by_its_name() {
        for kind in ConnectionKind::ALL {
            assert_eq!(ConnectionKind::from_code(kind.code()), Some(kind));
        }
        assert_eq!(ConnectionKind::from_code("guess"), None);
    }
}
