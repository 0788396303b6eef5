use axum::{
    extract::{Path, State},
    response::Response,
};
use http::{HeaderMap, StatusCode};
use qualify_usecases::Error;

use super::{again, back_to, read};
use crate::{
    actor::Member,
    fields::Posted,
    pages::tasks::{faulty, written},
    problem::{Problem, wants_page},
    web::Web,
};

/// `POST /leads/{id}/tasks`
pub async fn make(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    let (task, filled) = written(posted.only(["title", "due_on", "reminder", "task_owner"])?);
    match web.app().tasks.make(&member.0.actor, id, &task).await {
        Ok(_) => Ok(back_to(id, None, &headers)),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let filled = faulty(filled.with("task", "open"), &faults, member.text());
            again(&web, &member, id, StatusCode::UNPROCESSABLE_ENTITY, filled).await
        }
        Err(error) => Err(error.into()),
    }
}
