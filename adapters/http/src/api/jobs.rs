//! `/api/v1/jobs`: long work that the key asked for.

use axum::{
    body::Body,
    extract::{Path, RawQuery, Request, State},
    response::{IntoResponse, Response},
};
use http::{StatusCode, header};
use qualify_domain::id::JobId;

use super::{
    body::{Nothing, Object},
    door::Caller,
    query, told,
    wire::{JobBody, JobList},
};
use crate::{lead_file::media_type, problem::Problem, web::Web};

/// List the jobs.
///
/// Long work that this key asked for, the newest first, at most 50. What is over is forgotten after 30 days.
#[utoipa::path(get, path = "/api/v1/jobs", operation_id = "listJobs",
    responses((status = 200, description = "The jobs.", body = JobList)))]
pub async fn list(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let jobs = web.app().jobs.list(&caller.program.actor).await?;
    Ok(told(StatusCode::OK, &JobList::from(&*jobs)))
}

/// Read a job.
///
/// How far it is, what came of it, and which leads a change of many left as they are. Asking again every few seconds is often
/// enough.
#[utoipa::path(get, path = "/api/v1/jobs/{id}", operation_id = "readJob",
    params(("id" = Uuid, Path, description = "The job's id.")),
    responses((status = 200, description = "The job.", body = JobBody)))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let job = web.app().jobs.find(&caller.program.actor, job_id(&id)?).await?;
    Ok(told(StatusCode::OK, &JobBody::whole(&job)))
}

/// Fetch the file that a job made.
///
/// Of an export of leads, in the form that was asked for, for 7 days. While there is none yet the answer is 202, and how
/// far the job is.
#[utoipa::path(get, path = "/api/v1/jobs/{id}/file", operation_id = "readJobFile",
    params(("id" = Uuid, Path, description = "The job's id.")),
    responses(
        (status = 200, description = "The file.", content(
            (String = "text/csv"),
            (String = "application/jsonl"),
        )),
        (status = 202, description = "It is not done yet.", body = JobBody),
    ))]
pub async fn file(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (id, actor) = (job_id(&id)?, &caller.program.actor);
    let job = web.app().jobs.maker(actor, id).await?;
    if !job.is_over() {
        return Ok(told(StatusCode::ACCEPTED, &JobBody::from(&job)));
    }
    let (_, form) = job.kind.file().ok_or_else(Problem::not_found)?;
    let file = web.app().jobs.file(actor, id).await?;
    Ok(([(header::CONTENT_TYPE, media_type(form))], Body::from_stream(file.parts)).into_response())
}

/// Stop a job.
///
/// It ends before its next piece. What is done stays done; a job that is over stays as it is.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/cancellation", operation_id = "cancelJob",
    params(("id" = Uuid, Path, description = "The job's id.")),
    request_body = Nothing,
    responses((status = 204, description = "It is to end.")))]
pub async fn call_off(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = job_id(&id)?;
    Object::read(request, &[], caller.text).await?;
    web.app().jobs.call_off(&caller.program.actor, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn job_id(raw: &str) -> Result<JobId, Problem> {
    raw.parse().map_err(|_| Problem::not_found())
}
