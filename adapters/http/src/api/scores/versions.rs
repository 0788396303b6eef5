//! The versions of the rules: `/api/v1/score-rules/versions`.

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::Response,
};
use http::StatusCode;
use qualify_domain::violation::Rule;

use super::{refusal, shown};
use crate::{
    api::{
        body::{Nothing, Object},
        cursor,
        door::Caller,
        query::{self, Query, USUAL, limit},
        told, version,
        wire::{RulesBody, RulesVersion, RulesVersionList},
    },
    problem::Problem,
    web::Web,
};

/// Which versions.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the parameters are read for")]
pub struct WantedVersions {
    /// How many versions a part has: 1 to 100, 50 if nothing is said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u16>,
    /// The place after which the part begins: the `next` of the part before.
    #[param(pattern = "^[1-9][0-9]{0,8}$")]
    after: Option<String>,
}

/// List the versions of the rules.
///
/// Each that was in force, the latest first, with what was new in it.
#[utoipa::path(get, path = "/api/v1/score-rules/versions", operation_id = "listScoreVersions", params(WantedVersions),
    responses((status = 200, description = "A part of the list.", body = RulesVersionList)))]
pub async fn list(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let mut query = Query::read(raw.as_deref(), &["limit", "after"], caller.text);
    let limit = query.take("limit", limit).unwrap_or(USUAL);
    let before = query.take("after", |text| cursor::read_version(text).ok_or(Rule::NotAPlace));
    let (limit, before) = query.or((limit, before))?;
    let history = web.app().scores.history(&caller.program.actor, before, limit).await?;
    Ok(told(StatusCode::OK, &RulesVersionList::from(&history)))
}

/// Read a version of the rules.
#[utoipa::path(get, path = "/api/v1/score-rules/versions/{version}", operation_id = "readScoreVersion",
    params(("version" = i32, Path, description = "The version.", minimum = 1, maximum = 999_999_999, example = 1)),
    responses((status = 200, description = "The rules of that version.", body = RulesVersion)))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    Path(wanted): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let wanted = cursor::read_version(&wanted).ok_or_else(Problem::not_found)?;
    let edition = web.app().scores.version(&caller.program.actor, wanted).await?;
    Ok(told(StatusCode::OK, &RulesVersion::from(&edition)))
}

/// Put an earlier version of the rules into force.
///
/// A new version with the same rules, by which all leads are scored from now on; nothing happens if those are in force.
/// Rules about a form that is gone are refused.
#[utoipa::path(post, path = "/api/v1/score-rules/versions/{version}/restoration", operation_id = "restoreScoreVersion",
    params(
        ("version" = i32, Path, description = "The version.", minimum = 1, maximum = 999_999_999, example = 1),
        ("If-Match" = String, Header, description = "The `ETag` of the rules in force as they were read: one strong tag.", pattern = r#"^"[1-9][0-9]{0,8}"$"#, example = "\"1\""),
    ),
    request_body = Nothing,
    responses((status = 200, description = "The rules are in force.", body = RulesBody, headers(("ETag" = String, description = "Their version now.")))))]
pub async fn restore(
    State(web): State<Web>,
    caller: Caller,
    Path(wanted): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (wanted, actor) = (cursor::read_version(&wanted).ok_or_else(Problem::not_found)?, &caller.program.actor);
    let (headers, _) = Object::read(request, &[], caller.text).await?;
    let expected = version::expected(&headers)?;
    let restored = web.app().scores.restore(actor, wanted, expected).await;
    restored.map_err(|error| refusal(error, caller.text))?;
    Ok(shown(&web.app().scores.rules(actor).await?))
}
