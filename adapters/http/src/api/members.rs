//! `/api/v1/members`

use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use http::StatusCode;

use super::{door::Caller, query, told, wire::MemberList};
use crate::{problem::Problem, web::Web};

/// List the members.
///
/// All of them, the longest first. A member's id is what stands as the owner of a lead.
#[utoipa::path(get, path = "/api/v1/members", operation_id = "listMembers",
    responses((status = 200, description = "The members.", body = MemberList)))]
pub async fn list(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let people = web.app().members.people(&caller.program.actor).await?;
    Ok(told(StatusCode::OK, &MemberList::from(&*people.members)))
}
