use form_urlencoded::Serializer;
use jiff::{civil::Date, tz::TimeZone};
use qualify_domain::{
    report::{Comparison, Part, Period, Span},
    violation::{Rule, Violations},
};
use qualify_usecases::AskReport;

use crate::{filled::Filled, problem::Problem, text::Text};

/// What stands for two days, where a period is named else.
pub const BETWEEN: &str = "between";

/// Which report an address asks for, and of when.
#[derive(Debug)]
pub struct Asked {
    /// Which.
    pub part: Part,
    /// What the form says.
    pub filled: Filled,
    period: Option<Period>,
    comparison: Comparison,
}

impl Asked {
    /// Reads an address; days that cannot be read are faults at their fields.
    ///
    /// # Errors
    /// 400 for a report, a period or a comparison that is none.
    pub fn read(raw: Option<&str>, t: Text) -> Result<Self, Problem> {
        let [mut part, mut period, mut from, mut until, mut comparison] = std::array::from_fn(|_| String::new());
        for (name, value) in form_urlencoded::parse(raw.unwrap_or_default().as_bytes()) {
            let field = match &*name {
                "part" => &mut part,
                "period" => &mut period,
                "from" => &mut from,
                "until" => &mut until,
                "comparison" => &mut comparison,
                _ => continue,
            };
            value.trim().clone_into(field);
        }
        let mut faults = Violations::default();
        let read = match &*period {
            "" => Some(Period::default()),
            BETWEEN => between(&from, &until, &mut faults),
            code => Some(Period::Usual(code.parse().map_err(|_| Problem::bad_request())?)),
        };
        let usual = if let Some(Period::Usual(usual)) = read { usual.code() } else { BETWEEN };
        let compared: Comparison = said(&comparison)?;
        let filled = Filled::default()
            .with("period", usual)
            .with("from", from)
            .with("until", until)
            .with("comparison", compared.code())
            .faulty_all(&faults, t);
        Ok(Self { part: said(&part)?, filled, period: read, comparison: compared })
    }

    /// What is asked for, where days begin so; nothing if it cannot be read.
    pub fn wanted(&self, zone: &TimeZone) -> Option<AskReport> {
        let (part, comparison, zone) = (self.part, self.comparison, Some(zone.clone()));
        self.period.map(|period| AskReport { part, period, comparison, zone, installation: TimeZone::UTC })
    }

    /// The address of the same days and comparison for a report.
    pub fn address(&self, page: &str, part: Part) -> String {
        let pairs = ["period", "from", "until", "comparison"].map(|name| (name, self.filled.value(name)));
        let is_between = self.filled.value("period") == BETWEEN;
        let said = pairs
            .iter()
            .filter(|(name, value)| !value.is_empty() && (is_between || !matches!(*name, "from" | "until")));
        let mut query = Serializer::new(String::new());
        query.append_pair("part", part.code()).extend_pairs(said);
        format!("{page}?{}", query.finish())
    }
}

fn said<T: std::str::FromStr + Default>(code: &str) -> Result<T, Problem> {
    if code.is_empty() { Ok(T::default()) } else { code.parse().map_err(|_| Problem::bad_request()) }
}

/// Two days as somebody typed them.
pub fn between(from: &str, until: &str, faults: &mut Violations) -> Option<Period> {
    let day = |text: &str| match text {
        "" => Err(Rule::Required),
        text => text.parse::<Date>().map_err(|_| Rule::NotADate),
    };
    let (from, until) = (faults.keep("from", day(from)), faults.keep("until", day(until)));
    faults.keep("until", Span::between(from?, until?)).map(Period::Between)
}

#[cfg(test)]
mod tests {
    use qualify_domain::language::Language;

    use super::*;

    fn at(query: &str) -> Result<Asked, Problem> {
        Asked::read(Some(query), Text::new(Language::English))
    }

    #[test]
    fn an_address_survives_being_read() {
        for query in [
            "part=funnel&period=last_30_days&comparison=before",
            "part=members&period=this_quarter&comparison=none",
            "part=leads&period=between&from=2026-01-01&until=2026-02-28&comparison=year_before",
        ] {
            let asked = at(query).unwrap();
            assert!(asked.wanted(&TimeZone::UTC).is_some(), "{query}");
            assert_eq!(asked.address("/reports", asked.part), format!("/reports?{query}"));
        }
        assert_eq!(at("").unwrap().part, Part::Funnel);
    }

    #[test]
    fn days_that_are_none_are_told_at_their_fields() {
        for (query, field) in [
            ("period=between", "from"),
            ("period=between&from=2026-01-01&until=soon", "until"),
            ("period=between&from=2026-01-02&until=2026-01-01", "until"),
            ("period=between&from=0001-01-01&until=2026-01-01", "until"),
        ] {
            let asked = at(query).unwrap();
            assert!(asked.wanted(&TimeZone::UTC).is_none() && asked.filled.fault(field).is_some(), "{query}");
        }
        for wrong in ["part=sales", "period=always", "comparison=me"] {
            assert!(at(wrong).is_err(), "{wrong}");
        }
    }
}
