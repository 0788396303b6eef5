use axum::{
    extract::{Path, RawQuery, Request, State},
    response::Response,
};
use http::StatusCode;
use qualify_domain::{
    id::PipelineId,
    lead::StageError,
    violation::{Rule, Violations},
};
use qualify_usecases::{Broken, Error, TransferLead};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{invalid, kept, lead_id, refusal};
use crate::{
    api::{body::Object, door::Caller, query, version, wire::Kept},
    problem::Problem,
    web::Web,
};

/// Into which pipeline a lead goes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct LeadTransfer {
    /// The pipeline, from `GET /api/v1/pipelines`: another than the lead's.
    pipeline: Uuid,
}

/// Move a lead to another pipeline.
///
/// It stands in the first open stage there.
#[utoipa::path(post, path = "/api/v1/leads/{id}/pipeline", operation_id = "transferLead",
    params(
        ("id" = Uuid, Path, description = "The lead's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the lead as it was read: one strong tag.", pattern = r#"^"[1-9][0-9]{0,8}"$"#, example = "\"1\""),
    ),
    request_body = LeadTransfer,
    responses((status = 200, description = "The lead stands there now.", body = Kept, headers(("ETag" = String, description = "The lead's version now.")))))]
pub async fn transfer(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = lead_id(&id)?;
    let (headers, object) = Object::read(request, &["pipeline"], caller.text).await?;
    let (mut unreadable, mut faults) = (Vec::new(), Violations::default());
    let parsed = match object.text("pipeline", &mut unreadable).unwrap_or_default().as_str() {
        "" => Err(Rule::Required),
        text => text.parse::<PipelineId>().map_err(|_| Rule::NotAChoice),
    };
    let pipeline = faults.keep("pipeline", parsed);
    let Some(pipeline) = pipeline.filter(|_| unreadable.is_empty()) else {
        return Err(invalid(&unreadable, &faults, caller.text));
    };
    let version = version::expected(&headers)?;
    let moved = web.app().leads.transfer(&caller.program.actor, id, TransferLead { pipeline, version }).await;
    moved.map_err(|error| match error {
        Error::NotFound("pipeline") => invalid(&[], &Violations::one("pipeline", Rule::NotAChoice), caller.text),
        Error::Rule(Broken::Stage(StageError::Same)) => {
            invalid(&[("pipeline", "rule-same-stage")], &Violations::default(), caller.text)
        }
        error => refusal(error, caller.text),
    })?;
    Ok(kept(StatusCode::OK, &Kept { id: id.0, version: version + 1 }))
}
