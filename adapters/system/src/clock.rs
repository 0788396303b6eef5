use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use qualify_ports::time::Clock;

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is the Clock port's adapter")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that runs as another one does, but ahead of it or behind: for tests that wait weeks.
#[derive(Debug, Default)]
pub struct ShiftedClock<C = SystemClock> {
    clock: C,
    shift: Mutex<SignedDuration>,
}

impl<C: Clock> ShiftedClock<C> {
    /// The same time as `clock`, until it is moved.
    pub fn new(clock: C) -> Self {
        Self { clock, shift: Mutex::default() }
    }

    /// Moves it by that much further, or back.
    pub fn advance(&self, by: SignedDuration) {
        let mut shift = self.shift.lock().unwrap_or_else(PoisonError::into_inner);
        *shift = shift.saturating_add(by);
    }

    /// Makes it show that instant now; it runs on from there.
    pub fn set(&self, to: Timestamp) {
        *self.shift.lock().unwrap_or_else(PoisonError::into_inner) = to.duration_since(self.clock.now());
    }
}

impl<C: Clock> Clock for ShiftedClock<C> {
    fn now(&self) -> Timestamp {
        let (now, shift) = (self.clock.now(), *self.shift.lock().unwrap_or_else(PoisonError::into_inner));
        now.saturating_add(shift).unwrap_or(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Noon;

    impl Clock for Noon {
        fn now(&self) -> Timestamp {
            Timestamp::from_second(43_200).unwrap()
        }
    }

    #[test]
    fn a_shifted_clock_runs_ahead_by_what_it_was_moved() {
        let clock = ShiftedClock::new(Noon);
        assert_eq!(clock.now(), Noon.now());
        clock.advance(SignedDuration::from_hours(24));
        clock.advance(SignedDuration::from_secs(-5));
        assert_eq!(clock.now().as_second(), 43_200 + 86_400 - 5);
    }

    #[test]
    fn a_shifted_clock_shows_what_it_was_set_to() {
        let clock = ShiftedClock::new(Noon);
        clock.advance(SignedDuration::from_hours(3));
        clock.set(Timestamp::from_second(7).unwrap());
        assert_eq!(clock.now().as_second(), 7);
    }

    #[test]
    fn a_shift_beyond_all_time_stops_at_its_end() {
        let clock = ShiftedClock::new(Noon);
        clock.advance(SignedDuration::MAX);
        clock.advance(SignedDuration::MAX);
        assert_eq!(clock.now(), Timestamp::MAX);
    }

    #[test]
    fn the_system_clock_shows_the_present() {
        let (before, now) = (std::time::UNIX_EPOCH.elapsed().unwrap(), SystemClock.now());
        let after = std::time::UNIX_EPOCH.elapsed().unwrap();
        let now = u128::try_from(now.as_nanosecond()).unwrap();
        assert!((before.as_nanos()..=after.as_nanos()).contains(&now));
    }
}
