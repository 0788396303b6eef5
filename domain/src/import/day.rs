use jiff::civil::Date;

use super::DateOrder;

/// A day as people write it: three numbers, with any of `-./` between; a time behind it is left out.
pub fn read_day(text: &str, order: DateOrder) -> Option<Date> {
    let day = text.split([' ', 'T']).next()?;
    let parts: Vec<i16> = day.split(['-', '.', '/']).map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let [first, second, third] = parts.try_into().ok()?;
    let (year, month, day) = match order {
        DateOrder::Iso => (first, second, third),
        DateOrder::DayFirst => (third, second, first),
        DateOrder::MonthFirst => (third, first, second),
    };
    let year = if (0..100).contains(&year) && order != DateOrder::Iso { year + 2000 } else { year };
    let fits = (1900..2200).contains(&year);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok().filter(|_| fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_in_the_order_that_was_chosen_and_in_no_other() {
        let day = |text, order| read_day(text, order).map(|day| day.to_string());
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
        ] {
            assert_eq!(day(wrong, order), None, "{wrong}");
        }
    }
}
