//! `/api/v1/reports`

use std::str::FromStr;

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::StatusCode;
use jiff::civil::Date;
use qualify_domain::{
    report::{Comparison, Part, Period, Span, UsualPeriod},
    violation::{Rule, Violations},
    zone::Zone,
};
use qualify_usecases::{AskReport, Findings, Report};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    door::Caller,
    leads::invalid,
    query::Query,
    told,
    wire::{FunnelReport, LeadsReport, MembersReport, ReasonsReport, StagesReport},
};
use crate::{pages::reports::file, problem::Problem, text::Text, web::Web};

/// A period by its name, seen from today.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PeriodCode {
    /// Today and the six days before.
    #[serde(rename = "last_7_days")]
    Last7Days,
    /// Today and the 29 days before.
    #[serde(rename = "last_30_days")]
    Last30Days,
    /// Today and the 89 days before.
    #[serde(rename = "last_90_days")]
    Last90Days,
    /// Today and the 364 days before.
    #[serde(rename = "last_365_days")]
    Last365Days,
    /// The month until today.
    ThisMonth,
    /// The month before.
    LastMonth,
    /// The quarter until today.
    ThisQuarter,
    /// The quarter before.
    LastQuarter,
    /// The year until today.
    ThisYear,
    /// The year before.
    LastYear,
}

/// With what a period is compared.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ComparisonCode {
    /// With nothing.
    None,
    /// With the period before.
    Before,
    /// With the same days of the year before.
    YearBefore,
}

/// In which form the numbers come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ReportFormatCode {
    /// An object.
    #[default]
    Json,
    /// The tables that members see and take away, with their names in the language of `Accept-Language`: English or French.
    Csv,
}

impl FromStr for ReportFormatCode {
    type Err = Rule;

    fn from_str(code: &str) -> Result<Self, Rule> {
        match code {
            "json" => Ok(Self::Json),
            "csv" => Ok(Self::Csv),
            _ => Err(Rule::NotAChoice),
        }
    }
}

/// Of when a report is, and with what it is compared.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the parameters are read for")]
pub struct Wanted {
    /// A period by its name: `last_30_days` if nothing is said. Not together with `from` and `until`.
    period: Option<PeriodCode>,
    /// The first day, in the years 1970 to 2200; together with `until`.
    #[param(value_type = Option<String>, format = Date, pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", example = "2026-01-01")]
    from: Option<String>,
    /// The last day, which is in it.
    #[param(value_type = Option<String>, format = Date, pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", example = "2026-03-31")]
    until: Option<String>,
    /// With what it is compared: `none` if nothing is said.
    comparison: Option<ComparisonCode>,
    /// Where its days begin: a time zone of the IANA; the organization's if nothing is said.
    #[param(example = "Europe/Paris")]
    time_zone: Option<String>,
    /// In which form the numbers come: `json` if nothing is said.
    format: Option<ReportFormatCode>,
}

/// Read the funnel.
///
/// Submissions that are not in quarantine (a lead that came without a form counts as one), the leads that were opened in the
/// period, and those of them that were qualified and won until now: in all, by source and by form. Each step holds the next.
/// Only what is within the key's reach is counted.
#[utoipa::path(get, path = "/api/v1/reports/funnel", operation_id = "readFunnel", params(Wanted),
    responses((status = 200, description = "The funnel.", content((FunnelReport = "application/json"), (String = "text/csv")))))]
pub async fn funnel(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    answer(&web, &caller, Part::Funnel, raw, FunnelReport::of).await
}

/// Read leads over time.
///
/// The leads that were opened in each day, week, month or year of the period, whichever shows it at a glance, and those of
/// them that were qualified and won until now.
#[utoipa::path(get, path = "/api/v1/reports/leads", operation_id = "readLeadsOverTime", params(Wanted),
    responses((status = 200, description = "The leads, step by step.", content((LeadsReport = "application/json"), (String = "text/csv")))))]
pub async fn leads(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    answer(&web, &caller, Part::Leads, raw, LeadsReport::of).await
}

/// Read how long leads stand in stages.
///
/// Of the moves out of each stage in the period: how many there were, and the median and the ninth decile of the time that
/// the leads had stood there.
#[utoipa::path(get, path = "/api/v1/reports/stages", operation_id = "readTimeInStages", params(Wanted),
    responses((status = 200, description = "The stages.", content((StagesReport = "application/json"), (String = "text/csv")))))]
pub async fn stages(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    answer(&web, &caller, Part::Stages, raw, StagesReport::of).await
}

/// Read why leads are given up.
///
/// The leads that were given up in the period and still are, by the reason that was chosen.
#[utoipa::path(get, path = "/api/v1/reports/reasons", operation_id = "readLostReasons", params(Wanted),
    responses((status = 200, description = "The reasons.", content((ReasonsReport = "application/json"), (String = "text/csv")))))]
pub async fn reasons(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    answer(&web, &caller, Part::Reasons, raw, ReasonsReport::of).await
}

/// Read what members work on.
///
/// The leads of the period by who owns them now, and what each member did in the period.
#[utoipa::path(get, path = "/api/v1/reports/members", operation_id = "readMembersWork", params(Wanted),
    responses((status = 200, description = "The members.", content((MembersReport = "application/json"), (String = "text/csv")))))]
pub async fn members(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    answer(&web, &caller, Part::Members, raw, MembersReport::of).await
}

async fn answer<B: Serialize>(
    web: &Web,
    caller: &Caller,
    part: Part,
    raw: Option<String>,
    body: fn(&Report, &Findings) -> Option<B>,
) -> Result<Response, Problem> {
    let (wanted, format) = wanted(part, raw.as_deref(), web, caller.text)?;
    let report = web.app().reports.read(&caller.program.actor, &wanted).await?;
    if format == ReportFormatCode::Csv {
        return Ok(file(part, &report, &web.public_calendar(caller.text), caller.text));
    }
    let body = body(&report, &report.findings).ok_or_else(Problem::not_found)?;
    Ok(told(StatusCode::OK, &body))
}

fn wanted(part: Part, raw: Option<&str>, web: &Web, text: Text) -> Result<(AskReport, ReportFormatCode), Problem> {
    let mut query = Query::read(raw, &["period", "from", "until", "comparison", "time_zone", "format"], text);
    let period = query.take("period", UsualPeriod::from_str);
    let days = [query.take("from", day), query.take("until", day)];
    let comparison = query.take("comparison", Comparison::from_str).unwrap_or(Comparison::Nothing);
    let zone = query.take("time_zone", |name| Ok(name.to_owned()));
    let format = query.take("format", ReportFormatCode::from_str).unwrap_or_default();
    let (period, days, zone) = query.or((period, days, zone))?;
    let mut faults = Violations::default();
    let period = said(period, days, &mut faults);
    let zone = zone.and_then(|name| faults.keep("time_zone", Zone::parse(&name)));
    match period {
        Some(period) if faults.is_empty() => {
            let (zone, installation) = (zone.map(Zone::rules), web.zone().clone());
            Ok((AskReport { part, period, comparison, zone, installation }, format))
        }
        _ => Err(invalid(&[], &faults, text)),
    }
}

/// The period that is named, or that goes from a day to a day.
fn said(named: Option<UsualPeriod>, days: [Option<Date>; 2], faults: &mut Violations) -> Option<Period> {
    match (named, days) {
        (named, [None, None]) => Some(Period::Usual(named.unwrap_or_default())),
        (None, [Some(from), Some(until)]) => faults.keep("until", Span::between(from, until)).map(Period::Between),
        (Some(_), _) => {
            faults.add("period", Rule::NotAChoice);
            None
        }
        (None, [from, _]) => {
            faults.add(if from.is_none() { "from" } else { "until" }, Rule::Required);
            None
        }
    }
}

/// A day as the document writes it, and in no other way.
fn day(text: &str) -> Result<Date, Rule> {
    let shape = |(place, byte): (usize, u8)| if matches!(place, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    let is_shaped = text.len() == 10 && text.bytes().enumerate().all(shape);
    if is_shaped { text.parse().map_err(|_| Rule::NotADate) } else { Err(Rule::NotADate) }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_is_written_in_one_way() {
        assert_eq!(day("2026-02-28"), Ok(date(2026, 2, 28)));
        for wrong in ["2026-02-30", "20260228", "2026-2-28", "2026-02-28T00:00", "", "+026-02-28"] {
            assert_eq!(day(wrong), Err(Rule::NotADate), "{wrong}");
        }
    }

    #[test]
    fn a_period_has_a_name_or_two_days() {
        let (one, other) = (date(2026, 1, 1), date(2026, 1, 31));
        let read = |named, days| {
            let mut faults = Violations::default();
            let period = said(named, days, &mut faults);
            period.ok_or_else(|| faults.iter().map(|fault| fault.field.to_string()).collect::<Vec<_>>())
        };
        assert_eq!(read(None, [None, None]), Ok(Period::default()));
        assert!(read(None, [Some(one), Some(other)]).is_ok());
        assert_eq!(read(None, [Some(other), Some(one)]), Err(vec!["until".to_owned()]));
        assert_eq!(read(None, [Some(one), None]), Err(vec!["until".to_owned()]));
        assert_eq!(read(None, [None, Some(one)]), Err(vec!["from".to_owned()]));
        assert_eq!(read(Some(UsualPeriod::ThisYear), [Some(one), Some(other)]), Err(vec!["period".to_owned()]));
    }
}
