//! `/api/v1/leads/{id}/score` and `/api/v1/score-rules`

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use http::StatusCode;

use super::{
    door::Caller,
    query, told,
    wire::{RulesBody, ScoreBody},
};
use crate::{problem::Problem, web::Web};

/// Read a lead's score.
///
/// Line by line: each with its points, why it is there, and until when. The lines add up to the score.
#[utoipa::path(get, path = "/api/v1/leads/{id}/score", operation_id = "readScore",
    params(("id" = Uuid, Path, description = "The lead's id.")),
    responses((status = 200, description = "The score.", body = ScoreBody)))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = id.parse().map_err(|_| Problem::not_found())?;
    let kept = web.app().scores.of_lead(&caller.program.actor, id).await?;
    Ok(told(StatusCode::OK, &ScoreBody::from(kept.as_ref())))
}

/// Read the rules of the score.
///
/// The rules by which leads are scored now, and how far the leads have been scored by them.
#[utoipa::path(get, path = "/api/v1/score-rules", operation_id = "readScoreRules",
    responses((status = 200, description = "The rules.", body = RulesBody)))]
pub async fn rules(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let rules = web.app().scores.rules(&caller.program.actor).await?;
    Ok(told(StatusCode::OK, &RulesBody::from(&rules)))
}
