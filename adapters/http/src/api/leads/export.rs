use axum::{
    body::Body,
    extract::{RawQuery, Request, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use qualify_domain::{
    id::LeadId,
    job::{ExportLeads, JobKind, MOST_NAMED, SheetForm},
    lead_column::LeadColumn,
    lead_filter::{LeadFilter, Search},
    violation::{Rule, Violations},
};
use qualify_usecases::Error;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{filter, invalid};
use crate::{
    api::{
        body::Object,
        door::Caller,
        query::{self, Query},
        told,
        wire::{ExportBegun, FilterBody},
    },
    fields::Unreadable,
    lead_file::media_type,
    problem::Problem,
    text::Text,
    web::Web,
};

/// In which form the file is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FormatCode {
    /// A table with the columns' names above.
    Csv,
    /// One JSON object in each line.
    Jsonl,
}

/// Which leads, and what to say of them.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the parameters are read for")]
pub struct Wanted {
    /// In which form: `csv` if nothing is said.
    format: Option<FormatCode>,
    /// The columns in their order, with commas between; the usual ones if nothing is said. There are: id, name, email,
    /// phone, company, tags, pipeline, stage, reason (why it was given up), owner (their e-mail address), form, source, grade,
    /// fit, engagement, `legal_basis`, `created_at`, `last_submission_at`, `last_activity_at`; of the first visit `utm_source`,
    /// `utm_medium`, `utm_campaign`, `utm_term`, `utm_content`, referrer, `landing_page`, gclid, fbclid and msclkid, and with
    /// `last_` before them of the latest; and `property:` with the id of one of `GET /api/v1/properties`.
    #[param(
        min_length = 2,
        example = "name,email,stage",
        pattern = "^(id|name|email|phone|company|tags|pipeline|stage|reason|owner|form|source|grade|fit|engagement|legal_basis|created_at|last_submission_at|last_activity_at|(last_)?(utm_(source|medium|campaign|term|content)|referrer|landing_page|gclid|fbclid|msclkid)|property:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})(,(id|name|email|phone|company|tags|pipeline|stage|reason|owner|form|source|grade|fit|engagement|legal_basis|created_at|last_submission_at|last_activity_at|(last_)?(utm_(source|medium|campaign|term|content)|referrer|landing_page|gclid|fbclid|msclkid)|property:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}))*$"
    )]
    columns: Option<String>,
    /// Only leads in this stage.
    stage: Option<Uuid>,
    /// Only leads first brought by this form.
    form: Option<Uuid>,
    /// Only leads whose name, e-mail address or telephone number begins so.
    #[param(
        min_length = 2,
        max_length = 100,
        pattern = r"^[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f]$"
    )]
    q: Option<String>,
}

/// Export leads.
///
/// All leads within the key's reach that the conditions let through, newest first, as one file of any length. In CSV,
/// cells that a spreadsheet would take for a formula have an apostrophe in front; JSON lines hold what is kept.
#[utoipa::path(get, path = "/api/v1/leads/export", operation_id = "exportLeads", params(Wanted),
    responses((status = 200, description = "The file.", content(
        (String = "text/csv"),
        (String = "application/jsonl"),
    ))))]
pub async fn export(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let mut query = Query::read(raw.as_deref(), &["format", "columns", "stage", "form", "q"], caller.text);
    let form = query.take("format", str::parse::<SheetForm>).unwrap_or_default();
    let columns = query.take("columns", columns).unwrap_or_else(|| LeadColumn::USUAL.to_vec());
    let stage = query.take("stage", |text| text.parse().map_err(|_| Rule::NotAChoice));
    let brought_by = query.take("form", |text| text.parse().map_err(|_| Rule::NotAChoice));
    let search = query.take("q", Search::parse);
    let (form, columns, search) = query.or((form, columns, search))?;
    let filter = super::list::filter_of(stage, brought_by)?;
    let which = Which { filter, search, these: Vec::new() };
    streamed(&web, &caller, which.with(columns, form)).await
}

/// A column of a file of leads: a property is `property:` with its id.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "it describes what is read as a text")]
#[schema(
    pattern = "^(id|name|email|phone|company|tags|pipeline|stage|reason|owner|form|source|grade|fit|engagement|legal_basis|created_at|last_submission_at|last_activity_at|(last_)?(utm_(source|medium|campaign|term|content)|referrer|landing_page|gclid|fbclid|msclkid)|property:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$",
    example = "email"
)]
pub struct FileColumn(String);

/// The fields of [`LeadExport`].
const FIELDS: [&str; 5] = ["leads", "filter", "q", "columns", "format"];

/// Which leads, and what to say of them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct LeadExport {
    /// These leads, at most 1,000; or else a filter or a search, or all.
    #[schema(min_items = 1, max_items = 1000)]
    leads: Option<Vec<Uuid>>,
    /// What must be true of the leads. Days begin in UTC.
    filter: Option<FilterBody>,
    /// What their name, e-mail address or telephone number begins with; from three letters on also words of their
    /// messages and notes.
    #[schema(min_length = 2, max_length = 100, example = "anna")]
    q: Option<String>,
    /// The columns in their order; the usual ones if nothing is said.
    #[schema(min_items = 1, example = json!(["name", "email", "stage"]))]
    columns: Option<Vec<FileColumn>>,
    /// In which form: `csv` if nothing is said.
    #[schema(value_type = Option<FormatCode>)]
    format: Option<String>,
}

/// Export the leads that a filter finds.
///
/// All leads within the key's reach for which a filter holds, or those that are named, as one file of any length: as
/// `GET /api/v1/leads/export` gives it, with the filter of `POST /api/v1/leads/search`.
#[utoipa::path(post, path = "/api/v1/leads/export", operation_id = "exportFoundLeads", request_body = LeadExport,
    responses((status = 200, description = "The file.", content(
        (String = "text/csv"),
        (String = "application/jsonl"),
    ))))]
pub async fn export_found(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (_, object) = Object::read(request, &FIELDS, caller.text).await?;
    let mut wish = Wish::default();
    let read = wish.read(&object);
    streamed(&web, &caller, wish.or(read, caller.text)?).await
}

/// Export leads in the background.
///
/// A job writes the file that `POST /api/v1/leads/export` would give, and keeps it for 7 days; whoever asked can leave
/// meanwhile. All leads of the organization are exported three times a day, while no other export of it runs.
#[utoipa::path(post, path = "/api/v1/leads/exports", operation_id = "beginExport", request_body = LeadExport,
    responses((status = 202, description = "The job that writes the file, and where that is fetched.", body = ExportBegun,
        headers(("Location" = String, description = "The job's address.")))))]
pub async fn begin_export(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (_, object) = Object::read(request, &FIELDS, caller.text).await?;
    let mut wish = Wish::default();
    let read = wish.read(&object);
    let export = wish.or(read, caller.text)?;
    let begun = web.app().jobs.ask(&caller.program.actor, JobKind::ExportLeads(export)).await;
    let job = begun.map_err(|error| refused(error, caller.text))?;
    let place = [(header::LOCATION, format!("/api/v1/jobs/{job}"))];
    Ok((place, told(StatusCode::ACCEPTED, &ExportBegun::from(job))).into_response())
}

/// Which leads.
#[derive(Default)]
struct Which {
    filter: LeadFilter,
    search: Option<Search>,
    these: Vec<LeadId>,
}

impl Which {
    /// With what to say of each.
    fn with(self, columns: Vec<LeadColumn>, form: SheetForm) -> ExportLeads {
        let header = columns.iter().map(ToString::to_string).collect();
        let Self { filter, search, these } = self;
        ExportLeads { filter, search, these, zone: String::new(), form, columns, header }
    }
}

/// What is wrong with what is asked for.
#[derive(Default)]
struct Wish {
    unreadable: Vec<Unreadable>,
    faults: Violations,
}

impl Wish {
    /// The leads that are asked for, and what to say of them.
    fn read(&mut self, object: &Object) -> Option<ExportLeads> {
        let said = |name| object.value(name).filter(|value| !value.is_null());
        let filter = filter(object.value("filter")).map_err(|rule| self.unreadable.push(("filter", rule))).ok();
        let q = object.text("q", &mut self.unreadable).filter(|text| !text.is_empty());
        let search = q.and_then(|text| self.faults.keep("q", Search::parse(&text)));
        let these = match said("leads") {
            None => Some(Vec::new()),
            Some(_) if said("filter").is_some() || said("q").is_some() => {
                self.faults.keep("leads", Err(Rule::OneOfRequired))
            }
            Some(ids) => self.faults.keep("leads", leads(ids)),
        };
        let columns = match said("columns") {
            None => Some(LeadColumn::USUAL.to_vec()),
            Some(codes) => {
                let codes = Vec::<String>::deserialize(codes).map_err(|_| Rule::NotAChoice);
                self.faults.keep("columns", codes.and_then(|codes| once(codes.iter().map(String::as_str))))
            }
        };
        let form = match object.text("format", &mut self.unreadable).filter(|code| !code.is_empty()) {
            None => Some(SheetForm::default()),
            Some(code) => self.faults.keep("format", code.parse()),
        };
        Some(Which { filter: filter?, search, these: these? }.with(columns?, form?))
    }

    /// What was read, if nothing is wrong with it.
    fn or<T>(self, read: Option<T>, text: Text) -> Result<T, Problem> {
        match read.filter(|_| self.unreadable.is_empty() && self.faults.is_empty()) {
            Some(read) => Ok(read),
            None => Err(invalid(&self.unreadable, &self.faults, text)),
        }
    }
}

/// Leads by their ids, at least one.
fn leads(ids: &Value) -> Result<Vec<LeadId>, Rule> {
    let ids = Vec::<Uuid>::deserialize(ids).map_err(|_| Rule::NotAChoice)?;
    match ids.len() {
        0 => Err(Rule::Required),
        named if named > MOST_NAMED => Err(Rule::TooMany(MOST_NAMED)),
        _ => Ok(ids.into_iter().map(LeadId).collect()),
    }
}

/// The file itself.
async fn streamed(web: &Web, caller: &Caller, export: ExportLeads) -> Result<Response, Problem> {
    let kind = media_type(export.form);
    let parts = web.app().leads.export(&caller.program.actor, export).await;
    let parts = parts.map_err(|error| refused(error, caller.text))?;
    Ok(([(header::CONTENT_TYPE, kind)], Body::from_stream(parts)).into_response())
}

fn refused(error: Error, text: Text) -> Problem {
    match error {
        Error::Invalid(faults) => invalid(&[], &faults, text),
        error => error.into(),
    }
}

fn columns(text: &str) -> Result<Vec<LeadColumn>, Rule> {
    once(text.split(','))
}

/// The columns in the order in which each is named first; at least one.
fn once<'a>(codes: impl Iterator<Item = &'a str>) -> Result<Vec<LeadColumn>, Rule> {
    let mut columns = Vec::new();
    for code in codes {
        let column: LeadColumn = code.parse()?;
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    if columns.is_empty() { Err(Rule::Required) } else { Ok(columns) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_stands_once_where_it_is_named_first() {
        assert_eq!(columns("email,name,email"), Ok(vec![LeadColumn::Email, LeadColumn::Name]));
        for wrong in ["", "email,", "ip", "email, name"] {
            assert_eq!(columns(wrong), Err(Rule::NotAChoice), "{wrong}");
        }
    }
}
