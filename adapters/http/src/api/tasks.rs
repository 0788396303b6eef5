//! `/api/v1/tasks` and `/api/v1/leads/{id}/tasks`: what members have to do.

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    id::TaskId,
    violation::{Rule, Violations},
};
use qualify_usecases::{ChangeTask, Error, TaskPlace};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    body::{Nothing, Object},
    cursor,
    door::Caller,
    leads::{invalid, lead_id},
    query::{self, Query, USUAL, limit},
    told, version,
    wire::{Kept, ReminderCode, TaskBody, TaskList, TaskPage},
};
use crate::{problem::Problem, web::Web};

/// List a lead's tasks.
///
/// Open ones first, by their day; at most 100.
#[utoipa::path(get, path = "/api/v1/leads/{id}/tasks", operation_id = "listLeadTasks",
    params(("id" = Uuid, Path, description = "The lead's id.")),
    responses((status = 200, description = "The tasks.", body = TaskList)))]
pub async fn of_lead(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let tasks = web.app().tasks.of_lead(&caller.program.actor, lead_id(&id)?).await?;
    Ok(told(StatusCode::OK, &TaskList::from(&tasks[..])))
}

/// Whose tasks.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the parameters are read for")]
pub struct Wanted {
    /// The member, from `GET /api/v1/members`.
    owner: Uuid,
    /// How many tasks a part has: 1 to 100, 50 if nothing is said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u16>,
    /// The place after which the part begins: the `next` of the part before.
    #[param(pattern = "^[0-9a-f]{38}$")]
    after: Option<String>,
}

/// List what a member has to do.
///
/// Their open tasks about leads within the key's reach, by their day; those without one last. Who is no member has nothing
/// to do.
#[utoipa::path(get, path = "/api/v1/tasks", operation_id = "listTasks", params(Wanted),
    responses((status = 200, description = "A part of the list.", body = TaskPage)))]
pub async fn list(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let mut query = Query::read(raw.as_deref(), &["owner", "limit", "after"], caller.text);
    let owner = query.need("owner", |text| text.parse().map_err(|_| Rule::NotAChoice));
    let limit = query.take("limit", limit).unwrap_or(USUAL);
    let after = query.take("after", |text| cursor::read_task(text).ok_or(Rule::NotAPlace));
    let owner = query.or(owner)?.ok_or_else(Problem::bad_request)?;
    let part = web.app().tasks.of_member(&caller.program.actor, owner, after, limit).await?;
    Ok(told(StatusCode::OK, &TaskPage::from(&part)))
}

/// Read a task.
#[utoipa::path(get, path = "/api/v1/tasks/{id}", operation_id = "readTask",
    params(
        ("id" = Uuid, Path, description = "The task's id."),
        ("If-None-Match" = Option<String>, Header, description = "An `ETag`: if the task still has it, the answer is 304 without a body."),
    ),
    responses(
        (status = 200, description = "The task.", body = TaskBody, headers(("ETag" = String, description = "The task's version, for `If-Match`."))),
        (status = 304, description = "The task has not changed.", headers(("ETag" = String, description = "The task's version."))),
    ))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let task = web.app().tasks.read(&caller.program.actor, task_id(&id)?).await?;
    Ok(version::unless_known(&headers, task.version, || TaskBody::from(&task)))
}

/// What to change of a task. What is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct TaskChange {
    /// What is to be done.
    #[schema(min_length = 1, max_length = 200, example = "Send the offer")]
    title: Option<String>,
    /// By which day; null is whenever.
    #[schema(format = Date, example = "2026-12-01")]
    due_on: Option<String>,
    /// When its owner is reminded.
    #[schema(value_type = Option<ReminderCode>)]
    reminder: Option<String>,
    /// The member who does it.
    owner: Option<Uuid>,
}

/// Change a task.
///
/// Whoever is given it by somebody else is told.
#[utoipa::path(patch, path = "/api/v1/tasks/{id}", operation_id = "changeTask",
    params(
        ("id" = Uuid, Path, description = "The task's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the task as it was read: one strong tag.", pattern = r#"^"[1-9][0-9]{0,8}"$"#, example = "\"1\""),
    ),
    request_body = TaskChange,
    responses((status = 200, description = "The task is changed.", body = Kept, headers(("ETag" = String, description = "The task's version now.")))))]
pub async fn change(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = task_id(&id)?;
    let (headers, object) = Object::read(request, &["title", "due_on", "reminder", "owner"], caller.text).await?;
    let mut unreadable = Vec::new();
    let mut said = |name| object.text(name, &mut unreadable);
    let change =
        ChangeTask { title: said("title"), due_on: said("due_on"), reminder: said("reminder"), owner: said("owner") };
    if !unreadable.is_empty() {
        return Err(invalid(&unreadable, &Violations::default(), caller.text));
    }
    let place = TaskPlace { id, version: version::expected(&headers)? };
    let version = web.app().tasks.amend(&caller.program.actor, place, change).await.map_err(refusal)?;
    Ok(kept(&Kept { id: id.0, version }))
}

/// Mark a task as done.
///
/// The lead's timeline tells of it. One that is done already stays as it is.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/completion", operation_id = "completeTask",
    params(
        ("id" = Uuid, Path, description = "The task's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the task as it was read: one strong tag.", pattern = r#"^"[1-9][0-9]{0,8}"$"#, example = "\"1\""),
    ),
    request_body = Nothing,
    responses((status = 200, description = "The task is done.", body = Kept, headers(("ETag" = String, description = "The task's version now.")))))]
pub async fn finish(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let place = place(&id, request, &caller).await?;
    let done = web.app().tasks.finish(&caller.program.actor, place).await.map_err(refusal)?;
    Ok(kept(&Kept { id: done.id.0, version: done.version }))
}

/// Take a task up again.
#[utoipa::path(post, path = "/api/v1/tasks/{id}/reopening", operation_id = "reopenTask",
    params(
        ("id" = Uuid, Path, description = "The task's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the task as it was read: one strong tag.", pattern = r#"^"[1-9][0-9]{0,8}"$"#, example = "\"1\""),
    ),
    request_body = Nothing,
    responses((status = 200, description = "The task is open.", body = Kept, headers(("ETag" = String, description = "The task's version now.")))))]
pub async fn reopen(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let place = place(&id, request, &caller).await?;
    let open = web.app().tasks.reopen(&caller.program.actor, place).await.map_err(refusal)?;
    Ok(kept(&Kept { id: open.id.0, version: open.version }))
}

/// Delete a task.
#[utoipa::path(delete, path = "/api/v1/tasks/{id}", operation_id = "deleteTask",
    params(("id" = Uuid, Path, description = "The task's id.")),
    responses((status = 204, description = "The task is deleted.")))]
pub async fn remove(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    web.app().tasks.remove(&caller.program.actor, task_id(&id)?).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// A task as it was looked at, with an empty body.
async fn place(id: &str, request: Request, caller: &Caller) -> Result<TaskPlace, Problem> {
    let id = task_id(id)?;
    let (headers, _) = Object::read(request, &[], caller.text).await?;
    Ok(TaskPlace { id, version: version::expected(&headers)? })
}

fn task_id(raw: &str) -> Result<TaskId, Problem> {
    raw.parse().map_err(|_| Problem::not_found())
}

fn kept(kept: &Kept) -> Response {
    version::shown(StatusCode::OK, kept.version, kept)
}

fn refusal(error: Error) -> Problem {
    match error {
        Error::Stale => version::stale(),
        error => error.into(),
    }
}
