use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

/// Public holidays of France that stand still, by month and day: New Year, Labour Day, Victory Day, Bastille Day,
/// Assumption, All Saints, Armistice, Christmas.
const FIXED: [(i8, i8); 8] = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)];
/// Those that go with Easter, by the days after it: Easter Monday, Ascension, Whit Monday.
const AFTER_EASTER: [i32; 3] = [1, 39, 50];

/// That day, or the next one on which people work.
pub(super) fn working_day_from(day: Date) -> Date {
    let mut days = std::iter::successors(Some(day), |day| day.tomorrow().ok());
    days.find(|day| is_working_day(*day)).unwrap_or(Date::MAX)
}

/// The last of so many days on which people work, after that one.
pub(super) fn working_days_after(day: Date, days: usize) -> Date {
    (0..days).fold(day, |day, _| day.tomorrow().map_or(Date::MAX, working_day_from))
}

/// Whether people work on a day: it is no Saturday, no Sunday and no public holiday of all France.
pub(super) fn is_working_day(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday) && !is_holiday(day)
}

fn is_holiday(day: Date) -> bool {
    let moves_to = |easter: Date| AFTER_EASTER.iter().any(|days| easter.saturating_add(days.days()) == day);
    FIXED.contains(&(day.month(), day.day())) || easter(day.year()).is_some_and(moves_to)
}

/// Easter Sunday: the first Sunday after the first full moon of spring, as the Gregorian calendar reckons it.
fn easter(year: i16) -> Option<Date> {
    let (golden, century) = (i32::from(year) % 19, i32::from(year) / 100);
    let moon = (19 * golden + century - century / 4 - (8 * century + 13) / 25 + 15) % 30;
    // The calendar takes a day from the latest moons, so that no two of nineteen years have the same.
    let is_too_late = moon == 29 || (moon == 28 && golden > 10);
    let full_moon = Date::new(year, 3, 21).ok()?.saturating_add((moon - i32::from(is_too_late)).days());
    full_moon.nth_weekday(1, Weekday::Sunday).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn easter_is_where_the_church_has_it() {
        for known in [
            "1818-03-22", // the earliest there is
            "1943-04-25", // the latest there is
            "1954-04-18", // a day is taken from the moon, as in 1981, 2049 and 2076
            "1981-04-19",
            "2000-04-23",
            "2008-03-23",
            "2024-03-31",
            "2025-04-20",
            "2026-04-05",
            "2027-03-28",
            "2038-04-25",
            "2049-04-18",
            "2076-04-19",
            "2285-03-22",
        ] {
            assert_eq!(easter(day(known).year()), Some(day(known)));
        }
    }

    #[test]
    fn france_has_eleven_public_holidays_and_no_other() {
        let year = std::iter::successors(Some(day("2026-01-01")), |day| day.tomorrow().ok()).take(365);
        let holidays: Vec<String> = year.filter(|day| is_holiday(*day)).map(|day| day.to_string()).collect();
        assert_eq!(
            holidays,
            [
                "2026-01-01",
                "2026-04-06",
                "2026-05-01",
                "2026-05-08",
                "2026-05-14",
                "2026-05-25",
                "2026-07-14",
                "2026-08-15",
                "2026-11-01",
                "2026-11-11",
                "2026-12-25",
            ]
        );
    }

    #[test]
    fn nobody_works_on_weekends_and_holidays() {
        assert!(is_working_day(day("2026-11-27")));
        for free in ["2026-11-28", "2026-11-29", "2026-12-25"] {
            assert!(!is_working_day(day(free)), "{free}");
        }
        assert_eq!(working_day_from(day("2026-11-27")), day("2026-11-27"));
        assert_eq!(working_day_from(day("2026-11-28")), day("2026-11-30"));
        assert_eq!(working_day_from(day("2043-05-07")), day("2043-05-11"));
    }
}
