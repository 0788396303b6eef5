//! Step-up: what is sensitive asks once more who it is (AUTH-16).

use jiff::{SignedDuration, Timestamp};

/// A proof is good for this long.
pub const FRESH: SignedDuration = SignedDuration::from_mins(10);
/// So far may the clocks of two processes be apart.
const APART: SignedDuration = SignedDuration::from_secs(5);

/// When somebody last proved who they are in a session: as they signed in, or when they were asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof(pub Timestamp);

impl Proof {
    /// Whether it is good at `now`. One from the future is none: the clock was set back, and nobody can tell how old it is.
    pub fn is_fresh(self, now: Timestamp) -> bool {
        let age = now.duration_since(self.0);
        -APART <= age && age < FRESH
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fresh_after(seconds: i64) -> bool {
        let proven = Timestamp::from_second(1_800_000_000).unwrap();
        Proof(proven).is_fresh(proven + SignedDuration::from_secs(seconds))
    }

    #[test]
    fn auth_16_a_proof_is_good_for_ten_minutes_and_not_a_second_more() {
        assert!(fresh_after(0) && fresh_after(1));
        assert!(fresh_after(10 * 60 - 1));
        assert!(!fresh_after(10 * 60));
        assert!(!fresh_after(30 * 24 * 3_600));
    }

    #[test]
    fn auth_16_a_clock_that_was_set_back_makes_no_proof_last_longer() {
        assert!(fresh_after(-5), "two processes' clocks are never quite the same");
        assert!(!fresh_after(-6));
        assert!(!fresh_after(-3_600));
    }
}
