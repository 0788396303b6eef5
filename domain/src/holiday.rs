//! The days on which nobody works.

use jiff::civil::Date;

use crate::{text::Name, violation::Rule};

/// An organization keeps at most this many.
pub const MOST_HOLIDAYS: usize = 200;
/// Years beyond are slips of the hand.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2199;

/// A day on which nobody works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holiday {
    /// The day.
    pub day: Date,
    /// Why.
    pub name: Name,
}

impl Holiday {
    /// Reads a day such as `2026-12-25`.
    ///
    /// # Errors
    /// [`Rule::Required`]; [`Rule::NotADate`].
    pub fn parse_day(raw: &str) -> Result<Date, Rule> {
        let text = raw.trim();
        if text.is_empty() {
            return Err(Rule::Required);
        }
        let plain = text.len() == 10 && text.bytes().all(|byte| byte == b'-' || byte.is_ascii_digit());
        let day = text.parse::<Date>().ok().filter(|day| plain && YEARS.contains(&day.year()));
        day.ok_or(Rule::NotADate)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_day_is_one_of_the_calendar() {
        assert_eq!(Holiday::parse_day(" 2028-02-29 ").unwrap().to_string(), "2028-02-29");
        for wrong in
            ["2026-02-29", "2026-13-01", "25/12/2026", "20261225", "1999-12-31", "2026-12-25T10:00", "2200-01-01"]
        {
            assert_eq!(Holiday::parse_day(wrong), Err(Rule::NotADate), "{wrong}");
        }
        assert_eq!(Holiday::parse_day(""), Err(Rule::Required));
    }

    proptest! {
        #[test]
        fn reading_a_day_never_panics(raw in "\\PC{0,12}") {
            let _ = Holiday::parse_day(&raw);
        }
    }
}
