use std::{collections::BTreeSet, net::IpAddr};

use fake::{
    Fake,
    faker::name::raw::{FirstName, LastName},
    locales::{EN, FR_FR},
    rand::{RngExt, SeedableRng, rngs::StdRng},
};
use jiff::{SignedDuration, Timestamp};
use qualify_domain::language::Language;
use unicode_normalization::UnicodeNormalization;

/// How far back the demo remembers.
pub(super) const DAYS: u32 = 90;
const MINUTES_A_DAY: u32 = 24 * 60;

/// Chance that falls the same way every time.
pub(super) struct Chance {
    dice: StdRng,
    taken: BTreeSet<String>,
}

/// Somebody who does not exist.
pub(super) struct Somebody {
    pub name: String,
    pub email: String,
}

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self { dice: StdRng::seed_from_u64(seed), taken: BTreeSet::new() }
    }

    /// A number below `most`.
    pub fn below(&mut self, most: u32) -> u32 {
        self.dice.random_range(0..most.max(1))
    }

    /// True that often of a hundred times.
    pub fn percent(&mut self, times: u32) -> bool {
        self.below(100) < times
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.dice.random_range(0..of.len())]
    }

    /// A name, and an address of a domain that is kept for examples; nobody comes twice.
    pub fn somebody(&mut self, language: Language) -> Somebody {
        let (first, last): (String, String) = match language {
            Language::French => (self.fake(FirstName(FR_FR)), self.fake(LastName(FR_FR))),
            Language::English => (self.fake(FirstName(EN)), self.fake(LastName(EN))),
        };
        let domain = *self.pick(&["example.com", "example.org", "example.net"]);
        let local = format!("{}.{}", plain(&first), plain(&last));
        let mut email = format!("{local}@{domain}");
        let mut number = 2;
        while !self.taken.insert(email.clone()) {
            email = format!("{local}{number}@{domain}");
            number += 1;
        }
        Somebody { name: format!("{first} {last}"), email }
    }

    fn fake<F: Fake>(&mut self, what: F) -> String
    where
        String: fake::Dummy<F>,
    {
        what.fake_with_rng(&mut self.dice)
    }

    /// A telephone number that begins so, with as many digits more as its range wants.
    pub fn phone(&mut self, beginning: &str) -> String {
        if beginning.ends_with(' ') {
            return format!("{beginning}{:02} {:02}", self.below(100), self.below(100));
        }
        // North America keeps 555-0100 to 555-0199 only.
        if beginning.starts_with("+1 ") {
            return format!("{beginning}{:02}", self.below(100));
        }
        format!("{beginning}{:03}", self.below(1_000))
    }

    /// An instant within the last [`DAYS`] days, rather lately than long ago, rather by day than by night.
    pub fn instant(&mut self, now: Timestamp) -> Timestamp {
        let day = self.below(DAYS).min(self.below(DAYS + DAYS / 2));
        let hour = 6 + self.below(8) + self.below(8);
        let back = i64::from(day * MINUTES_A_DAY + MINUTES_A_DAY - (hour * 60 + self.below(60)));
        now - SignedDuration::from_mins(back) - SignedDuration::from_secs(self.below(60).into())
    }

    /// Some time later, from minutes to days.
    pub fn later(&mut self, than: Timestamp, hours: u32) -> Timestamp {
        than + SignedDuration::from_mins(i64::from(7 + self.below(hours * 60)))
    }

    /// A network address of the ranges that are kept for documentation.
    pub fn address(&mut self) -> IpAddr {
        let host = u8::try_from(1 + self.below(254)).unwrap_or(1);
        let segment = u16::try_from(self.below(0xffff)).unwrap_or(1);
        match self.below(4) {
            0 => [0x2001, 0x0db8, segment, 0, 0, 0, 0, u16::from(host)].into(),
            1 => [198, 51, 100, host].into(),
            2 => [192, 0, 2, host].into(),
            _ => [203, 0, 113, host].into(),
        }
    }
}

/// The letters and digits of a name as addresses have them: `Hélène` is `helene`.
fn plain(name: &str) -> String {
    name.nfd().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase()
}

#[cfg(test)]
mod tests {
    use qualify_domain::text::{Email, Phone};

    use super::*;
    use crate::demo::cast::CASTS;

    #[test]
    fn chance_falls_the_same_way_every_time() {
        let people = |seed| {
            let mut chance = Chance::new(seed);
            (0..50).map(|_| chance.somebody(Language::French).email).collect::<Vec<_>>()
        };
        assert_eq!(people(1), people(1));
        assert_ne!(people(1), people(2));
    }

    #[test]
    fn nobody_can_be_reached_by_accident() {
        let mut chance = Chance::new(7);
        for _ in 0..500 {
            let email = chance.somebody(Language::English).email;
            assert!(Email::parse(&email).is_ok() && email.contains("@example."), "{email}");
            assert!(!chance.address().is_loopback());
        }
        let kept = ["+447700900", "02079460", "+441614960", "+150355501", "063998", "019900", "046571", "+3353649"];
        for cast in CASTS {
            for beginning in cast.phones {
                let phone = chance.phone(beginning);
                assert!(Phone::parse(&phone, cast.language).is_ok(), "{phone}");
                let digits: String = phone.chars().filter(|c| c.is_ascii_digit() || *c == '+').collect();
                assert!(kept.iter().any(|range| digits.starts_with(range)), "{phone}");
            }
        }
    }

    #[test]
    fn everything_happened_lately_and_nothing_in_the_future() {
        let (mut chance, now) = (Chance::new(3), Timestamp::from_second(1_800_000_000).unwrap());
        for _ in 0..2_000 {
            let at = chance.instant(now);
            assert!(at < now && now.duration_since(at) <= SignedDuration::from_hours(91 * 24), "{at}");
        }
    }
}
