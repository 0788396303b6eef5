//! Where leads can stand, and why they are given up: the pipelines, and a page for each.

use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use http::{HeaderMap, StatusCode};
use qualify_domain::{
    id::{PipelineId, ReasonId, StageId},
    pipeline::{Pipeline, PipelineError, Stage},
};
use qualify_usecases::{Broken, Error, PipelinePlace, WrittenStage};

use super::{earlier, members::read};
use crate::{
    actor::Member,
    fields::Posted,
    filled::Filled,
    page::{Page, show},
    pages::{
        choices,
        leads::{StageChip, stage_chips},
    },
    problem::{Problem, wants_page},
    text::Text,
    web::Web,
};

const HERE: &str = "/settings/pipelines";

#[derive(Template)]
#[template(path = "pages/settings/pipelines.html")]
struct PipelinesPage {
    page: Page,
    filled: Filled,
    pipelines: Vec<Row>,
    reasons: Vec<(ReasonId, String)>,
}

struct Row {
    id: PipelineId,
    name: String,
    stages: Vec<StageChip>,
    is_first: bool,
    is_last: bool,
}

#[derive(Template)]
#[template(path = "pages/settings/pipeline.html")]
struct PipelinePage {
    page: Page,
    filled: Filled,
    id: PipelineId,
    name: String,
    version: i32,
    is_only: bool,
    stages: Vec<StageRow>,
    kinds: Vec<(&'static str, String)>,
}

struct StageRow {
    id: StageId,
    name: String,
    kind: &'static str,
    kind_name: String,
    stale: String,
    is_first: bool,
    is_last: bool,
}

#[derive(Template)]
#[template(path = "pages/settings/stage.html")]
struct StagePage {
    page: Page,
    filled: Filled,
    pipeline: PipelineId,
    pipeline_name: String,
    version: i32,
    id: StageId,
    name: String,
    kinds: Vec<(&'static str, String)>,
    heirs: Vec<(String, String)>,
}

/// `GET /settings/pipelines`
pub async fn list(State(web): State<Web>, member: Member) -> Result<Response, Problem> {
    list_page(&web, &member, Filled::default()).await
}

pub(super) async fn list_page(web: &Web, member: &Member, filled: Filled) -> Result<Response, Problem> {
    let file = web.app().pipelines.view(&member.0.actor).await?;
    let last = file.pipelines.live.len().saturating_sub(1);
    let row = |(place, pipeline): (usize, &Pipeline)| Row {
        id: pipeline.id,
        name: pipeline.name.to_string(),
        stages: stage_chips(pipeline),
        is_first: place == 0,
        is_last: place == last,
    };
    let reasons = file.reasons.iter().filter(|reason| !reason.is_archived);
    show(&PipelinesPage {
        page: super::page(&member.0, HERE),
        filled,
        pipelines: file.pipelines.live.iter().enumerate().map(row).collect(),
        reasons: reasons.map(|reason| (reason.id, reason.name.to_string())).collect(),
    })
}

/// `POST /settings/pipelines`
pub async fn make(
    State(web): State<Web>,
    member: Member,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [name] = posted.only(["name"])?;
    match web.app().pipelines.make(&member.0.actor, &name).await {
        Ok(id) => Ok(to(id)),
        Err(error) => {
            let (status, words) = told(error, &headers, member.text())?;
            let filled = Filled::default().with("name", name).faulty("name", words);
            Ok((status, list_page(&web, &member, filled).await?).into_response())
        }
    }
}

/// `POST /settings/pipelines/{id}/place`
pub async fn shift(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    posted: Posted,
) -> Result<Response, Problem> {
    let [direction] = posted.only(["direction"])?;
    web.app().pipelines.shift(&member.0.actor, read(&id)?, earlier(&direction)?).await?;
    Ok(Redirect::to(HERE).into_response())
}

/// `POST /settings/pipelines/{id}/removal`
pub async fn retire(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let id = read(&id)?;
    match web.app().pipelines.retire(&member.0.actor, id).await {
        Ok(()) => Ok(Redirect::to(HERE).into_response()),
        Err(error) => again(&web, &member, id, &headers, error, Filled::default(), "form").await,
    }
}

/// `GET /settings/pipelines/{id}`
pub async fn open(State(web): State<Web>, member: Member, Path(id): Path<String>) -> Result<Response, Problem> {
    pipeline_page(&web, &member, read(&id)?, Filled::default()).await
}

async fn pipeline_page(web: &Web, member: &Member, id: PipelineId, filled: Filled) -> Result<Response, Problem> {
    let t = member.text();
    let file = web.app().pipelines.view(&member.0.actor).await?;
    let pipeline = file.pipelines.get(id).ok_or_else(Problem::not_found)?;
    let last = pipeline.stages.len().saturating_sub(1);
    let row = |(place, stage): (usize, &Stage)| StageRow {
        id: stage.id,
        name: stage.name.to_string(),
        kind: stage.kind.code(),
        kind_name: choices::stage_kind(t, stage.kind),
        stale: stage.stale_after_days.map(|days| t.times("stage-stale-after", "", days.into())).unwrap_or_default(),
        is_first: place == 0,
        is_last: place == last,
    };
    show(&PipelinePage {
        page: super::page(&member.0, HERE),
        filled: filled.or("pipeline", &*pipeline.name).or("kind", "open"),
        id,
        name: pipeline.name.to_string(),
        version: pipeline.version,
        is_only: file.pipelines.live.len() == 1,
        stages: pipeline.stages.iter().enumerate().map(row).collect(),
        kinds: choices::stage_kinds(t),
    })
}

/// `POST /settings/pipelines/{id}/name`
pub async fn rename(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [name, version] = posted.only(["pipeline", "version"])?;
    let place = place(&id, &version)?;
    match web.app().pipelines.rename(&member.0.actor, place, &name).await {
        Ok(()) => Ok(to(place.id)),
        Err(error) => {
            let filled = Filled::default().with("pipeline", name);
            again(&web, &member, place.id, &headers, error, filled, "pipeline").await
        }
    }
}

/// `POST /settings/pipelines/{id}/stages`
pub async fn add_stage(
    State(web): State<Web>,
    member: Member,
    Path(id): Path<String>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let (written, filled, version) = written_stage(&posted)?;
    let place = place(&id, &version)?;
    match web.app().pipelines.add_stage(&member.0.actor, place, &written).await {
        Ok(_) => Ok(to(place.id)),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            let page = pipeline_page(&web, &member, place.id, filled.faulty_all(&faults, member.text())).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => again(&web, &member, place.id, &headers, error, filled, "form").await,
    }
}

/// `POST /settings/pipelines/{id}/stages/{stage}/place`
pub async fn shift_stage(
    State(web): State<Web>,
    member: Member,
    Path((id, stage)): Path<(String, String)>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [direction, version] = posted.only(["direction", "version"])?;
    let place = place(&id, &version)?;
    let outcome = web.app().pipelines.shift_stage(&member.0.actor, place, read(&stage)?, earlier(&direction)?).await;
    match outcome {
        Ok(()) => Ok(to(place.id)),
        Err(error) => again(&web, &member, place.id, &headers, error, Filled::default(), "form").await,
    }
}

/// `GET /settings/pipelines/{id}/stages/{stage}`
pub async fn open_stage(
    State(web): State<Web>,
    member: Member,
    Path((id, stage)): Path<(String, String)>,
) -> Result<Response, Problem> {
    stage_page(&web, &member, read(&id)?, read(&stage)?, Filled::default()).await
}

async fn stage_page(
    web: &Web,
    member: &Member,
    pipeline: PipelineId,
    id: StageId,
    filled: Filled,
) -> Result<Response, Problem> {
    let file = web.app().pipelines.view(&member.0.actor).await?;
    let pipeline = file.pipelines.get(pipeline).ok_or_else(Problem::not_found)?;
    let stage = pipeline.stage(id).ok_or_else(Problem::not_found)?;
    let days = stage.stale_after_days.map(|days| days.to_string()).unwrap_or_default();
    let others = pipeline.stages.iter().filter(|other| other.id != id);
    show(&StagePage {
        page: super::page(&member.0, HERE),
        filled: filled.or("name", &*stage.name).or("kind", stage.kind.code()).or("stale_after_days", days),
        pipeline: pipeline.id,
        pipeline_name: pipeline.name.to_string(),
        version: pipeline.version,
        id,
        name: stage.name.to_string(),
        kinds: choices::stage_kinds(member.text()),
        heirs: others.map(|other| (other.id.to_string(), other.name.to_string())).collect(),
    })
}

/// `POST /settings/pipelines/{id}/stages/{stage}`
pub async fn change_stage(
    State(web): State<Web>,
    member: Member,
    Path((id, stage)): Path<(String, String)>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let (written, filled, version) = written_stage(&posted)?;
    let (place, stage) = (place(&id, &version)?, read(&stage)?);
    let (status, filled) = match web.app().pipelines.change_stage(&member.0.actor, place, stage, &written).await {
        Ok(()) => return Ok(to(place.id)),
        Err(Error::Invalid(faults)) if wants_page(&headers) => {
            (StatusCode::UNPROCESSABLE_ENTITY, filled.faulty_all(&faults, member.text()))
        }
        Err(error) => {
            let (status, words) = told(error, &headers, member.text())?;
            (status, filled.faulty("form", words))
        }
    };
    Ok((status, stage_page(&web, &member, place.id, stage, filled).await?).into_response())
}

/// `POST /settings/pipelines/{id}/stages/{stage}/removal`
pub async fn retire_stage(
    State(web): State<Web>,
    member: Member,
    Path((id, stage)): Path<(String, String)>,
    headers: HeaderMap,
    posted: Posted,
) -> Result<Response, Problem> {
    let [heir, version] = posted.only(["heir", "version"])?;
    let place = place(&id, &version)?;
    let heir = heir.parse().map_err(|_| Problem::bad_request())?;
    match web.app().pipelines.retire_stage(&member.0.actor, place, read(&stage)?, heir).await {
        Ok(_) => Ok(to(place.id)),
        Err(error) => again(&web, &member, place.id, &headers, error, Filled::default(), "form").await,
    }
}

fn to(id: PipelineId) -> Response {
    Redirect::to(&format!("{HERE}/{id}")).into_response()
}

fn place(id: &str, version: &str) -> Result<PipelinePlace, Problem> {
    Ok(PipelinePlace { id: read(id)?, version: version.parse().map_err(|_| Problem::bad_request())? })
}

fn written_stage(posted: &Posted) -> Result<(WrittenStage, Filled, String), Problem> {
    let [name, kind, stale_after_days, version] = posted.only(["name", "kind", "stale_after_days", "version"])?;
    let filled =
        Filled::default().with("name", &*name).with("kind", &*kind).with("stale_after_days", &*stale_after_days);
    Ok((WrittenStage { name, kind, stale_after_days }, filled, version))
}

/// The pipeline's page again, with what went wrong at a field.
async fn again(
    web: &Web,
    member: &Member,
    id: PipelineId,
    headers: &HeaderMap,
    error: Error,
    filled: Filled,
    field: &'static str,
) -> Result<Response, Problem> {
    let (status, words) = told(error, headers, member.text())?;
    let page = pipeline_page(web, member, id, filled.faulty(field, words)).await?;
    Ok((status, page).into_response())
}

/// What went wrong, in words for the page; what no page tells is a problem of its own.
pub(super) fn told(error: Error, headers: &HeaderMap, t: Text) -> Result<(StatusCode, String), Problem> {
    match error {
        error if !wants_page(headers) => Err(error.into()),
        Error::Invalid(faults) => {
            let words = faults.iter().map(|fault| t.rule(&fault.field, fault.rule)).collect::<Vec<_>>().join(" ");
            Ok((StatusCode::UNPROCESSABLE_ENTITY, words))
        }
        Error::Stale => Ok((StatusCode::CONFLICT, t.get("error-stale-about"))),
        Error::Conflict(_) => Ok((StatusCode::CONFLICT, t.get("reason-same-name"))),
        Error::Rule(Broken::Pipeline(rule)) => Ok((StatusCode::UNPROCESSABLE_ENTITY, t.get(words(rule)))),
        error => Err(error.into()),
    }
}

const fn words(rule: PipelineError) -> &'static str {
    match rule {
        PipelineError::UnknownStage => "pipeline-unknown-stage",
        PipelineError::NoEntry => "pipeline-no-entry",
        PipelineError::TooMany => "pipeline-too-many",
        PipelineError::Last => "pipeline-last",
        PipelineError::InUse => "pipeline-in-use",
        PipelineError::NoReason => "rule-no-reason-given",
    }
}
