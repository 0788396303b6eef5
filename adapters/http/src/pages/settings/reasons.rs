//! Why leads are given up: the list stands on the page of the pipelines.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::HeaderMap;

use super::{
    members::read,
    pipelines::{list_page, told},
};
use crate::{actor::Member, fields::Posted, filled::Filled, problem::Problem, web::Web};

/// `POST /settings/reasons`
pub async fn add(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [name] = posted.only(["reason"])?;
    match web.app().pipelines.add_reason(&member.0.actor, &name).await {
        Ok(_) => Ok(Redirect::to("/settings/pipelines#reasons").into_response()),
        Err(error) => {
            let (status, words) = told(error, &headers, member.text())?;
            let filled = Filled::default().with("reason", name).faulty("reason", words);
            Ok((status, list_page(&web, &member, filled).await?).into_response())
        }
    }
}

/// `POST /settings/reasons/{id}/removal`
pub async fn retire(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    match web.app().pipelines.retire_reason(&member.0.actor, read(&id)?).await {
        Ok(()) => Ok(Redirect::to("/settings/pipelines#reasons").into_response()),
        Err(error) => {
            let (status, words) = told(error, &headers, member.text())?;
            let filled = Filled::default().faulty("form", words);
            Ok((status, list_page(&web, &member, filled).await?).into_response())
        }
    }
}
