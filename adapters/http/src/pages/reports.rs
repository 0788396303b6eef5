//! What became of leads, in numbers: five reports, each a picture with its table, and a file.

mod asked;
mod chart;
mod told;

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use qualify_domain::{
    csv,
    report::{Comparison, Part, UsualPeriod},
};
use qualify_usecases::Report;

pub(super) use self::chart::Bars;
use self::{
    asked::{Asked, BETWEEN},
    chart::Chart,
    told::{Section, Teller},
};
use crate::{
    actor::Member,
    download::kept_as,
    filled::Filled,
    moment::Calendar,
    page::{Page, show},
    problem::Problem,
    text::Text,
    web::Web,
};

/// A report as the others link to it: its address, its name, and whether it is the one that is shown.
type PartTab = (String, String, bool);

#[derive(Template)]
#[template(path = "pages/reports.html")]
struct ReportsPage {
    page: Page,
    filled: Filled,
    part: &'static str,
    parts: Vec<PartTab>,
    periods: Vec<(&'static str, String)>,
    comparisons: Vec<(&'static str, String)>,
    /// The days, in words; empty where what was asked cannot be read.
    span: String,
    against: String,
    sections: Vec<Section>,
    about: String,
    file: String,
}

/// `GET /reports`
pub async fn open(State(web): State<Web>, member: Member, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let t = member.text();
    let asked = Asked::read(raw.as_deref(), t)?;
    let calendar = web.calendar(&member.0);
    let Some(wanted) = asked.wanted(calendar.zone()) else {
        let page = reports_page(&member, &asked, String::new(), String::new(), Vec::new());
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, show(&page)?).into_response());
    };
    let report = web.app().reports.read(&member.0.actor, &wanted).await?;
    let against = report.against.map(|span| days(&calendar, span)).unwrap_or_default();
    let sections = Teller::new(t, &calendar, &report).sections();
    show(&reports_page(&member, &asked, days(&calendar, report.span), against, sections))
}

fn reports_page(member: &Member, asked: &Asked, span: String, against: String, sections: Vec<Section>) -> ReportsPage {
    let t = member.text();
    let tab = |part: Part| (asked.address("/reports", part), part_name(part, t), part == asked.part);
    ReportsPage {
        page: Page::of(&member.0, "reports", t.get("reports-title")),
        filled: asked.filled.clone(),
        part: asked.part.code(),
        parts: Part::ALL.into_iter().map(tab).collect(),
        periods: periods(t),
        comparisons: comparisons(t),
        span,
        against,
        sections,
        about: t.get(&format!("reports-{}-about", asked.part.code())),
        file: asked.address("/reports/file", asked.part),
    }
}

/// `GET /reports/file`: the numbers of a report as CSV.
pub async fn download(State(web): State<Web>, member: Member, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let t = member.text();
    let asked = Asked::read(raw.as_deref(), t)?;
    let calendar = web.calendar(&member.0);
    let wanted = asked.wanted(calendar.zone()).ok_or_else(Problem::bad_request)?;
    let report = web.app().reports.read(&member.0.actor, &wanted).await?;
    Ok(file(asked.part, &report, &calendar, t))
}

/// The numbers of a report as CSV, for members and programs.
pub(crate) fn file(part: Part, report: &Report, calendar: &Calendar, t: Text) -> Response {
    let file = written(&Teller::new(t, calendar, report).sections(), report.against.is_some(), t);
    (kept_as("text/csv; charset=utf-8", &file_name(part, report)), file).into_response()
}

fn file_name(part: Part, report: &Report) -> String {
    format!("{}-{}-{}.csv", part.code(), report.span.first(), report.span.last())
}

/// The tables one after the other; where there are several, each line says of which it is.
fn written(sections: &[Section], compared: bool, t: Text) -> String {
    let mut file = String::new();
    let several = sections.len() > 1;
    for (place, section) in sections.iter().enumerate() {
        let table = &section.table;
        if place == 0 {
            let before = |column: &String| compared.then(|| t.with("reports-column-before", "name", column));
            let columns = table.columns.iter().flat_map(|column| [Some(column.clone()), before(column)]).flatten();
            let first = several.then(|| t.get("reports-table")).into_iter();
            let head: Vec<_> = first.chain([table.about.clone()]).chain(columns).collect();
            file.push_str(&csv::line(head.iter().map(String::as_str)));
        }
        for row in table.rows.iter().chain(table.foot.as_ref()) {
            let cells = row.cells.iter().flat_map(|cell| [Some(&*cell.plain), cell.plain_before.as_deref()]).flatten();
            let first = several.then_some(&*section.title).into_iter();
            file.push_str(&csv::line(first.chain([&*row.name]).chain(cells)));
        }
    }
    file
}

fn days(calendar: &Calendar, span: qualify_domain::report::Span) -> String {
    if span.days() == 1 {
        return calendar.date(span.first());
    }
    format!("{} – {}", calendar.date(span.first()), calendar.date(span.last()))
}

fn part_name(part: Part, t: Text) -> String {
    t.get(&format!("reports-{}", part.code()))
}

fn periods(t: Text) -> Vec<(&'static str, String)> {
    let usual = UsualPeriod::ALL.iter().map(|period| period.code());
    let word = |code: &'static str| (code, t.get(&format!("period-{}", code.replace('_', "-"))));
    usual.chain([BETWEEN]).map(word).collect()
}

fn comparisons(t: Text) -> Vec<(&'static str, String)> {
    let word = |code: &str| t.get(&format!("comparison-{}", code.replace('_', "-")));
    Comparison::ALL.iter().map(|comparison| (comparison.code(), word(comparison.code()))).collect()
}
