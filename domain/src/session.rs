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
}

/// What a presented refresh token is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresh {
    /// A new refresh token and a new access token.
    Rotate,
    /// An access token only: a parallel request rotated it a moment ago.
    Grace,
    /// Nothing.
    Refuse,
}

impl RefreshToken {
    /// Tells what the token is good for at `now`.
    pub fn judge(&self, now: Timestamp) -> Refresh {
        match self.rotated_at {
            _ if now >= self.expires_at => Refresh::Refuse,
            None => Refresh::Rotate,
            Some(rotated) if now.duration_since(rotated) <= ROTATION_GRACE => Refresh::Grace,
            Some(_) => Refresh::Refuse,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn token(rotated_at: Option<Timestamp>) -> RefreshToken {
        let issued_at = Timestamp::UNIX_EPOCH;
        RefreshToken {
            id: RefreshId(Uuid::nil()),
            digest: [0; 32],
            issued_at,
            expires_at: issued_at + REFRESH_LIFE,
            rotated_at,
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn ses_5_a_refresh_token_lives_seven_days() {
        let week = 7 * 24 * 3600;
        assert_eq!(token(None).judge(at(week - 1)), Refresh::Rotate);
        assert_eq!(token(None).judge(at(week)), Refresh::Refuse);
    }

    #[test]
    fn a_rotated_token_gives_an_access_token_for_ten_seconds() {
        let rotated = token(Some(at(100)));
        assert_eq!(rotated.judge(at(110)), Refresh::Grace);
        assert_eq!(rotated.judge(at(111)), Refresh::Refuse);
    }

    #[test]
    fn ses_5_no_token_outlives_its_session() {
        let ids = (SessionId(Uuid::nil()), UserId(Uuid::nil()), OrganizationId(Uuid::nil()));
        let session = Session::begin(ids.0, ids.1, ids.2, at(0));
        let late = at(28 * 24 * 3600);
        assert_eq!(session.refresh_expiry(late), at(30 * 24 * 3600));
    }
}
