//! What stands between a right password and a session where an account has a second factor (AUTH-13).

use jiff::SignedDuration;

/// A challenge can be met for this long.
pub const CHALLENGE_LIFE: SignedDuration = SignedDuration::from_mins(5);
/// So many answers may be tried.
pub const CHALLENGE_TRIES: i16 = 5;

/// Which second factors an account has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Factors {
    /// An authenticator app, disabled or not.
    pub totp: bool,
    /// How many passkeys.
    pub passkeys: u32,
    /// How many recovery codes are unused.
    pub recovery_codes: u32,
}

impl Factors {
    /// Whether a password alone is not enough. An app that too many wrong codes disabled still counts: else guessing
    /// would be the way around it.
    pub const fn guard(self) -> bool {
        self.totp || self.passkeys > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_13_recovery_codes_alone_are_no_second_factor() {
        assert!(!Factors { recovery_codes: 10, ..Factors::default() }.guard());
        assert!(Factors { totp: true, ..Factors::default() }.guard());
        assert!(Factors { passkeys: 1, ..Factors::default() }.guard());
    }
}
