//! `/api/v1/pipelines`: where leads can stand, each pipeline as a whole.

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    id::{PipelineId, StageId},
    pipeline::PipelineError,
    violation::{Rule, Violations},
};
use qualify_usecases::{Broken, DrawnStage, Error, Heir, PipelinePlace, WrittenPipeline, WrittenStage};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    body::Object,
    door::Caller,
    leads::invalid,
    order::{self, NewOrder},
    query, told, version,
    wire::{PipelineBody, PipelineList, StageKindCode},
};
use crate::{fields::Unreadable, problem::Problem, text::Text, web::Web};

/// List the pipelines.
///
/// Those in use, each with its stages, in their order; new leads enter the first.
#[utoipa::path(get, path = "/api/v1/pipelines", operation_id = "listPipelines",
    responses((status = 200, description = "The pipelines.", body = PipelineList)))]
pub async fn list(State(web): State<Web>, caller: Caller, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let pipelines = web.app().leads.stages(&caller.program.actor).await?;
    Ok(told(StatusCode::OK, &PipelineList::from(&pipelines)))
}

/// Read a pipeline.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}", operation_id = "readPipeline",
    params(
        ("id" = Uuid, Path, description = "The pipeline's id."),
        ("If-None-Match" = Option<String>, Header, description = "An `ETag`: if the pipeline still has it, the answer is 304 without a body."),
    ),
    responses(
        (status = 200, description = "The pipeline.", body = PipelineBody, headers(("ETag" = String, description = "The pipeline's version, for `If-Match`."))),
        (status = 304, description = "The pipeline has not changed.", headers(("ETag" = String, description = "The pipeline's version."))),
    ))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = pipeline_id(&id)?;
    let pipelines = web.app().leads.stages(&caller.program.actor).await?;
    let pipeline = pipelines.get(id).ok_or(Error::NotFound("pipeline"))?;
    Ok(version::unless_known(&headers, pipeline.version, || PipelineBody::from(pipeline)))
}

/// A stage as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StageWish {
    /// Which one it is; left out for a new one.
    id: Option<Uuid>,
    /// What to call it.
    #[schema(min_length = 1, max_length = 100, example = "Qualified")]
    name: String,
    /// What standing in it means.
    #[schema(value_type = StageKindCode)]
    kind: String,
    /// After so many days without activity a lead in it is stale; never if null.
    #[schema(minimum = 1, maximum = 365)]
    stale_after_days: Option<i64>,
}

impl From<StageWish> for DrawnStage {
    fn from(wish: StageWish) -> Self {
        let stale_after_days = wish.stale_after_days.map(|days| days.to_string()).unwrap_or_default();
        let written = WrittenStage { name: wish.name, kind: wish.kind, stale_after_days };
        Self { id: wish.id.map(StageId), written }
    }
}

/// A stage that goes, and where its leads go.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StageHeir {
    /// The stage that goes.
    stage: Uuid,
    /// The stage that gets its leads: one of those that stay.
    heir: Uuid,
}

/// A pipeline to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct NewPipeline {
    /// What to call it.
    #[schema(min_length = 1, max_length = 100, example = "Partners")]
    name: String,
    /// Its stages, in their order, one of them open and none with an id. Without any it gets an open one that has its name.
    #[schema(max_items = 30)]
    stages: Option<Vec<StageWish>>,
}

/// What a pipeline is to be, as a whole.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct WholePipeline {
    /// What to call it.
    #[schema(min_length = 1, max_length = 100, example = "Partners")]
    name: String,
    /// Its stages, in their order, one of them open.
    #[schema(min_items = 1, max_items = 30)]
    stages: Vec<StageWish>,
    /// Each stage it has now and is not to have any more.
    #[schema(max_items = 30)]
    removed: Option<Vec<StageHeir>>,
}

/// Make a pipeline.
///
/// It comes after the others.
#[utoipa::path(post, path = "/api/v1/pipelines", operation_id = "createPipeline", request_body = NewPipeline,
    responses((status = 201, description = "The pipeline is made.", body = PipelineBody, headers(("ETag" = String, description = "The pipeline's version, for `If-Match`.")))))]
pub async fn create(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (_, object) = Object::read(request, &["name", "stages"], caller.text).await?;
    let written = written(&object, false).map_err(|(unreadable, faults)| invalid(&unreadable, &faults, caller.text))?;
    let made = web.app().pipelines.create(&caller.program.actor, &written).await;
    shown(&web, &caller, made.map_err(|error| refusal(error, caller.text))?, StatusCode::CREATED).await
}

/// Replace a pipeline.
///
/// Its name, its stages and their order, all at once or not at all. A stage keeps its leads by its `id`; of one that goes,
/// `removed` tells where its leads go, each with an entry in its timeline.
#[utoipa::path(put, path = "/api/v1/pipelines/{id}", operation_id = "replacePipeline",
    params(
        ("id" = Uuid, Path, description = "The pipeline's id."),
        ("If-Match" = String, Header, description = "The `ETag` of the pipeline as it was read: one strong tag.", pattern = r#"^"[1-9][0-9]{0,8}"$"#, example = "\"1\""),
    ),
    request_body = WholePipeline,
    responses((status = 200, description = "The pipeline.", body = PipelineBody, headers(("ETag" = String, description = "The pipeline's version now.")))))]
pub async fn replace(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let id = pipeline_id(&id)?;
    let (headers, object) = Object::read(request, &["name", "stages", "removed"], caller.text).await?;
    let written = written(&object, true).map_err(|(unreadable, faults)| invalid(&unreadable, &faults, caller.text))?;
    let place = PipelinePlace { id, version: version::expected(&headers)? };
    let replaced = web.app().pipelines.replace(&caller.program.actor, place, &written).await;
    replaced.map_err(|error| refusal(error, caller.text))?;
    shown(&web, &caller, id, StatusCode::OK).await
}

/// Take a pipeline out of use.
///
/// Once no lead stands in it, and while there is another one. Timelines go on telling of its stages.
#[utoipa::path(delete, path = "/api/v1/pipelines/{id}", operation_id = "retirePipeline",
    params(("id" = Uuid, Path, description = "The pipeline's id.")),
    responses((status = 204, description = "The pipeline is out of use.")))]
pub async fn remove(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let retired = web.app().pipelines.retire(&caller.program.actor, pipeline_id(&id)?).await;
    retired.map_err(|error| refusal(error, caller.text))?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Put the pipelines in order.
///
/// All that are in use; new leads enter the first.
#[utoipa::path(put, path = "/api/v1/pipelines/order", operation_id = "orderPipelines", request_body = NewOrder,
    responses((status = 200, description = "The pipelines.", body = PipelineList)))]
pub async fn arrange(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let (_, object) = Object::read(request, &order::FIELDS, caller.text).await?;
    let order: Vec<_> = order::read(&object, caller.text)?.into_iter().map(PipelineId).collect();
    web.app().pipelines.arrange(&caller.program.actor, &order).await?;
    let pipelines = web.app().leads.stages(&caller.program.actor).await?;
    Ok(told(StatusCode::OK, &PipelineList::from(&pipelines)))
}

/// What is written of a pipeline; `whole` if all of it has to be.
fn written(object: &Object, whole: bool) -> Result<WrittenPipeline, (Vec<Unreadable>, Violations)> {
    let (mut unreadable, mut faults) = (Vec::new(), Violations::default());
    let name = object.text("name", &mut unreadable).unwrap_or_default();
    if whole && object.value("stages").is_none_or(Value::is_null) {
        faults.add("stages", Rule::Required);
    }
    let stages: Vec<StageWish> = items(object, "stages", &mut faults);
    let removed: Vec<StageHeir> = items(object, "removed", &mut faults);
    if !unreadable.is_empty() || !faults.is_empty() {
        return Err((unreadable, faults));
    }
    let heir = |gone: StageHeir| Heir { stage: StageId(gone.stage), heir: StageId(gone.heir) };
    Ok(WrittenPipeline {
        name,
        stages: stages.into_iter().map(Into::into).collect(),
        removed: removed.into_iter().map(heir).collect(),
    })
}

/// The items of a list; one that cannot be read is a fault at its place.
fn items<T: for<'de> Deserialize<'de>>(object: &Object, name: &'static str, faults: &mut Violations) -> Vec<T> {
    let given = match object.value(name) {
        None | Some(Value::Null) => return Vec::new(),
        Some(Value::Array(given)) => given,
        Some(_) => {
            faults.add(name, Rule::NotAChoice);
            return Vec::new();
        }
    };
    let read = |(at, item): (usize, &Value)| {
        faults.keep(format!("{name}[{at}]"), T::deserialize(item).map_err(|_| Rule::NotAChoice))
    };
    given.iter().enumerate().filter_map(read).collect()
}

pub(super) fn pipeline_id(raw: &str) -> Result<PipelineId, Problem> {
    raw.parse().map_err(|_| Problem::not_found())
}

/// The pipeline as it is now.
async fn shown(web: &Web, caller: &Caller, id: PipelineId, status: StatusCode) -> Result<Response, Problem> {
    let pipelines = web.app().leads.stages(&caller.program.actor).await?;
    let pipeline = pipelines.get(id).ok_or(Error::NotFound("pipeline"))?;
    Ok(version::shown(status, pipeline.version, &PipelineBody::from(pipeline)))
}

/// Why a pipeline or a list stays as it is, as the API tells it.
pub(super) fn refusal(error: Error, text: Text) -> Problem {
    match error {
        Error::Stale => version::stale(),
        Error::Rule(Broken::Pipeline(PipelineError::NoEntry)) => {
            invalid(&[("stages", "rule-no-open-stage")], &Violations::default(), text)
        }
        Error::Rule(Broken::Pipeline(PipelineError::NoReason)) => {
            invalid(&[("stages", "rule-no-reason-given")], &Violations::default(), text)
        }
        Error::Rule(Broken::Pipeline(PipelineError::Last)) => Problem::new(StatusCode::CONFLICT, "error-last"),
        Error::Rule(Broken::Pipeline(PipelineError::InUse)) => Problem::new(StatusCode::CONFLICT, "error-in-use"),
        error => error.into(),
    }
}
