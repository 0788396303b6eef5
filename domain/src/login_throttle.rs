//! How often somebody may try: to sign in to an account (AUTH-7, AUTH-8), or from one place (AUTH-9).
//!
//! A try is counted before it is made and given back when it was a good one, so that many at once cannot slip through
//! between the question and the count. All the state there is stands in a [`Tally`]; a [`Throttle`] is a rule over it.

use jiff::{SignedDuration, Timestamp};

/// So many failures in a row cost no wait (AUTH-7).
pub const FREE: u32 = 5;
/// No wait is longer (AUTH-7).
pub const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);
/// After this long without a try the count begins anew (AUTH-7).
pub const IDLE: SignedDuration = SignedDuration::from_hours(12);
/// After so many failures in a row strangers are not listened to any more (AUTH-8).
pub const STOP: u32 = 100;

/// What was counted under one key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Failures in a row.
    pub failures: u32,
    /// When the tries that still count were made, the oldest first.
    pub times: Vec<Timestamp>,
}

/// A rule about tries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Throttle {
    /// Failures against one account from places where it was never used: each makes the next wait longer, and at
    /// [`STOP`] only the owner's mailbox or passkey helps.
    Account,
    /// Failures against one account from a network where its owner was: the same waits, but never the end.
    Familiar,
    /// At most so many within a span.
    Window {
        /// How many.
        most: u32,
        /// Within how long.
        span: SignedDuration,
    },
}

/// Sign-ins that fail from one household (AUTH-9).
pub const SOURCE: Throttle = Throttle::Window { most: 20, span: SignedDuration::from_mins(15) };
/// Sign-ins that fail from one neighbourhood (AUTH-9).
pub const NETWORK: Throttle = Throttle::Window { most: 100, span: SignedDuration::from_hours(1) };
/// Mails that anybody can have sent to one address (AUTH-9).
pub const MAILS_TO_ADDRESS: Throttle = Throttle::Window { most: 5, span: SignedDuration::from_hours(1) };
/// Mails that ask to confirm a consent, to one address: anybody can cause them.
pub const CONSENT_MAILS: Throttle = Throttle::Window { most: 6, span: SignedDuration::from_hours(24) };
/// Copies of what is kept of somebody (DSR-13).
pub const COPIES: Throttle = Throttle::Window { most: 3, span: SignedDuration::from_hours(24) };
/// Mails that one household can have sent (AUTH-9).
pub const MAILS_FROM_SOURCE: Throttle = Throttle::Window { most: 20, span: SignedDuration::from_hours(1) };

/// Questions to authenticators that one household can ask for.
pub const QUESTIONS: Throttle = Throttle::Window { most: 30, span: SignedDuration::from_mins(1) };
/// Invitations that one organization can have sent: no team needs more, and no spammer is content with so few.
pub const INVITATIONS: Throttle = Throttle::Window { most: 100, span: SignedDuration::from_hours(24) };

/// Not now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many tries; the next one is taken in {} seconds", self.seconds())]
pub struct Wait(pub SignedDuration);

impl Wait {
    /// Seconds until another try makes sense, at least one.
    pub fn seconds(self) -> u64 {
        let whole = self.0.as_secs() + i64::from(self.0.subsec_nanos() > 0);
        u64::try_from(whole.max(1)).unwrap_or(1)
    }
}

impl Throttle {
    /// The tally with one more try, if it is taken at `now`.
    ///
    /// # Errors
    /// [`Wait`], and the try is not counted.
    pub fn admit(self, tally: &Tally, now: Timestamp) -> Result<Tally, Wait> {
        match self {
            Self::Account if tally.failures >= STOP => Err(Wait(LONGEST_WAIT)),
            Self::Account | Self::Familiar => {
                let idle = tally.times.last().map(|last| apart(*last, now));
                let failures = if idle.is_some_and(|idle| idle >= IDLE) { 0 } else { tally.failures };
                let left = idle.map_or(SignedDuration::ZERO, |idle| wait(failures) - idle);
                if left > SignedDuration::ZERO {
                    return Err(Wait(left));
                }
                Ok(Tally { failures: failures.saturating_add(1), times: vec![now] })
            }
            Self::Window { most, span } => {
                let counts = |time: &Timestamp| apart(*time, now) < span;
                let mut times: Vec<Timestamp> = tally.times.iter().copied().filter(counts).collect();
                if times.len() >= usize::try_from(most).unwrap_or(usize::MAX) {
                    let oldest = times.first().map_or(SignedDuration::ZERO, |oldest| apart(*oldest, now));
                    return Err(Wait(span - oldest));
                }
                times.push(now);
                Ok(Tally { failures: 0, times })
            }
        }
    }

    /// The tally after a try that succeeded.
    #[must_use]
    pub fn succeeded(self, tally: &Tally) -> Tally {
        match self {
            Self::Account | Self::Familiar => Tally::default(),
            Self::Window { .. } => self.withdrawn(tally),
        }
    }

    /// The tally without a try that was counted and never made.
    #[must_use]
    pub fn withdrawn(self, tally: &Tally) -> Tally {
        let times = match self {
            Self::Account | Self::Familiar => tally.times.clone(),
            Self::Window { .. } => tally.times.split_last().map_or_else(Vec::new, |(_, earlier)| earlier.to_vec()),
        };
        Tally { failures: tally.failures.saturating_sub(1), times }
    }

    /// From when on the tally tells nothing any more; never, where strangers are not listened to.
    pub fn expiry(self, tally: &Tally) -> Option<Timestamp> {
        let last = tally.times.last().copied().unwrap_or(Timestamp::UNIX_EPOCH);
        match self {
            Self::Account if tally.failures >= STOP => None,
            Self::Account | Self::Familiar => Some(last.saturating_add(IDLE).unwrap_or(last)),
            Self::Window { span, .. } => Some(last.saturating_add(span).unwrap_or(last)),
        }
    }
}

/// How long to wait after so many failures in a row.
fn wait(failures: u32) -> SignedDuration {
    match failures.saturating_sub(FREE) {
        0 => SignedDuration::ZERO,
        over => SignedDuration::from_secs(1_i64.checked_shl(over.min(32)).unwrap_or(i64::MAX)).min(LONGEST_WAIT),
    }
}

/// How far two instants are apart, so that a clock that was set back locks nobody out.
fn apart(one: Timestamp, other: Timestamp) -> SignedDuration {
    other.duration_since(one).abs()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    /// Tries at once whenever it is allowed to; tells at which seconds, until `end`.
    fn patient(throttle: Throttle, end: i64) -> Vec<i64> {
        let (mut tally, mut second, mut made) = (Tally::default(), 0, Vec::new());
        while second < end {
            match throttle.admit(&tally, at(second)) {
                Ok(next) => {
                    made.push(second);
                    tally = next;
                }
                Err(wait) => second += i64::try_from(wait.seconds()).unwrap(),
            }
        }
        made
    }

    #[test]
    fn auth_7_five_failures_are_free_and_then_each_doubles_the_wait_up_to_fifteen_minutes() {
        let made = patient(Throttle::Familiar, 4_000);
        let waits: Vec<i64> = made.windows(2).map(|pair| pair[1] - pair[0]).collect();
        assert_eq!(waits[..5], [0; 5]);
        assert_eq!(waits[5..16], [2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]);
    }

    #[test]
    fn auth_7_a_wait_ends_to_the_second() {
        let tally = Tally { failures: 8, times: vec![at(0)] };
        assert_eq!(Throttle::Account.admit(&tally, at(7)).unwrap_err().seconds(), 1);
        assert_eq!(Throttle::Account.admit(&tally, at(8)).unwrap().failures, 9);
    }

    #[test]
    fn auth_7_a_success_and_twelve_idle_hours_begin_anew() {
        let tally = Tally { failures: 20, times: vec![at(0)] };
        assert_eq!(Throttle::Account.succeeded(&tally), Tally::default());
        let hours = 12 * 3_600;
        assert_eq!(Throttle::Account.admit(&tally, at(hours - 1)).unwrap().failures, 21);
        assert_eq!(Throttle::Account.admit(&tally, at(hours)).unwrap().failures, 1);
    }

    #[test]
    fn auth_8_after_a_hundred_failures_strangers_are_not_listened_to_however_long_they_wait() {
        let made = patient(Throttle::Account, 400 * 24 * 3_600);
        assert_eq!(made.len(), 100);
        let stopped = Tally { failures: STOP, times: vec![at(0)] };
        assert_eq!(Throttle::Account.expiry(&stopped), None);
        assert!(Throttle::Account.admit(&stopped, at(365 * 24 * 3_600)).is_err());
        assert!(Throttle::Familiar.admit(&stopped, at(900)).is_ok(), "where the owner was it is a wait only");
    }

    #[test]
    fn auth_9_the_measures_are_those_of_the_rule() {
        let measure = |throttle, within| patient(throttle, within).len();
        assert_eq!((measure(SOURCE, 15 * 60), measure(SOURCE, 15 * 60 + 1)), (20, 40));
        assert_eq!((measure(NETWORK, 3_600), measure(NETWORK, 3_601)), (100, 200));
        assert_eq!((measure(QUESTIONS, 60), measure(QUESTIONS, 61)), (30, 60));
        assert_eq!((measure(MAILS_TO_ADDRESS, 3_600), measure(MAILS_FROM_SOURCE, 3_600)), (5, 20));
    }

    #[test]
    fn a_try_that_was_never_made_is_given_back() {
        for throttle in [Throttle::Account, Throttle::Familiar, SOURCE] {
            let once = throttle.admit(&Tally::default(), at(0)).unwrap();
            let twice = throttle.admit(&once, at(1)).unwrap();
            let back = throttle.withdrawn(&twice);
            assert_eq!((back.failures, back.times.len()), (once.failures, once.times.len()), "{throttle:?}");
        }
        assert_eq!(SOURCE.succeeded(&SOURCE.admit(&Tally::default(), at(0)).unwrap()), Tally::default());
    }

    #[test]
    fn a_clock_that_was_set_back_locks_nobody_out() {
        let tally = Tally { failures: 30, times: vec![at(100_000)] };
        assert!(Throttle::Account.admit(&tally, at(90_000)).is_ok());
        let full = Tally { failures: 0, times: vec![at(100_000); 20] };
        assert!(SOURCE.admit(&full, at(90_000)).is_ok());
    }

    proptest! {
        #[test]
        fn auth_9_no_span_ever_holds_more_than_its_measure(
            most in 1_u32..6,
            span in 1_i64..50,
            steps in prop::collection::vec(0_i64..20, 1..60),
        ) {
            let throttle = Throttle::Window { most, span: SignedDuration::from_secs(span) };
            let (mut tally, mut now, mut made) = (Tally::default(), 0, Vec::new());
            for step in steps {
                now += step;
                if let Ok(next) = throttle.admit(&tally, at(now)) {
                    tally = next;
                    made.push(now);
                }
            }
            for first in &made {
                let within = made.iter().filter(|time| (*first..first + span).contains(*time)).count();
                prop_assert!(within <= usize::try_from(most).unwrap());
            }
        }

        #[test]
        fn auth_7_who_waits_as_told_is_taken(failures in 0_u32..99, passed in 0_i64..2_000) {
            let tally = Tally { failures, times: vec![at(0)] };
            if let Err(wait) = Throttle::Account.admit(&tally, at(passed)) {
                let then = passed + i64::try_from(wait.seconds()).unwrap();
                prop_assert!(wait.0 <= LONGEST_WAIT);
                prop_assert!(Throttle::Account.admit(&tally, at(then)).is_ok());
            }
        }
    }
}
