//! How many requests a minute one API key may make, and how often one source may show a key that opens nothing.

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use governor::{
    DefaultKeyedRateLimiter, NotUntil, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DefaultKeyedStateStore,
};
use http::{HeaderMap, HeaderName, HeaderValue};
use qualify_domain::id::ApiKeyId;

use crate::intake_limit::network;

/// After this many requests, keys and sources that have been quiet are forgotten.
const TIDY_EVERY: u32 = 10_000;
/// A source may show so many keys that open nothing …
const STUMBLES: NonZeroU32 = NonZeroU32::new(20).unwrap();
/// … and one more after each of these: 20 in a quarter of an hour (AUTH-9).
const STUMBLE: Duration = Duration::from_secs(45);

type Keys = RateLimiter<ApiKeyId, DefaultKeyedStateStore<ApiKeyId>, DefaultClock, StateInformationMiddleware>;

/// Counts requests of the last minute. Per process: approximate is enough here.
pub struct KeyLimit {
    per_minute: NonZeroU32,
    keys: Keys,
    strangers: DefaultKeyedRateLimiter<IpAddr>,
    seen: AtomicU32,
    clock: DefaultClock,
}

/// How a key stands after a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    limit: u32,
    remaining: u32,
}

impl KeyLimit {
    /// Allows each key so many requests a minute.
    pub fn new(per_minute: NonZeroU32) -> Self {
        let stumbles = Quota::with_period(STUMBLE).unwrap_or(Quota::per_minute(STUMBLES)).allow_burst(STUMBLES);
        Self {
            per_minute,
            keys: RateLimiter::dashmap(Quota::per_minute(per_minute)).with_middleware(),
            strangers: RateLimiter::dashmap(stumbles),
            seen: AtomicU32::new(0),
            clock: DefaultClock::default(),
        }
    }

    /// Counts one request of a key.
    ///
    /// # Errors
    /// Seconds until the next one is taken.
    pub fn take(&self, key: ApiKeyId) -> Result<Standing, (u64, Standing)> {
        self.tidy();
        let limit = self.per_minute.get();
        match self.keys.check_key(&key) {
            Ok(state) => Ok(Standing { limit, remaining: state.remaining_burst_capacity() }),
            Err(until) => Err((self.wait(&until), Standing { limit, remaining: 0 })),
        }
    }

    /// Counts a key that opened nothing.
    ///
    /// # Errors
    /// Seconds until the next one is looked at.
    pub fn stumble(&self, source: Option<IpAddr>) -> Result<(), u64> {
        self.tidy();
        match source {
            Some(source) => self.strangers.check_key(&network(source)).map_err(|until| self.wait(&until)),
            None => Ok(()),
        }
    }

    fn wait(&self, until: &NotUntil<<DefaultClock as Clock>::Instant>) -> u64 {
        until.wait_time_from(self.clock.now()).as_secs() + 1
    }

    fn tidy(&self) {
        if self.seen.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.keys.retain_recent();
            self.strangers.retain_recent();
        }
    }
}

impl Standing {
    /// Tells the program how it stands.
    pub fn tell(self, headers: &mut HeaderMap) {
        for (name, value) in [
            ("ratelimit-limit", self.limit),
            ("ratelimit-remaining", self.remaining),
            ("ratelimit-reset", self.reset()),
        ] {
            headers.insert(HeaderName::from_static(name), HeaderValue::from(value));
        }
    }

    /// Seconds until nothing is used up any more.
    fn reset(self) -> u32 {
        let used = u64::from(self.limit - self.remaining.min(self.limit));
        u32::try_from((used * 60).div_ceil(u64::from(self.limit).max(1))).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn key(n: u128) -> ApiKeyId {
        ApiKeyId(Uuid::from_u128(n))
    }

    #[test]
    fn a_key_makes_so_many_requests_a_minute_and_is_told_how_it_stands() {
        let limit = KeyLimit::new(3.try_into().unwrap());
        let standing = |remaining| Standing { limit: 3, remaining };
        assert_eq!([2, 1, 0].map(|_| limit.take(key(1)).unwrap()), [2, 1, 0].map(standing));
        let (seconds, told) = limit.take(key(1)).unwrap_err();
        assert!((1..=21).contains(&seconds), "{seconds}");
        assert_eq!(told, standing(0));
        assert_eq!(limit.take(key(2)), Ok(standing(2)), "another key has its own");
        assert_eq!((standing(3).reset(), standing(2).reset(), standing(0).reset()), (0, 20, 60));
    }

    #[test]
    fn auth_9_a_source_that_shows_many_keys_that_open_nothing_is_held_off() {
        let limit = KeyLimit::new(1.try_into().unwrap());
        let source = "192.0.2.1".parse().ok();
        for _ in 0..STUMBLES.get() {
            assert_eq!(limit.stumble(source), Ok(()));
        }
        assert!((1..=46).contains(&limit.stumble(source).unwrap_err()));
        assert_eq!(limit.stumble("192.0.2.2".parse().ok()), Ok(()));
    }
}
