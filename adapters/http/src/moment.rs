//! Points in time as people read them: short in lists, in full beside it, and exact for machines.

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use qualify_domain::language::Language;

const ENGLISH: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const FRENCH: [&str; 12] =
    ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."];

/// A point in time, ready to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// For machines: ISO 8601 in UTC, always of the same length so that texts compare like times.
    pub iso: String,
    /// As a list shows it: how long ago, or the day.
    pub short: String,
    /// Day and time.
    pub full: String,
}

/// How times are shown to one reader.
#[derive(Clone, Debug)]
pub struct Calendar {
    language: Language,
    zone: TimeZone,
    now: Timestamp,
}

impl Calendar {
    /// A calendar in a language and time zone, at `now`.
    pub const fn new(language: Language, zone: TimeZone, now: Timestamp) -> Self {
        Self { language, zone, now }
    }

    /// A point in time, ready to be shown.
    pub fn moment(&self, at: Timestamp) -> Moment {
        let local = self.zone.to_datetime(at);
        let day = self.day_of(local);
        let full = format!("{day}, {:02}:{:02}", local.hour(), local.minute());
        Moment { iso: self.iso(at), short: self.ago(at, local), full }
    }

    /// The day alone.
    pub fn day(&self, at: Timestamp) -> String {
        self.day_of(self.zone.to_datetime(at))
    }

    /// A day of the calendar.
    pub fn date(&self, day: Date) -> String {
        self.day_of(day.at(0, 0, 0, 0))
    }

    /// The month of a day.
    pub fn month_of(&self, day: Date) -> String {
        format!("{} {}", self.month(day.at(0, 0, 0, 0)), day.year())
    }

    /// The moment at which a day begins; none beyond all time.
    pub fn begin_of(&self, day: Date) -> Option<Timestamp> {
        self.zone.to_timestamp(day.at(0, 0, 0, 0)).ok()
    }

    /// Today.
    pub fn today(&self) -> Date {
        self.zone.to_datetime(self.now).date()
    }

    /// The present instant.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// How the clocks go.
    pub const fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The present instant for machines.
    pub fn now_iso(&self) -> String {
        self.iso(self.now)
    }

    /// A point in time for machines, as [`Moment::iso`] says it.
    pub fn iso(&self, at: Timestamp) -> String {
        format!("{at:.6}")
    }

    fn day_of(&self, local: DateTime) -> String {
        format!("{} {} {}", local.day(), self.month(local), local.year())
    }

    fn month(&self, local: DateTime) -> &'static str {
        let months = match self.language {
            Language::English => ENGLISH,
            Language::French => FRENCH,
        };
        usize::try_from(local.month() - 1).ok().and_then(|month| months.get(month).copied()).unwrap_or_default()
    }

    fn ago(&self, at: Timestamp, local: DateTime) -> String {
        let french = self.language == Language::French;
        let seconds = self.now.duration_since(at).as_secs();
        let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
        match () {
            () if minutes < 1 && french => "à l’instant".to_owned(),
            () if minutes < 1 => "just now".to_owned(),
            () if hours < 1 => format!("{minutes} min"),
            () if days < 1 => format!("{hours} h"),
            () if days < 7 && french => format!("{days} j"),
            () if days < 7 => format!("{days} d"),
            () if local.year() == self.zone.to_datetime(self.now).year() => {
                format!("{} {}", local.day(), self.month(local))
            }
            () => self.day_of(local),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(language: Language, at: &str) -> Moment {
        let zone = TimeZone::get("Europe/Paris").unwrap();
        Calendar::new(language, zone, "2026-11-24T12:00:00Z".parse().unwrap()).moment(at.parse().unwrap())
    }

    #[test]
    fn a_moment_is_told_in_the_readers_language_and_zone() {
        let english = moment(Language::English, "2026-11-24T11:55:00Z");
        assert_eq!((english.short.as_str(), english.full.as_str()), ("5 min", "24 Nov 2026, 12:55"));
        let french = moment(Language::French, "2026-08-03T22:30:00Z");
        assert_eq!((french.short.as_str(), french.full.as_str()), ("4 août", "4 août 2026, 00:30"));
        assert_eq!(moment(Language::French, "2026-11-22T12:00:00Z").short, "2 j");
        assert_eq!(moment(Language::English, "2024-02-29T12:00:00Z").short, "29 Feb 2024");
        assert_eq!(moment(Language::English, "2026-11-24T12:00:03Z").short, "just now");
    }

    #[test]
    fn moments_for_machines_compare_as_text() {
        let (early, late) = ("2026-11-24T11:55:00.1Z", "2026-11-24T11:55:00.12Z");
        assert!(moment(Language::English, early).iso < moment(Language::English, late).iso);
    }
}
