//! `/api/v1/forms`, and what a form asks: `/api/v1/forms/{id}/fields`.

pub mod editions;
pub mod settings;

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};

use qualify_domain::{
    form::FormField,
    id::FormId,
    violation::{Rule, Violations},
};
use qualify_usecases::Error;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::{
    body::Object,
    door::Caller,
    leads::invalid,
    query, told, version,
    wire::{FieldBody, FormBody, FormList},
};
use crate::{problem::Problem, web::Web};

/// List the forms.
///
/// All of them, the oldest first.
#[utoipa::path(get, path = "/api/v1/forms", operation_id = "listForms",
    responses((status = 200, description = "The forms.", body = FormList)))]
pub async fn list(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let forms = web.app().forms.list(&caller.program.actor).await?;
    Ok(told(StatusCode::OK, &FormList::from(&*forms)))
}

/// Read a form.
#[utoipa::path(get, path = "/api/v1/forms/{id}", operation_id = "readForm",
    params(
        ("id" = Uuid, Path, description = "The form's id."),
        ("If-None-Match" = Option<String>, Header, description = "An `ETag`: if the form still has it, the answer is 304 without a body."),
    ),
    responses(
        (status = 200, description = "The form.", body = FormBody, headers(("ETag" = String, description = "The form's version."))),
        (status = 304, description = "The form has not changed.", headers(("ETag" = String, description = "The form's version."))),
    ))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let form = web.app().forms.open(&caller.program.actor, id).await?.form;
    Ok(version::unless_known(&headers, form.version, || FormBody::from(&form)))
}

/// What a form is to ask.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct NewFields {
    /// The fields, in the order in which visitors see them: at least the e-mail address or the telephone number.
    #[schema(min_items = 1, max_items = 30)]
    fields: Vec<FieldBody>,
}

/// Publish other fields of a form.
///
/// All fields, in place of those that are asked now: a new version of the form, which visitors see from now on. The fields
/// are those of `GET /api/v1/forms/{id}`.
#[utoipa::path(put, path = "/api/v1/forms/{id}/fields", operation_id = "replaceFormFields",
    params(
        ("id" = Uuid, Path, description = "The form's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the form as it was read: one strong tag.", pattern = r#"^"[1-9][0-9]{0,8}"$"#, example = "\"1\""),
    ),
    request_body = NewFields,
    responses((status = 200, description = "The form.", body = FormBody, headers(("ETag" = String, description = "The form's version now.")))))]
pub async fn replace_fields(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id: FormId = id.parse().map_err(|_| Problem::not_found())?;
    let (headers, object) = Object::read(request, &["fields"], caller.text).await?;
    let fields = read_fields(&object).map_err(|faults| invalid(&[], &faults, caller.text))?;
    let expected = version::expected(&headers)?;
    web.app().forms.ask(&caller.program.actor, id, expected, fields).await.map_err(|error| refusal(error, &caller))?;
    shown(&web, &caller, id, StatusCode::OK).await
}

/// The form as it is now.
async fn shown(web: &Web, caller: &Caller, id: FormId, status: StatusCode) -> Result<Response, Problem> {
    let form = web.app().forms.fields(&caller.program.actor, id).await?.form;
    Ok(version::shown(status, form.version, &FormBody::from(&form)))
}

fn refusal(error: Error, caller: &Caller) -> Problem {
    match error {
        Error::Stale => version::stale(),
        Error::Invalid(faults) => invalid(&[], &faults, caller.text),
        error => error.into(),
    }
}

fn read_fields(object: &Object) -> Result<Vec<FormField>, Violations> {
    let mut faults = Violations::default();
    let Some(items) = object.value("fields").and_then(Value::as_array) else {
        faults.add("fields", Rule::Required);
        return Err(faults);
    };
    let mut fields = Vec::with_capacity(items.len());
    for (at, item) in items.iter().enumerate() {
        let place = format!("fields[{at}]");
        let body = FieldBody::deserialize(item).map_err(|_| Rule::NotAChoice);
        let body = faults.keep(place.clone(), body);
        fields.extend(body.and_then(|body| body.read(&place, &mut faults)));
    }
    faults.or(Some(fields))
}
