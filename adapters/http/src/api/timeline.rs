//! `/api/v1/leads/{id}/timeline`: what happened to a lead.

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use http::StatusCode;
use qualify_domain::violation::Rule;

use super::{
    cursor,
    door::Caller,
    leads::lead_id,
    query::{Query, USUAL, limit},
    told,
    wire::TimelinePart,
};
use crate::{problem::Problem, web::Web};

/// Which part.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the parameters are read for")]
pub struct Wanted {
    /// How many entries a part has: 1 to 100, 50 if nothing is said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u16>,
    /// The place after which the part begins: the `next` of the part before.
    #[param(pattern = "^00[0-9a-f]{46}$")]
    after: Option<String>,
}

/// Read a lead's timeline.
///
/// A part of all that happened, newest first: what the person sent, notes, calls, e-mails and meetings, tasks that were done,
/// changes, moves, other grades, merges.
#[utoipa::path(get, path = "/api/v1/leads/{id}/timeline", operation_id = "readTimeline",
    params(("id" = Uuid, Path, description = "The lead's id."), Wanted),
    responses((status = 200, description = "A part of the timeline.", body = TimelinePart)))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let id = lead_id(&id)?;
    let mut query = Query::read(raw.as_deref(), &["limit", "after"], caller.text);
    let limit = query.take("limit", limit).unwrap_or(USUAL);
    let after = query.take("after", |text| cursor::read_entry(text).ok_or(Rule::NotAPlace));
    let (limit, after) = query.or((limit, after))?;
    let timeline = web.app().leads.timeline(&caller.program.actor, id, after, limit).await?;
    Ok(told(StatusCode::OK, &TimelinePart::of(&timeline, web.now())))
}
