use axum::{
    body::Body,
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::header;
use qualify_domain::{job::ExportLeads, lead_column::LeadColumn, lead_filter::Search, violation::Rule};
use qualify_usecases::{Error, SheetForm};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    api::{door::Caller, query::Query},
    problem::Problem,
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
    /// phone, company, tags, stage, owner, form, source, grade, fit, engagement, `legal_basis`, `created_at`,
    /// `last_submission_at`, `last_activity_at`, `utm_source`, `utm_medium`, `utm_campaign`, `utm_term`, `utm_content`, referrer, `landing_page`, and
    /// `property:` with the id of one of `GET /api/v1/properties`.
    #[param(
        min_length = 2,
        example = "name,email,stage",
        pattern = "^(id|name|email|phone|company|tags|stage|owner|form|source|grade|fit|engagement|legal_basis|created_at|last_submission_at|last_activity_at|utm_source|utm_medium|utm_campaign|utm_term|utm_content|referrer|landing_page|property:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})(,(id|name|email|phone|company|tags|stage|owner|form|source|grade|fit|engagement|legal_basis|created_at|last_submission_at|last_activity_at|utm_source|utm_medium|utm_campaign|utm_term|utm_content|referrer|landing_page|property:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}))*$"
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
    let form = query.take("format", format).unwrap_or_default();
    let columns = query.take("columns", columns).unwrap_or_else(|| LeadColumn::USUAL.to_vec());
    let stage = query.take("stage", |text| text.parse().map_err(|_| Rule::NotAChoice));
    let brought_by = query.take("form", |text| text.parse().map_err(|_| Rule::NotAChoice));
    let search = query.take("q", Search::parse);
    let (form, columns, search) = query.or((form, columns, search))?;
    let filter = super::list::filter_of(stage, brought_by)?;
    let header = columns.iter().map(ToString::to_string).collect();
    let kind = match form {
        SheetForm::Csv => "text/csv; charset=utf-8",
        SheetForm::JsonLines => "application/jsonl",
    };
    let export = ExportLeads { filter, search, these: Vec::new(), zone: String::new(), columns, header };
    let parts = web.app().leads.export(&caller.program.actor, export, form).await.map_err(|error| match error {
        Error::Invalid(faults) => super::invalid(&[], &faults, caller.text),
        error => error.into(),
    })?;
    Ok(([(header::CONTENT_TYPE, kind)], Body::from_stream(parts)).into_response())
}

fn format(text: &str) -> Result<SheetForm, Rule> {
    match text {
        "csv" => Ok(SheetForm::Csv),
        "jsonl" => Ok(SheetForm::JsonLines),
        _ => Err(Rule::NotAChoice),
    }
}

/// The columns in the order in which each is named first.
fn columns(text: &str) -> Result<Vec<LeadColumn>, Rule> {
    let mut columns = Vec::new();
    for code in text.split(',') {
        let column: LeadColumn = code.parse()?;
        if !columns.contains(&column) {
            columns.push(column);
        }
    }
    Ok(columns)
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
