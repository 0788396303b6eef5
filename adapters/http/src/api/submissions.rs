//! What forms received: `/api/v1/forms/{id}/submissions`, `/api/v1/submissions/{id}`.

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::{IntoResponse, Response},
};
use http::StatusCode;
use qualify_domain::id::SubmissionId;

use super::{
    body::{Nothing, Object},
    door::Caller,
    query, told,
    wire::ReceivedList,
};
use crate::{problem::Problem, web::Web};

/// List what a form received lately.
///
/// The latest 25 submissions, the newest first, those in quarantine included.
#[utoipa::path(get, path = "/api/v1/forms/{id}/submissions", operation_id = "listSubmissions",
    params(("id" = Uuid, Path, description = "The form's id.")),
    responses((status = 200, description = "The submissions.", body = ReceivedList)))]
pub async fn list(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let file = web.app().forms.open(&caller.program.actor, id).await?;
    Ok(told(StatusCode::OK, &ReceivedList::from(&*file.submissions)))
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
