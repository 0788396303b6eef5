//! Sessions: how long a sign-in lives, and what a refresh token may still do (SES-5, SES-6).

use jiff::{SignedDuration, Timestamp};

use crate::id::{OrganizationId, RefreshId, SessionId, UserId};

/// An access token lives this long (SES-1).
pub const ACCESS_LIFE: SignedDuration = SignedDuration::from_mins(10);
/// A refresh token lives this long (SES-5).
pub const REFRESH_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A session lives at most this long from its sign-in (SES-5).
pub const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A token rotated at most this long ago may still fetch an access token (SES-6).
pub const ROTATION_GRACE: SignedDuration = SignedDuration::from_secs(10);
/// A user has at most this many live sessions (SES-5).
pub const LIVE_SESSIONS: u8 = 10;

/// One sign-in on one device.
#[derive(Clone, Debug)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user: UserId,
    /// The organization it shows.
    pub organization: OrganizationId,
    /// When the password was given.
    pub created_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
}

impl Session {
    /// A session that begins now.
    pub fn begin(id: SessionId, user: UserId, organization: OrganizationId, now: Timestamp) -> Self {
        Self { id, user, organization, created_at: now, expires_at: now + SESSION_LIFE }
    }

    /// When a refresh token issued now expires: after its life, and never after the session.
    pub fn refresh_expiry(&self, now: Timestamp) -> Timestamp {
        (now + REFRESH_LIFE).min(self.expires_at)
    }
}

/// One refresh token, known by the digest of its secret.
#[derive(Clone, Debug)]
pub struct RefreshToken {
    /// Its id.
    pub id: RefreshId,
    /// SHA-256 of the 256 random bits that the browser holds.
    pub digest: [u8; 32],
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When another took its place.
    pub rotated_at: Option<Timestamp>,
    /// The one that took its place.
    pub successor: Option<Successor>,
    /// When it was taken back, because it seemed to be lost on its way to the browser.
    pub revoked_at: Option<Timestamp>,
}

/// The token that took the place of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Successor {
    /// Its id.
    pub id: RefreshId,
    /// Whether its browser has shown that it has it.
    pub acknowledged: bool,
}

/// What a presented refresh token is good for (SES-6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// A new refresh token and a new access token.
    Rotate,
    /// An access token only: a parallel request rotated it a moment ago.
    Grace,
    /// New tokens in the place of its successor, which never reached the browser.
    Replace(RefreshId),
    /// Nothing, and the session ends: somebody else holds what its browser held.
    Reuse,
    /// Nothing.
    Refuse,
}

impl RefreshToken {
    /// Tells what the token is good for at `now`.
    pub fn judge(&self, now: Timestamp) -> Refresh {
        let Some(rotated_at) = self.rotated_at else {
            return match self.revoked_at {
                _ if now >= self.expires_at => Refresh::Refuse,
                None => Refresh::Rotate,
                Some(_) => Refresh::Reuse,
            };
        };
        match self.successor {
            _ if now >= self.expires_at => Refresh::Refuse,
            _ if now.duration_since(rotated_at) <= ROTATION_GRACE => Refresh::Grace,
            Some(Successor { id, acknowledged: false }) => Refresh::Replace(id),
            _ => Refresh::Reuse,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    const NEXT: RefreshId = RefreshId(Uuid::max());

    fn token() -> RefreshToken {
        let issued_at = Timestamp::UNIX_EPOCH;
        RefreshToken {
            id: RefreshId(Uuid::nil()),
            digest: [0; 32],
            issued_at,
            expires_at: issued_at + REFRESH_LIFE,
            rotated_at: None,
            successor: None,
            revoked_at: None,
        }
    }

    /// A token that was rotated at second 100.
    fn rotated(acknowledged: bool) -> RefreshToken {
        let successor = Some(Successor { id: NEXT, acknowledged });
        RefreshToken { rotated_at: Some(at(100)), successor, ..token() }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn ses_5_a_refresh_token_lives_seven_days() {
        let week = 7 * 24 * 3600;
        assert_eq!(token().judge(at(week - 1)), Refresh::Rotate);
        assert_eq!(token().judge(at(week)), Refresh::Refuse);
        assert_eq!(rotated(true).judge(at(week)), Refresh::Refuse);
    }

    #[test]
    fn ses_6_a_rotated_token_gives_an_access_token_for_ten_seconds() {
        for acknowledged in [true, false] {
            assert_eq!(rotated(acknowledged).judge(at(110)), Refresh::Grace);
            assert_ne!(rotated(acknowledged).judge(at(111)), Refresh::Grace);
            assert_eq!(rotated(acknowledged).judge(at(0)), Refresh::Grace, "a clock that was set back");
        }
    }

    #[test]
    fn ses_6_later_it_replaces_a_successor_that_was_lost_and_else_it_was_stolen() {
        assert_eq!(rotated(false).judge(at(111)), Refresh::Replace(NEXT));
        assert_eq!(rotated(true).judge(at(111)), Refresh::Reuse);
        assert_eq!(RefreshToken { successor: None, ..rotated(true) }.judge(at(111)), Refresh::Reuse);
    }

    #[test]
    fn ses_6_a_token_that_was_taken_back_was_stolen_if_it_comes() {
        assert_eq!(RefreshToken { revoked_at: Some(at(5)), ..token() }.judge(at(6)), Refresh::Reuse);
    }

    #[test]
    fn ses_5_no_token_outlives_its_session() {
        let ids = (SessionId(Uuid::nil()), UserId(Uuid::nil()), OrganizationId(Uuid::nil()));
        let session = Session::begin(ids.0, ids.1, ids.2, at(0));
        let late = at(28 * 24 * 3600);
        assert_eq!(session.refresh_expiry(late), at(30 * 24 * 3600));
    }
}
