//! `/api/v1/leads/{id}/score` and `/api/v1/score-rules`

pub mod versions;
mod written;

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::Response,
};
use http::StatusCode;
use qualify_domain::{
    id::LeadId,
    violation::{Rule, Violations},
};
use qualify_usecases::{Error, Proposal, ScoreRules};
use uuid::Uuid;

pub use self::written::{FrequencyCode, NewCondition, NewGroup, NewRule, NewRules, NewTrigger};
use super::{
    body::Object,
    door::Caller,
    leads::invalid,
    query::{self, Query},
    told, version,
    wire::{MoversPart, OutlookBody, RulesBody, ScoreBody},
};
use crate::{problem::Problem, text::Text, web::Web};

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
    responses((status = 200, description = "The rules.", body = RulesBody, headers(("ETag" = String, description = "Their version, for `If-Match`.")))))]
pub async fn rules(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let rules = web.app().scores.rules(&caller.program.actor).await?;
    Ok(shown(&rules))
}

/// Ask what other rules would do.
///
/// How many leads within the key's reach would have another grade, and which. Nothing changes.
#[utoipa::path(post, path = "/api/v1/score-rules/what-if", operation_id = "tryScoreRules", request_body = NewRules,
    responses((status = 200, description = "What they would do.", body = OutlookBody)))]
pub async fn what_if(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (_, object) = Object::read(request, &written::FIELDS, caller.text).await?;
    let actor = &caller.program.actor;
    let present = web.app().scores.rules(actor).await?;
    let book = written::book(&object, present.edition.book.next).map_err(|faults| wrong(&faults, caller.text))?;
    let found = web.app().scores.what_if(actor, Proposal::Book(book)).await;
    Ok(told(StatusCode::OK, &OutlookBody::from(&found.map_err(|error| refusal(error, caller.text))?)))
}

/// Which of the leads.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the parameters are read for")]
pub struct WantedMovers {
    /// The place after which the part begins: the `next` of the part before.
    after: Option<Uuid>,
}

/// Name the leads that other rules would move.
///
/// A part of the leads within the key's reach that would have another grade, in the order of their ids: part after part,
/// all of them. Nothing changes.
#[utoipa::path(post, path = "/api/v1/score-rules/what-if/movers", operation_id = "listScoreMovers",
    params(WantedMovers),
    request_body = NewRules,
    responses((status = 200, description = "A part of them.", body = MoversPart)))]
pub async fn movers(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    let mut query = Query::read(raw.as_deref(), &["after"], caller.text);
    let after = query.take("after", |text| text.parse().map_err(|_| Rule::NotAPlace));
    let after: Option<LeadId> = query.or(after)?;
    let (_, object) = Object::read(request, &written::FIELDS, caller.text).await?;
    let actor = &caller.program.actor;
    let present = web.app().scores.rules(actor).await?;
    let book = written::book(&object, present.edition.book.next).map_err(|faults| wrong(&faults, caller.text))?;
    let found = web.app().scores.movers(actor, Proposal::Book(book), after).await;
    Ok(told(StatusCode::OK, &MoversPart::from(&found.map_err(|error| refusal(error, caller.text))?)))
}

/// Put rules into force.
///
/// All rules, in place of those in force: a new version, by which all leads are scored from now on. A rule keeps its number
/// from version to version; one without a number is new.
#[utoipa::path(put, path = "/api/v1/score-rules", operation_id = "replaceScoreRules",
    params(("If-Match" = String, Header, description = "The `ETag` of the rules as they were read: one strong tag.", pattern = r#"^"[1-9][0-9]{0,8}"$"#, example = "\"1\"")),
    request_body = NewRules,
    responses((status = 200, description = "The rules are in force.", body = RulesBody, headers(("ETag" = String, description = "Their version now.")))))]
pub async fn replace(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (headers, object) = Object::read(request, &written::FIELDS, caller.text).await?;
    let actor = &caller.program.actor;
    let present = web.app().scores.rules(actor).await?;
    let book = written::book(&object, present.edition.book.next).map_err(|faults| wrong(&faults, caller.text))?;
    let expected = version::expected(&headers)?;
    web.app().scores.replace(actor, book, expected).await.map_err(|error| refusal(error, caller.text))?;
    Ok(shown(&web.app().scores.rules(actor).await?))
}

fn shown(rules: &ScoreRules) -> Response {
    version::shown(StatusCode::OK, rules.edition.version, &RulesBody::from(rules))
}

fn wrong(faults: &Violations, text: Text) -> Problem {
    invalid(&[], faults, text)
}

fn refusal(error: Error, text: Text) -> Problem {
    match error {
        Error::Stale => version::stale(),
        Error::Invalid(faults) => wrong(&faults, text),
        error => error.into(),
    }
}
