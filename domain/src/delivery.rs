//! How often the worker tries an event before it parks it.

use jiff::SignedDuration;

/// The event is parked after this many failed tries: the last wait ends 25 h after the first try (MAIL-2).
pub const MAX_ATTEMPTS: u32 = 11;

/// An event that was parked is kept this long after that (RET-13).
pub const PARKED_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long to wait after the `attempt`-th failure: 1, 5, 15 and 60 minutes, then 4 hours each (MAIL-2).
pub const fn back_off(attempt: u32) -> SignedDuration {
    SignedDuration::from_mins(match attempt {
        0 | 1 => 1,
        2 => 5,
        3 => 15,
        4 => 60,
        _ => 240,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_2_tries_go_on_for_a_day_and_then_end() {
        let waits: i64 = (1..MAX_ATTEMPTS).map(|attempt| back_off(attempt).as_mins()).sum();
        assert!((24 * 60..30 * 60).contains(&waits), "{waits} minutes");
    }
}
