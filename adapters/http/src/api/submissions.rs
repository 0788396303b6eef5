//! What forms received: `/api/v1/forms/{id}/submissions`, `/api/v1/submissions/{id}`.

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use qualify_domain::{id::SubmissionId, violation::Rule};
use qualify_ports::storage::Received;

use super::{
    body::{Nothing, Object},
    cursor,
    door::Caller,
    query::{self, Query, USUAL, limit},
    told,
    wire::ReceivedPage,
};
use crate::{problem::Problem, web::Web};

/// Which submissions.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the parameters are read for")]
pub struct Wanted {
    /// Whether only those in quarantine are asked for. Nothing said, they stand among all others.
    quarantined: Option<bool>,
    /// How many submissions a part has: 1 to 100, 50 if nothing is said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u16>,
    /// The place after which the part begins: the `next` of the part before.
    #[param(pattern = "^00[0-9a-f]{46}$")]
    after: Option<String>,
}

/// List what a form received.
///
/// The newest first, those in quarantine included. What is still in quarantine 30 days after it came is deleted by itself.
#[utoipa::path(get, path = "/api/v1/forms/{id}/submissions", operation_id = "listSubmissions",
    params(("id" = Uuid, Path, description = "The form's id."), Wanted),
    responses((status = 200, description = "A part of the list.", body = ReceivedPage)))]
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let mut query = Query::read(raw.as_deref(), &["quarantined", "limit", "after"], caller.text);
    let quarantined = query.take("quarantined", |text| text.parse::<bool>().map_err(|_| Rule::NotAChoice));
    let limit = query.take("limit", limit).unwrap_or(USUAL);
    let after = query.take("after", |text| cursor::read_submission(text).ok_or(Rule::NotAPlace));
    let id = query.or(id)?.parse().map_err(|_| Problem::not_found())?;
    let which = if quarantined == Some(true) { Received::Quarantined } else { Received::All };
    let part = web.app().submissions.of_form(&caller.program.actor, id, which, after, limit).await?;
    Ok(told(StatusCode::OK, &ReceivedPage::from(&part)))
}

/// Release a submission.
///
/// It leaves the quarantine and becomes a lead's in a moment.
#[utoipa::path(post, path = "/api/v1/submissions/{id}/release", operation_id = "releaseSubmission",
    params(("id" = Uuid, Path, description = "The submission's id: one in quarantine.")),
    request_body = Nothing,
    responses((status = 204, description = "It is released.")))]
pub async fn release(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = submission_id(&id)?;
    Object::read(request, &[], caller.text).await?;
    web.app().submissions.release(&caller.program.actor, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Delete a submission.
///
/// Only what is in quarantine can be deleted so; it cannot be brought back.
#[utoipa::path(delete, path = "/api/v1/submissions/{id}", operation_id = "deleteSubmission",
    params(("id" = Uuid, Path, description = "The submission's id: one in quarantine.")),
    responses((status = 204, description = "It is deleted.")))]
pub async fn remove(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    web.app().submissions.discard(&caller.program.actor, submission_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn submission_id(raw: &str) -> Result<SubmissionId, Problem> {
    raw.parse().map_err(|_| Problem::not_found())
}
