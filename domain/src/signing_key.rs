//! When keys sign access tokens, and how long their signatures count (SES-3).

use jiff::{SignedDuration, Timestamp};

use crate::session::ACCESS_LIFE;

/// A key signs for this long (SES-3).
pub const SIGNING_LIFE: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Each process looks this often whether there is a new key.
pub const LOOK_EVERY: SignedDuration = SignedDuration::from_secs(20);
/// A new key signs when every process has had the time to hear of it.
pub const NOTICE: SignedDuration = SignedDuration::from_mins(1);
/// What an older key signed counts for this long after a newer one signs.
const OVERLAP: SignedDuration = SignedDuration::from_secs(ACCESS_LIFE.as_secs() + 60);

/// A key that signs, by its name; the key itself is derived from the key ring.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// Its name, as tokens carry it.
    pub kid: String,
    /// The name of the key of the ring from which it is derived.
    pub ring_key: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it signs.
    pub signs_from: Timestamp,
}

/// The keys that count at `now`, of those given the newest first; the one that signs stands first.
pub fn in_force(keys: &[SigningKey], now: Timestamp) -> Vec<&SigningKey> {
    // With a clock that was set back no key may have begun; then the oldest signs.
    let signing = keys.iter().position(|key| key.signs_from <= now).unwrap_or(keys.len().saturating_sub(1));
    let Some(signer) = keys.get(signing) else { return Vec::new() };
    let over = |key: &SigningKey| key.signs_from.saturating_add(OVERLAP).unwrap_or(key.signs_from) <= now;
    let replaced = |place: usize| keys[..place].iter().any(over);
    let others = keys.iter().enumerate().filter(|(place, _)| *place != signing && !replaced(*place));
    std::iter::once(signer).chain(others.map(|(_, key)| key)).collect()
}

/// Whether it is time for a new key, given those there are, the newest first.
pub fn is_due(keys: &[SigningKey], now: Timestamp) -> bool {
    keys.first().is_none_or(|newest| now.duration_since(newest.created_at) >= SIGNING_LIFE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    fn key(kid: &str, created: i64) -> SigningKey {
        let (created_at, signs_from) = (at(created), at(created) + NOTICE);
        SigningKey { kid: kid.to_owned(), ring_key: "ring".to_owned(), created_at, signs_from }
    }

    fn names(keys: &[SigningKey], now: i64) -> Vec<&str> {
        in_force(keys, at(now)).iter().map(|key| key.kid.as_str()).collect()
    }

    #[test]
    fn ses_3_a_new_key_is_known_before_it_signs_and_the_old_one_counts_until_its_tokens_are_over() {
        let keys = [key("new", 1_000), key("old", 0)];
        assert_eq!(names(&keys, 1_059), ["old", "new"]);
        assert_eq!(names(&keys, 1_060), ["new", "old"]);
        assert_eq!(names(&keys, 1_060 + 659), ["new", "old"]);
        assert_eq!(names(&keys, 1_060 + 660), ["new"]);
    }

    #[test]
    fn ses_3_a_clock_that_was_set_back_still_signs() {
        let keys = [key("new", 1_000), key("old", 0)];
        assert_eq!(names(&keys, -1_000_000), ["old", "new"]);
        assert!(names(&[], 0).is_empty());
        assert!(!is_due(&keys, at(-1_000_000)));
    }

    #[test]
    fn ses_3_a_key_is_due_after_ninety_days() {
        let (keys, days) = ([key("only", 0)], 90 * 24 * 3_600);
        assert!(!is_due(&keys, at(days - 1)));
        assert!(is_due(&keys, at(days)));
        assert!(is_due(&[], at(0)));
    }
}
