//! How many submissions a minute one source may send and one form takes (AUTH-9).

use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::atomic::{AtomicU32, Ordering},
};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock, DefaultClock},
};
use qualify_domain::id::PublicFormId;

/// After this many submissions, sources and forms that have been quiet are forgotten.
const TIDY_EVERY: u32 = 10_000;

/// Counts submissions of the last minute. Per process: approximate is enough here.
pub struct IntakeLimit {
    sources: DefaultKeyedRateLimiter<IpAddr>,
    forms: DefaultKeyedRateLimiter<PublicFormId>,
    seen: AtomicU32,
    clock: DefaultClock,
}

impl IntakeLimit {
    /// Allows so many a minute from one source, and so many to one form.
    pub fn new(per_source: NonZeroU32, per_form: NonZeroU32) -> Self {
        Self {
            sources: RateLimiter::dashmap(Quota::per_minute(per_source)),
            forms: RateLimiter::dashmap(Quota::per_minute(per_form)),
            seen: AtomicU32::new(0),
            clock: DefaultClock::default(),
        }
    }

    /// Counts one submission.
    ///
    /// # Errors
    /// Seconds until the next one is taken.
    pub fn take(&self, source: Option<IpAddr>, form: PublicFormId) -> Result<(), u64> {
        if self.seen.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.sources.retain_recent();
            self.forms.retain_recent();
        }
        let now = self.clock.now();
        let wait = |until: governor::NotUntil<_>| until.wait_time_from(now).as_secs() + 1;
        if let Some(source) = source {
            self.sources.check_key(&network(source)).map_err(wait)?;
        }
        self.forms.check_key(&form).map_err(wait)
    }
}

/// One household: an IPv4 address, or the first 64 bits of an IPv6 address.
pub(crate) fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6((u128::from(address) & !u128::from(u64::MAX)).into()),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn limit(per_source: u32, per_form: u32) -> IntakeLimit {
        IntakeLimit::new(per_source.try_into().unwrap(), per_form.try_into().unwrap())
    }

    fn form(n: u128) -> PublicFormId {
        PublicFormId(Uuid::from_u128(n))
    }

    #[test]
    fn auth_9_a_source_sends_so_many_a_minute_and_is_told_when_to_return() {
        let limit = limit(3, 100);
        let source = "192.0.2.1".parse().ok();
        for _ in 0..3 {
            assert_eq!(limit.take(source, form(1)), Ok(()));
        }
        assert!((1..=60).contains(&limit.take(source, form(2)).unwrap_err()));
        assert_eq!(limit.take("192.0.2.2".parse().ok(), form(1)), Ok(()));
    }

    #[test]
    fn auth_9_addresses_of_one_ipv6_network_are_one_source() {
        let limit = limit(1, 100);
        assert!(limit.take("2001:db8::1".parse().ok(), form(1)).is_ok());
        assert!(limit.take("2001:db8::2".parse().ok(), form(1)).is_err());
        assert!(limit.take("2001:db8:0:1::1".parse().ok(), form(1)).is_ok());
    }

    #[test]
    fn auth_9_a_form_takes_so_many_a_minute_from_all_sources() {
        let limit = limit(100, 2);
        assert!(limit.take(None, form(1)).is_ok());
        assert!(limit.take(None, form(1)).is_ok());
        assert!(limit.take(None, form(1)).is_err());
        assert!(limit.take(None, form(2)).is_ok());
    }
}
