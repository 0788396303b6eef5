use std::ops::RangeInclusive;

use jiff::civil::Date;

use super::DateOrder;

/// The years of which files of people mostly speak.
const USUAL: RangeInclusive<i16> = 1900..=2199;

/// A day as people write it: three numbers, with any of `-./` between; a time behind it is left out. A year that is not a
/// [usual](is_usual) one is believed only where it has four digits.
pub fn read_day(text: &str, order: DateOrder) -> Option<Date> {
    let day = text.split([' ', 'T']).next()?;
    let parts: Vec<&str> = day.split(['-', '.', '/']).collect();
    let [first, second, third]: [&str; 3] = parts.try_into().ok()?;
    let (year, month, day) = match order {
        DateOrder::Iso => (first, second, third),
        DateOrder::DayFirst => (third, second, first),
        DateOrder::MonthFirst => (third, first, second),
    };
    Date::new(read_year(year, order)?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// Whether it is one of the days of which files of people mostly speak.
pub fn is_usual(day: Date) -> bool {
    USUAL.contains(&day.year())
}

/// Four digits say the year itself; fewer say one of this century, unless the year stands first.
fn read_year(written: &str, order: DateOrder) -> Option<i16> {
    let year: i16 = written.parse().ok()?;
    let is_whole = written.len() == 4 && written.bytes().all(|byte| byte.is_ascii_digit());
    match year {
        _ if is_whole => Some(year),
        0..100 if order != DateOrder::Iso => Some(year + 2000),
        _ => Some(year).filter(|year| USUAL.contains(year)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str, order: DateOrder) -> Option<String> {
        read_day(text, order).map(|day| day.to_string())
    }

    #[test]
    fn a_day_is_read_in_the_order_that_was_chosen_and_in_no_other() {
        let christmas = Some("2026-12-25".to_owned());
        assert_eq!(day("2026-12-25", DateOrder::Iso), christmas);
        assert_eq!(day("25/12/2026", DateOrder::DayFirst), christmas);
        assert_eq!(day("25.12.26 10:00", DateOrder::DayFirst), christmas);
        assert_eq!(day("12/25/2026", DateOrder::MonthFirst), christmas);
        for (wrong, order) in [
            ("25/12/2026", DateOrder::MonthFirst),
            ("12/25/2026", DateOrder::DayFirst),
            ("25/12/2026", DateOrder::Iso),
            ("2026-12-25", DateOrder::DayFirst),
            ("31/02/2026", DateOrder::DayFirst),
            ("soon", DateOrder::Iso),
            ("", DateOrder::Iso),
            ("1/2/3/4", DateOrder::DayFirst),
            ("99999/1/1", DateOrder::Iso),
            ("46000", DateOrder::Iso),
        ] {
            assert_eq!(day(wrong, order), None, "{wrong}");
        }
    }

    #[test]
    fn a_year_is_believed_where_its_four_digits_stand() {
        for (order, first, last) in [
            (DateOrder::Iso, "0001-01-01", "9999-12-31"),
            (DateOrder::DayFirst, "01/01/0001", "31/12/9999"),
            (DateOrder::MonthFirst, "01/01/0001", "12/31/9999"),
        ] {
            assert_eq!(day(first, order).as_deref(), Some("0001-01-01"), "{order:?}");
            assert_eq!(day(last, order).as_deref(), Some("9999-12-31"), "{order:?}");
        }
        assert_eq!(
            day("25/12/99", DateOrder::DayFirst).as_deref(),
            Some("2099-12-25"),
            "two digits are of this century"
        );
        for (short, order) in [
            ("26-12-25", DateOrder::Iso),
            ("999-12-25", DateOrder::Iso),
            ("25/12/999", DateOrder::DayFirst),
            ("25/12/+999", DateOrder::DayFirst),
            ("10000-12-25", DateOrder::Iso),
            ("-0044-03-15", DateOrder::Iso),
        ] {
            assert_eq!(day(short, order), None, "{short}");
        }
    }

    #[test]
    fn the_usual_days_are_those_of_three_centuries() {
        let usual = |text| is_usual(read_day(text, DateOrder::Iso).unwrap());
        assert_eq!(["1899-12-31", "1900-01-01", "2199-12-31", "2200-01-01"].map(usual), [false, true, true, false]);
    }
}
