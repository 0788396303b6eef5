//! When an organization works: one span a day, and none on its holidays.

use std::{collections::BTreeSet, fmt, str::FromStr};

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};

use crate::violation::Rule;

/// A day has this many minutes, as clocks count them.
const DAY: u16 = 24 * 60;
/// How far a schedule is looked at: beyond a year there is nothing that a year has not.
const HORIZON: usize = 400;

/// A time of the day in hours and minutes. The end of the day is one, too: `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClockTime(u16);

impl ClockTime {
    /// Reads what somebody typed, such as `9:00` or `17:30`.
    ///
    /// # Errors
    /// [`Rule::Required`]; [`Rule::NotATime`].
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        let text = raw.trim();
        if text.is_empty() {
            return Err(Rule::Required);
        }
        let (hours, minutes) = text.split_once(':').ok_or(Rule::NotATime)?;
        let number = |digits: &str, fits: std::ops::RangeInclusive<usize>| {
            let plain = fits.contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            digits.parse::<u16>().ok().filter(|_| plain).ok_or(Rule::NotATime)
        };
        let (hours, minutes) = (number(hours, 1..=2)?, number(minutes, 2..=2)?);
        let whole = 60 * hours + minutes;
        if minutes < 60 && whole <= DAY { Ok(Self(whole)) } else { Err(Rule::NotATime) }
    }

    /// The moment at which clocks in a zone show it on that day, or begin to after they were set; none beyond all time.
    fn on(self, day: Date, zone: &TimeZone) -> Option<Timestamp> {
        let (day, minutes) = if self.0 == DAY { (day.tomorrow().ok()?, 0) } else { (day, self.0) };
        let time = Time::new(i8::try_from(minutes / 60).ok()?, i8::try_from(minutes % 60).ok()?, 0, 0).ok()?;
        zone.to_timestamp(day.to_datetime(time)).ok()
    }
}

impl fmt::Display for ClockTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// From when until when somebody works on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    from: ClockTime,
    until: ClockTime,
}

impl Span {
    /// A span that begins before it ends.
    ///
    /// # Errors
    /// [`Rule::NotLater`].
    pub fn new(from: ClockTime, until: ClockTime) -> Result<Self, Rule> {
        if from < until { Ok(Self { from, until }) } else { Err(Rule::NotLater) }
    }

    /// When it begins.
    pub const fn from(self) -> ClockTime {
        self.from
    }

    /// When it ends.
    pub const fn until(self) -> ClockTime {
        self.until
    }
}

/// `09:00-18:00`: as it is kept.
impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.from, self.until)
    }
}

impl FromStr for Span {
    type Err = Rule;

    fn from_str(kept: &str) -> Result<Self, Rule> {
        let (from, until) = kept.split_once('-').ok_or(Rule::NotATime)?;
        Self::new(ClockTime::parse(from)?, ClockTime::parse(until)?)
    }
}

/// When an organization works: a span for each day of the week, Monday first; none on days off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WorkingHours(pub [Option<Span>; 7]);

impl WorkingHours {
    /// What is kept of it: seven texts, empty on days off.
    pub fn kept(&self) -> [String; 7] {
        self.0.map(|span| span.map_or_else(String::new, |span| span.to_string()))
    }

    /// The hours that were kept.
    ///
    /// # Errors
    /// The rule they break.
    pub fn restore(kept: &[String]) -> Result<Self, Rule> {
        let mut days = [None; 7];
        if kept.len() != days.len() {
            return Err(Rule::NotATime);
        }
        for (day, kept) in days.iter_mut().zip(kept).filter(|(_, kept)| !kept.is_empty()) {
            *day = Some(kept.parse()?);
        }
        Ok(Self(days))
    }

    fn on(&self, day: Date) -> Option<Span> {
        let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).ok()?;
        self.0.get(weekday).copied().flatten()
    }
}

/// Whether an organization works at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Working {
    /// It does, until then; `None` if there is no end to it.
    Open(Option<Timestamp>),
    /// It does not, until then; `None` if it never will.
    Closed(Option<Timestamp>),
}

/// Working hours in a place, with its holidays.
#[derive(Clone, Debug)]
pub struct Schedule {
    /// The hours.
    pub hours: WorkingHours,
    /// The days on which nobody works.
    pub holidays: BTreeSet<Date>,
    /// How the clocks go there.
    pub zone: TimeZone,
}

impl Schedule {
    /// Whether it is working time at `now`, and until when.
    pub fn at(&self, now: Timestamp) -> Working {
        let today = self.zone.to_datetime(now).date();
        let days = std::iter::successors(Some(today), |day| day.tomorrow().ok()).take(HORIZON);
        let mut spans = days.filter_map(|day| self.on(day)).skip_while(|(_, until)| *until <= now);
        match spans.next() {
            None => Working::Closed(None),
            Some((from, _)) if from > now => Working::Closed(Some(from)),
            Some((_, until)) => {
                // Where one day's work ends as the next one's begins, there is no pause between them.
                let mut end = until;
                for (from, until) in spans {
                    if from > end {
                        return Working::Open(Some(end));
                    }
                    end = until;
                }
                let bounded = end.duration_since(now).as_hours() < 24 * 365;
                Working::Open(Some(end).filter(|_| bounded))
            }
        }
    }

    fn on(&self, day: Date) -> Option<(Timestamp, Timestamp)> {
        let span = self.hours.on(day).filter(|_| !self.holidays.contains(&day))?;
        let (from, until) = (span.from.on(day, &self.zone)?, span.until.on(day, &self.zone)?);
        // On a day on which clocks are set, nothing may be left of a short span.
        (from < until).then_some((from, until))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn schedule(zone: &str, hours: [&str; 7], holidays: &[&str]) -> Schedule {
        let hours = WorkingHours::restore(&hours.map(str::to_owned)).unwrap();
        let holidays = holidays.iter().map(|day| day.parse().unwrap()).collect();
        Schedule { hours, holidays, zone: TimeZone::get(zone).unwrap() }
    }

    fn paris(holidays: &[&str]) -> Schedule {
        const WEEK: &str = "09:00-18:00";
        schedule("Europe/Paris", [WEEK, WEEK, WEEK, WEEK, "09:00-16:30", "", ""], holidays)
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_clock_time_is_read_as_people_write_it() {
        for (written, kept) in [("9:00", "09:00"), (" 17:30 ", "17:30"), ("00:00", "00:00"), ("24:00", "24:00")] {
            assert_eq!(ClockTime::parse(written).unwrap().to_string(), kept);
        }
        for wrong in
            ["24:01", "25:00", "9", "9:5", "9:60", "9h30", "-1:00", "+9:00", "009:00", "9:00:00", "9:0a", "٩:00"]
        {
            assert_eq!(ClockTime::parse(wrong), Err(Rule::NotATime), "{wrong}");
        }
        assert_eq!(ClockTime::parse(" "), Err(Rule::Required));
    }

    #[test]
    fn a_span_begins_before_it_ends() {
        assert_eq!("00:00-24:00".parse::<Span>().unwrap().to_string(), "00:00-24:00");
        for wrong in ["18:00-09:00", "09:00-09:00", "24:00-24:00"] {
            assert_eq!(wrong.parse::<Span>(), Err(Rule::NotLater), "{wrong}");
        }
    }

    #[test]
    fn hours_come_back_as_they_were_kept() {
        let hours = paris(&[]).hours;
        assert_eq!(WorkingHours::restore(&hours.kept()), Ok(hours));
        assert_eq!(WorkingHours::restore(&hours.kept()[..6]), Err(Rule::NotATime));
    }

    #[test]
    fn a_day_is_open_from_its_begin_to_its_end_and_not_a_moment_longer() {
        let paris = paris(&[]);
        let (open, close) = (at("2026-11-25T08:00:00Z"), at("2026-11-25T17:00:00Z"));
        assert_eq!(paris.at(at("2026-11-25T07:59:59.999Z")), Working::Closed(Some(open)));
        assert_eq!(paris.at(open), Working::Open(Some(close)));
        assert_eq!(paris.at(at("2026-11-25T16:59:59Z")), Working::Open(Some(close)));
        assert_eq!(paris.at(close), Working::Closed(Some(at("2026-11-26T08:00:00Z"))));
        assert_eq!(paris.at(at("2026-11-27T15:30:00Z")), Working::Closed(Some(at("2026-11-30T08:00:00Z"))), "weekend");
    }

    #[test]
    fn nobody_works_on_a_holiday() {
        let paris = paris(&["2026-11-26", "2026-11-27"]);
        let wednesday_evening = at("2026-11-25T18:00:00Z");
        assert_eq!(paris.at(wednesday_evening), Working::Closed(Some(at("2026-11-30T08:00:00Z"))));
        assert_eq!(paris.at(at("2026-11-26T10:00:00Z")), Working::Closed(Some(at("2026-11-30T08:00:00Z"))));
    }

    #[test]
    fn who_works_around_the_clock_never_closes_and_who_never_works_never_opens() {
        let always = schedule("Europe/Paris", ["00:00-24:00"; 7], &[]);
        assert_eq!(always.at(at("2026-03-29T00:30:00Z")), Working::Open(None));
        let but_once = schedule("Europe/Paris", ["00:00-24:00"; 7], &["2026-12-25"]);
        let now = at("2026-11-25T10:00:00Z");
        assert_eq!(but_once.at(now), Working::Open(Some(at("2026-12-24T23:00:00Z"))));
        assert_eq!(schedule("Europe/Paris", [""; 7], &[]).at(now), Working::Closed(None));
    }

    #[test]
    fn on_the_days_on_which_clocks_are_set_they_are_believed() {
        // 29 March 2026: 02:00 becomes 03:00. 25 October 2026: 03:00 becomes 02:00.
        let sunday = |hours| schedule("Europe/Paris", ["", "", "", "", "", "", hours], &[]);
        let whole = sunday("00:00-24:00");
        assert_eq!(whole.at(at("2026-03-28T23:00:00Z")), Working::Open(Some(at("2026-03-29T22:00:00Z"))), "23 hours");
        assert_eq!(whole.at(at("2026-10-24T22:00:00Z")), Working::Open(Some(at("2026-10-25T23:00:00Z"))), "25 hours");
        // What begins in the hour that is missing begins when it would have; what is there twice begins the first time.
        assert_eq!(
            sunday("02:30-12:00").at(at("2026-03-29T00:00:00Z")),
            Working::Closed(Some(at("2026-03-29T01:30:00Z")))
        );
        assert_eq!(
            sunday("02:30-12:00").at(at("2026-10-25T00:00:00Z")),
            Working::Closed(Some(at("2026-10-25T00:30:00Z")))
        );
        assert_eq!(
            sunday("02:30-03:00").at(at("2026-03-29T00:00:00Z")),
            Working::Closed(Some(at("2026-04-05T00:30:00Z"))),
            "nothing is left of it on that day"
        );
    }

    #[test]
    fn a_schedule_goes_by_the_clocks_of_its_own_place() {
        let (kolkata, york) = (["09:00-18:00"; 7], ["09:00-18:00"; 7]);
        let now = at("2026-11-25T03:30:00Z");
        assert_eq!(schedule("Asia/Kolkata", kolkata, &[]).at(now), Working::Open(Some(at("2026-11-25T12:30:00Z"))));
        let york = schedule("America/New_York", york, &["2026-11-24"]);
        assert_eq!(york.at(now), Working::Closed(Some(at("2026-11-25T14:00:00Z"))), "the 24th is still going on there");
    }

    proptest! {
        #[test]
        fn what_is_open_ends_later_and_what_is_closed_opens_later(
            second in 0_i64..4_000_000_000,
            spans in proptest::array::uniform7(proptest::option::of((0_u16..DAY, 1_u16..=DAY))),
            zone in proptest::sample::select(vec!["Europe/Paris", "America/St_Johns", "Pacific/Apia", "UTC"]),
        ) {
            let span = |(a, b): (u16, u16)| Span::new(ClockTime(a.min(b)), ClockTime(a.max(b))).ok();
            let hours = WorkingHours(spans.map(|pair| pair.and_then(span)));
            let schedule = Schedule { hours, holidays: BTreeSet::new(), zone: TimeZone::get(zone).unwrap() };
            let now = Timestamp::from_second(second).unwrap();
            match schedule.at(now) {
                Working::Open(Some(until)) => {
                    prop_assert!(until > now);
                    prop_assert!(matches!(schedule.at(until), Working::Closed(_)));
                }
                Working::Closed(Some(from)) => {
                    prop_assert!(from > now);
                    prop_assert!(matches!(schedule.at(from), Working::Open(_)));
                }
                Working::Open(None) => prop_assert!(hours.0.iter().all(Option::is_some)),
                Working::Closed(None) => prop_assert!(hours.0.iter().all(Option::is_none)),
            }
        }

        #[test]
        fn reading_a_clock_never_panics(raw in "\\PC{0,12}") {
            if let Ok(time) = ClockTime::parse(&raw) {
                prop_assert_eq!(ClockTime::parse(&time.to_string()), Ok(time));
            }
        }
    }
}
