use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Axis, Condition, Trigger};
use crate::{
    text::Name,
    violation::{Rule, Violations},
};

/// How many conditions a rule has at most.
pub const MOST_CONDITIONS: usize = 5;
/// How many points a rule gives or takes at most.
const MOST_POINTS: i16 = 100;

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u16);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = Rule;

            fn from_str(raw: &str) -> Result<Self, Rule> {
                let digits = (1..=5).contains(&raw.len()) && raw.bytes().all(|byte| byte.is_ascii_digit());
                raw.parse().ok().filter(|_| digits).map(Self).ok_or(Rule::NotAChoice)
            }
        }
    )+};
}

numbers! {
    /// The number of a rule: it stays the same from version to version, and is never given twice.
    RuleNumber
    /// The number of a group of rules; as lasting as a rule's.
    GroupNumber
}

/// What a rule does.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Gives so many points, or takes them.
    Points(i16),
    /// Marks the lead for a member to look at, for that reason. It takes no points and refuses nobody.
    Mark(Name),
}

/// How often what a rule counts gives its points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    /// For the latest time only.
    #[default]
    Once,
    /// For each time.
    Each,
    /// For so many times within any so many days.
    AtMost {
        /// How many.
        times: u16,
        /// Within how many days.
        days: u16,
    },
}

impl Frequency {
    /// The stable names of the ways to count.
    pub const CODES: [&'static str; 3] = ["once", "each", "at_most"];

    /// The stable name.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Each => "each",
            Self::AtMost { .. } => "at_most",
        }
    }
}

/// One rule of a score: when it counts, what it does, how often and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ScoreRule {
    /// Its number.
    pub number: RuleNumber,
    /// What must be known of the lead, all of it.
    pub when: Vec<Condition>,
    /// What must have happened; nothing for a rule about facts alone.
    pub on: Option<Trigger>,
    /// What it does.
    pub effect: Effect,
    /// How often; of what happened only.
    #[serde(default)]
    pub frequency: Frequency,
    /// The group whose limit it shares.
    pub group: Option<GroupNumber>,
    /// For how many days it counts: after each time it happened, or after the lead was opened.
    pub lasts_days: Option<u16>,
}

impl ScoreRule {
    /// The axis it counts on: facts make the fit, what happened makes the engagement.
    pub const fn axis(&self) -> Axis {
        if self.on.is_some() { Axis::Engagement } else { Axis::Fit }
    }

    /// The points it gives or takes each time; none if it marks.
    pub const fn points(&self) -> Option<i16> {
        match self.effect {
            Effect::Points(points) => Some(points),
            Effect::Mark(_) => None,
        }
    }

    /// Reads points as somebody typed them: with a sign or without, in ASCII or with a proper minus.
    ///
    /// # Errors
    /// If they are none, nought, or more than 100 either way.
    pub fn parse_points(raw: &str) -> Result<i16, Rule> {
        let text = raw.trim().replace('\u{2212}', "-");
        if text.is_empty() {
            return Err(Rule::Required);
        }
        let points = text.parse().ok().filter(|points: &i16| *points != 0 && points.abs() <= MOST_POINTS);
        points.ok_or(Rule::NotPoints)
    }

    /// Reads a number of days; nothing typed is no end.
    ///
    /// # Errors
    /// [`Rule::OutOfRange`] if it is no number from 1 to 1000.
    pub fn parse_days(raw: &str) -> Result<Option<u16>, Rule> {
        if raw.trim().is_empty() { Ok(None) } else { within(raw, 1_000).map(Some) }
    }

    /// Reads how often, from what was typed.
    pub fn parse_frequency(code: &str, times: &str, days: &str, faults: &mut Violations) -> Option<Frequency> {
        match code {
            "" | "once" => Some(Frequency::Once),
            "each" => Some(Frequency::Each),
            "at_most" => {
                let times = faults.keep("times", within(times, 100));
                let days = faults.keep("days", within(days, 1_000));
                Some(Frequency::AtMost { times: times?, days: days? })
            }
            _ => {
                faults.add("frequency", Rule::NotAChoice);
                None
            }
        }
    }

    /// What is wrong with it as a whole.
    pub(super) fn check(&self, faults: &mut Violations) {
        if self.when.is_empty() && self.on.is_none() {
            faults.add("when", Rule::Required);
        }
        if self.when.len() > MOST_CONDITIONS {
            faults.add("when", Rule::TooMany(MOST_CONDITIONS));
        }
        if self.points().is_some_and(|points| points == 0 || points.abs() > MOST_POINTS) {
            faults.add("points", Rule::NotPoints);
        }
        if self.lasts_days.is_some_and(|days| !(1..=1_000).contains(&days)) {
            faults.add("lasts", Rule::OutOfRange(1_000));
        }
        if let Frequency::AtMost { times, days } = self.frequency {
            if !(1..=100).contains(&times) {
                faults.add("times", Rule::OutOfRange(100));
            }
            if !(1..=1_000).contains(&days) {
                faults.add("days", Rule::OutOfRange(1_000));
            }
        }
    }
}

/// A number from 1 to `most`, as somebody typed it.
pub(super) fn within(raw: &str, most: u16) -> Result<u16, Rule> {
    let raw = raw.trim();
    if raw.is_empty() {
        return Err(Rule::Required);
    }
    let number =
        raw.parse().ok().filter(|number| (1..=most).contains(number) && raw.bytes().all(|b| b.is_ascii_digit()));
    number.ok_or(Rule::OutOfRange(most.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_with_any_sign_and_never_nought() {
        let read = [("10", 10), ("+10", 10), (" -5 ", -5), ("\u{2212}5", -5), ("100", 100), ("-100", -100)];
        for (raw, points) in read {
            assert_eq!(ScoreRule::parse_points(raw), Ok(points), "{raw}");
        }
        for raw in ["0", "101", "-101", "ten", "1.5", "99999999999", "--1"] {
            assert_eq!(ScoreRule::parse_points(raw), Err(Rule::NotPoints), "{raw}");
        }
        assert_eq!(ScoreRule::parse_points(" "), Err(Rule::Required));
    }

    #[test]
    fn how_often_is_read_with_its_measures() {
        let mut faults = Violations::default();
        assert_eq!(ScoreRule::parse_frequency("", "", "", &mut faults), Some(Frequency::Once));
        let limited = ScoreRule::parse_frequency("at_most", "3", " 7 ", &mut faults);
        assert_eq!(limited, Some(Frequency::AtMost { times: 3, days: 7 }));
        assert!(faults.is_empty());
        assert_eq!(ScoreRule::parse_frequency("at_most", "0", "", &mut faults), None);
        let told: Vec<_> = faults.iter().map(|fault| (&*fault.field, fault.rule)).collect();
        assert_eq!(told, [("times", Rule::OutOfRange(100)), ("days", Rule::Required)]);
    }

    #[test]
    fn numbers_are_digits_only() {
        assert_eq!("7".parse(), Ok(RuleNumber(7)));
        for raw in ["", "+7", "-1", "x", "99999", "123456"] {
            assert_eq!(raw.parse::<RuleNumber>(), Err(Rule::NotAChoice), "{raw}");
        }
    }
}
