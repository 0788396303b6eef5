//! Taking leads away as a file: which columns, at once or in the background.

use askama::Template;
use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode, header};
use qualify_domain::{
    job::{ExportLeads, JobKind},
    lead_column::LeadColumn,
};
use qualify_usecases::SheetForm;

use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::leads,
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

const COLUMNS: usize = LeadColumn::ALL.len();

#[derive(Template)]
#[template(path = "pages/lead_export.html")]
struct ExportPage {
    page: Page,
    filled: Filled,
    filter: String,
    filtered: bool,
    columns: Vec<(&'static str, String)>,
}

/// `GET /leads/export`: for the leads that the list shows at the same address.
pub async fn open(State(web): State<Web>, member: Member, RawQuery(query): RawQuery) -> Result<Response, Problem> {
    let usual = LeadColumn::USUAL.iter().fold(Filled::default(), |filled, column| filled.with(column.code(), "1"));
    export_page(&web, &member, query.unwrap_or_default(), usual).await
}

async fn export_page(web: &Web, member: &Member, filter: String, filled: Filled) -> Result<Response, Problem> {
    let t = member.text();
    let looked = leads::looked(web, member, &filter).await?;
    let filtered = !looked.settings.filter.is_empty() || looked.search.is_some();
    show(&ExportPage {
        page: Page::of(&member.0, "leads", t.get("export-title")),
        filled,
        filter,
        filtered,
        columns: LeadColumn::ALL.iter().map(|column| (column.code(), column_name(*column, t))).collect(),
    })
}

/// `POST /leads/export`: the file itself, or a job that makes it.
pub async fn export(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let mut names = [""; 2 + COLUMNS];
    names[..2].copy_from_slice(&["filter", "later"]);
    for (place, column) in names[2..].iter_mut().zip(LeadColumn::ALL) {
        *place = column.code();
    }
    let [query, later, ticked @ ..] = posted.only::<{ 2 + COLUMNS }>(names)?;
    let t = member.text();
    let chosen = LeadColumn::ALL.iter().zip(&ticked).filter(|(_, ticked)| !ticked.is_empty());
    let columns: Vec<_> = chosen.map(|(column, _)| *column).collect();
    if columns.is_empty() {
        let words = t.get("export-no-column");
        if !wants_page(&headers) {
            return Err(Problem::status(StatusCode::UNPROCESSABLE_ENTITY));
        }
        let page = export_page(&web, &member, query, Filled::default().faulty("columns", words)).await?;
        return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
    }
    let header = columns.iter().map(|column| column_name(*column, t)).collect();
    let looked = leads::looked(&web, &member, &query).await?;
    let zone = web.calendar(&member.0).zone().iana_name().unwrap_or_default().to_owned();
    let export = ExportLeads { filter: looked.settings.filter, search: looked.search, zone, columns, header };
    if !later.is_empty() {
        let job = web.app().jobs.ask(&member.0.actor, JobKind::ExportLeads(export)).await?;
        return Ok(Redirect::to(&format!("/jobs/{job}")).into_response());
    }
    let parts = web.app().leads.export(&member.0.actor, export, SheetForm::Csv).await?;
    let disposition = format!("attachment; filename=\"leads-{}.csv\"", web.calendar(&member.0).today());
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, Body::from_stream(parts)).into_response())
}

/// What stands above a column, in words.
pub(crate) fn column_name(column: LeadColumn, t: Text) -> String {
    t.get(&format!("column-{}", column.code().replace('_', "-")))
}
