//! `/api/v1/reasons`: why leads are given up.

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use qualify_domain::violation::Violations;
use qualify_usecases::Error;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    body::Object,
    door::Caller,
    leads::invalid,
    pipelines::refusal,
    query, told,
    wire::{Made, ReasonList},
};
use crate::{problem::Problem, web::Web};

/// List the reasons.
///
/// Why leads can be given up: one of them is named when a lead is moved to a stage of the kind `disqualified`.
#[utoipa::path(get, path = "/api/v1/reasons", operation_id = "listReasons",
    responses((status = 200, description = "The reasons.", body = ReasonList)))]
pub async fn list(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let reasons = web.app().leads.reasons(&caller.program.actor).await?;
    Ok(told(StatusCode::OK, &ReasonList::from(&reasons[..])))
}

/// A reason to be offered.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct NewReason {
    /// What to call it: no other one on the list is called so.
    #[schema(min_length = 1, max_length = 100, example = "Budget")]
    name: String,
}

/// Add a reason.
///
/// It comes at the end of the list. One of that name that was taken off comes back with its id.
#[utoipa::path(post, path = "/api/v1/reasons", operation_id = "createReason", request_body = NewReason,
    responses((status = 201, description = "The reason is on the list.", body = Made)))]
pub async fn create(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (_, object) = Object::read(request, &["name"], caller.text).await?;
    let mut unreadable = Vec::new();
    let name = object.text("name", &mut unreadable).unwrap_or_default();
    let faults = Violations::default();
    if !unreadable.is_empty() {
        return Err(invalid(&unreadable, &faults, caller.text));
    }
    let added = web.app().pipelines.add_reason(&caller.program.actor, &name).await;
    let id = added.map_err(|error| match error {
        Error::Conflict("reason") => invalid(&[("name", "rule-same-name")], &faults, caller.text),
        error => error.into(),
    })?;
    Ok(told(StatusCode::CREATED, &Made { id: id.0 }))
}

/// Take a reason off the list.
///
/// Leads that were given up for it keep it. The last one stays.
#[utoipa::path(delete, path = "/api/v1/reasons/{id}", operation_id = "retireReason",
    params(("id" = Uuid, Path, description = "The reason's id.")),
    responses((status = 204, description = "The reason is off the list.")))]
pub async fn remove(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let retired = web.app().pipelines.retire_reason(&caller.program.actor, id).await;
    retired.map_err(|error| refusal(error, caller.text))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
