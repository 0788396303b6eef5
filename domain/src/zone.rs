//! Where the sun stands: the time zones of the IANA.

use std::{fmt, str::FromStr, sync::LazyLock};

use jiff::tz::{self, TimeZone};

use crate::violation::Rule;

/// The parts of the world by which zones are named; other names are kept for old computers' sake.
const PARTS: [&str; 10] = [
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
];

/// Every name there is, in their order.
static NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut names: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
    names.retain(|name| !["Factory", "Etc/Unknown"].contains(&name.as_str()));
    names.sort_unstable();
    names
});

/// A time zone of the IANA, such as `Europe/Paris`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Zone(&'static str);

impl Zone {
    /// Reads what somebody typed: upper and lower case are the same, and so are a blank and the line that stands for one.
    ///
    /// # Errors
    /// [`Rule::Required`]; [`Rule::NotATimeZone`].
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let typed = raw.trim().replace(' ', "_");
        if typed.is_empty() {
            return Err(Rule::Required);
        }
        let found = NAMES.iter().find(|name| name.eq_ignore_ascii_case(&typed));
        found.map(|name| Self(name)).ok_or(Rule::NotATimeZone)
    }

    /// An empty field is no zone; a filled one must be known.
    ///
    /// # Errors
    /// [`Rule::NotATimeZone`].
    pub fn parse_optional(raw: &str) -> Result<Option<Self>, Rule> {
        if raw.trim().is_empty() { Ok(None) } else { Self::parse(raw).map(Some) }
    }

    /// The zones to choose from: those that are named after a place.
    pub fn places() -> impl Iterator<Item = Self> {
        NAMES.iter().filter(|name| PARTS.iter().any(|part| name.starts_with(part))).map(|name| Self(name))
    }

    /// The zone's stable name.
    pub const fn name(self) -> &'static str {
        self.0
    }

    /// How its clocks go.
    pub fn rules(self) -> TimeZone {
        TimeZone::get(self.0).unwrap_or(TimeZone::UTC)
    }
}

impl FromStr for Zone {
    type Err = Rule;

    fn from_str(name: &str) -> Result<Self, Rule> {
        Self::parse(name)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_zone_is_found_as_people_write_it() {
        for written in ["Europe/Paris", " europe/paris ", "EUROPE/PARIS"] {
            assert_eq!(Zone::parse(written).unwrap().name(), "Europe/Paris");
        }
        assert_eq!(Zone::parse("America/New York").unwrap().name(), "America/New_York");
        assert_eq!(Zone::parse("utc").unwrap().name(), "UTC");
    }

    #[test]
    fn what_is_no_zone_is_refused() {
        let endless = "Europe/Paris".repeat(10_000);
        for wrong in ["Europe/Atlantis", "Paris", "+02:00", "CET-1CEST", "../etc/passwd", "Europe/Paris\0", &endless] {
            assert_eq!(Zone::parse(wrong), Err(Rule::NotATimeZone), "{wrong:.20}");
        }
        assert_eq!(Zone::parse(" "), Err(Rule::Required));
        assert_eq!(Zone::parse_optional(" "), Ok(None));
        for nowhere in ["Factory", "Etc/Unknown"] {
            assert_eq!(Zone::parse(nowhere), Err(Rule::NotATimeZone), "{nowhere}");
        }
    }

    #[test]
    fn every_place_has_rules_of_its_own_name() {
        assert!(Zone::places().count() > 400);
        for zone in Zone::places() {
            assert_eq!(zone.rules().iana_name(), Some(zone.name()));
            assert_eq!(zone.name().parse(), Ok(zone));
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(raw in "\\PC{0,60}") {
            let _ = Zone::parse(&raw);
        }
    }
}
