//! `/api/v1/forms`

use axum::{
    extract::{Path, RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};

use super::{
    door::Caller,
    query, told, version,
    wire::{FormBody, FormList},
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
    let tag = [(header::ETAG, version::tag(form.version))];
    if version::is_known(&headers, form.version) {
        return Ok((StatusCode::NOT_MODIFIED, tag).into_response());
    }
    Ok((tag, told(StatusCode::OK, &FormBody::from(&form))).into_response())
}
