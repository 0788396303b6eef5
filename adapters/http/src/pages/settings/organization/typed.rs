//! What was typed into the organization's settings.

use qualify_domain::{
    language::Language,
    organization_settings::OrganizationSettings,
    text::Name,
    violation::Violations,
    working_hours::{ClockTime, Span, WorkingHours},
    zone::Zone,
};

use crate::{fields::Posted, filled::Filled, problem::Problem};

/// The days of the week: their two fields, and the key of their name.
pub const DAYS: [(&str, &str, &str); 7] = [
    ("monday_from", "monday_until", "monday"),
    ("tuesday_from", "tuesday_until", "tuesday"),
    ("wednesday_from", "wednesday_until", "wednesday"),
    ("thursday_from", "thursday_until", "thursday"),
    ("friday_from", "friday_until", "friday"),
    ("saturday_from", "saturday_until", "saturday"),
    ("sunday_from", "sunday_until", "sunday"),
];

/// What was typed.
pub struct Typed {
    pub version: String,
    name: String,
    language: String,
    time_zone: String,
    hours: [(String, String); 7],
}

impl Typed {
    pub fn read(posted: &Posted) -> Result<Self, Problem> {
        let [from, until] = [DAYS.map(|day| day.0), DAYS.map(|day| day.1)];
        let names: [&'static str; 18] = std::array::from_fn(|n| match n {
            0..7 => from[n],
            7..14 => until[n - 7],
            _ => ["version", "name", "language", "time_zone"][n - 14],
        });
        let mut values = posted.only(names)?.into_iter();
        let mut next = || values.next().unwrap_or_default();
        let begins: [String; 7] = std::array::from_fn(|_| next());
        let ends: [String; 7] = std::array::from_fn(|_| next());
        let mut ends = ends.into_iter();
        let hours = begins.map(|begin| (begin, ends.next().unwrap_or_default()));
        Ok(Self { version: next(), name: next(), language: next(), time_zone: next(), hours })
    }

    pub fn parse(&self) -> Result<OrganizationSettings, Violations> {
        let mut faults = Violations::default();
        let name = faults.keep("name", Name::parse(&self.name));
        let language = faults.keep("language", self.language.parse::<Language>());
        let time_zone = faults.keep("time_zone", Zone::parse_optional(&self.time_zone));
        let mut days = [None; 7];
        for ((day, typed), (from, until, _)) in days.iter_mut().zip(&self.hours).zip(DAYS) {
            *day = span(&mut faults, typed, from, until);
        }
        let settings = match (name, language, time_zone) {
            (Some(name), Some(language), Some(time_zone)) => {
                Some(OrganizationSettings { name, language, time_zone, hours: WorkingHours(days) })
            }
            _ => None,
        };
        faults.or(settings)
    }

    pub fn filled(&self) -> Filled {
        let filled = Filled::default()
            .with("name", &self.name)
            .with("language", &self.language)
            .with("time_zone", &self.time_zone);
        self.hours
            .iter()
            .zip(DAYS)
            .fold(filled, |filled, (typed, (from, until, _))| filled.with(from, &typed.0).with(until, &typed.1))
    }
}

/// The span of a day; both fields empty are a day off.
fn span(faults: &mut Violations, typed: &(String, String), from: &'static str, until: &'static str) -> Option<Span> {
    if typed.0.trim().is_empty() && typed.1.trim().is_empty() {
        return None;
    }
    let begin = faults.keep(from, ClockTime::parse(&typed.0));
    let end = faults.keep(until, ClockTime::parse(&typed.1));
    faults.keep(until, Span::new(begin?, end?))
}

/// What stands in the fields.
pub fn of(settings: &OrganizationSettings) -> Filled {
    let filled = Filled::default()
        .with("name", &*settings.name)
        .with("language", settings.language.code())
        .with("time_zone", settings.time_zone.map_or("", Zone::name));
    settings.hours.0.iter().zip(DAYS).fold(filled, |filled, (span, (from, until, _))| {
        let end = |time: fn(Span) -> ClockTime| span.map_or_else(String::new, |span| time(span).to_string());
        filled.with(from, end(Span::from)).with(until, end(Span::until))
    })
}

#[cfg(test)]
mod tests {
    use qualify_domain::violation::Rule;

    use super::*;

    fn typed(monday: (&str, &str)) -> Typed {
        let mut hours = std::array::from_fn(|_| (String::new(), String::new()));
        hours[0] = (monday.0.to_owned(), monday.1.to_owned());
        let [version, name, language, time_zone] = ["1", "North", "fr", "utc"].map(str::to_owned);
        Typed { version, name, language, time_zone, hours }
    }

    fn faults(monday: (&str, &str)) -> Vec<(String, Rule)> {
        typed(monday).parse().unwrap_err().iter().map(|fault| (fault.field.to_string(), fault.rule)).collect()
    }

    #[test]
    fn a_day_is_off_or_has_a_begin_and_an_end() {
        let days = |monday| typed(monday).parse().unwrap().hours.kept()[0].clone();
        assert_eq!(days((" ", "")), "");
        assert_eq!(days(("0:00", "24:00")), "00:00-24:00");
        assert_eq!(faults(("9:00", "")), [("monday_until".to_owned(), Rule::Required)]);
        assert_eq!(faults(("", "18:00")), [("monday_from".to_owned(), Rule::Required)]);
        assert_eq!(faults(("18:00", "9:00")), [("monday_until".to_owned(), Rule::NotLater)]);
        assert_eq!(
            faults(("nine", "25:00")),
            [("monday_from".to_owned(), Rule::NotATime), ("monday_until".to_owned(), Rule::NotATime)]
        );
    }

    #[test]
    fn what_was_typed_stands_in_the_fields_again() {
        let filled = typed(("9", "x")).filled();
        assert_eq!((filled.value("monday_from"), filled.value("monday_until")), ("9", "x"));
        let kept = of(&typed(("9:00", "10:00")).parse().unwrap());
        assert_eq!(
            (kept.value("monday_from"), kept.value("time_zone"), kept.value("friday_from")),
            ("09:00", "UTC", "")
        );
    }
}
