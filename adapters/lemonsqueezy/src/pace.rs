use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

/// So many calls may follow each other at once.
const BURST: u32 = 20;
/// And one more after each of these: with the burst 120 in any minute, of the 300 that the provider allows (BIL-4).
const EACH: Duration = Duration::from_millis(600);

/// How often the provider is asked.
#[derive(Default)]
pub(crate) struct Pace {
    /// When the bucket is full again; none if it never was touched.
    full_at: Mutex<Option<Instant>>,
}

impl Pace {
    /// When the next call may be made, which is thereby taken.
    ///
    /// # Errors
    /// How long it would take, if it takes longer than `patience`: then nothing is taken.
    pub(crate) fn take(&self, now: Instant, patience: Duration) -> Result<Instant, Duration> {
        let mut full_at = self.full_at.lock().unwrap_or_else(PoisonError::into_inner);
        let next = full_at.unwrap_or(now).max(now) + EACH;
        let turn = next.checked_sub(EACH * BURST).unwrap_or(now).max(now);
        let wait = turn.saturating_duration_since(now);
        if wait > patience {
            return Err(wait);
        }
        *full_at = Some(next);
        Ok(turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bil_4_at_most_120_calls_are_made_in_any_minute() {
        let (pace, start) = (Pace::default(), Instant::now());
        let turns: Vec<_> = (0..500).filter_map(|_| pace.take(start, Duration::MAX).ok()).collect();
        assert_eq!(turns.iter().filter(|turn| **turn == start).count(), 20);
        for (first, turn) in turns.iter().enumerate() {
            let in_minute = turns[first..].iter().filter(|other| **other - *turn < Duration::from_mins(1)).count();
            assert!(in_minute <= 120, "{in_minute} calls from {first} on");
        }
    }

    #[test]
    fn whoever_would_wait_too_long_takes_nothing() {
        let (pace, now) = (Pace::default(), Instant::now());
        for _ in 0..21 {
            assert!(pace.take(now, Duration::from_secs(1)).is_ok());
        }
        let late = pace.take(now, Duration::from_secs(1));
        assert_eq!(late, Err(EACH * 2));
        assert_eq!(pace.take(now, Duration::from_secs(2)), Ok(now + EACH * 2));
    }
}
