//! The board: `/api/v1/pipelines/{id}/board` and `/api/v1/stages/{id}/cards`, each also by a filter.

use axum::{
    extract::{Path, RawQuery, Request, State},
    response::Response,
};
use http::StatusCode;
use jiff::tz::TimeZone;
use qualify_domain::{
    access::Actor,
    id::{FormId, PipelineId, StageId},
    lead_filter::{LeadFilter, Search},
    violation::{Rule, Violations},
};
use qualify_usecases::{Board, Error, ShowBoard};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    body::Object,
    cursor,
    door::Caller,
    leads::{filter, filter_of, invalid, part_limit},
    pipelines::pipeline_id,
    query::{self, Query, USUAL, limit},
    told,
    wire::{BoardBody, ColumnBody, FilterBody},
};
use crate::{problem::Problem, web::Web};

/// Which cards of a board.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the parameters are read for")]
pub struct WantedBoard {
    /// How many cards each column has: 1 to 100, 50 if nothing is said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u16>,
    /// Only leads first brought by this form.
    form: Option<Uuid>,
    /// Only leads whose name, e-mail address or telephone number begins so, or in whose messages and notes these words
    /// stand.
    #[param(
        min_length = 2,
        max_length = 100,
        pattern = r"^[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f]$"
    )]
    q: Option<String>,
}

/// Read a board.
///
/// The stages of a pipeline, each with its first cards within the key's reach and how many there are. A card is moved by
/// `POST /api/v1/leads/{id}/stage`, with `above` or `below` to a place in its column.
#[utoipa::path(get, path = "/api/v1/pipelines/{id}/board", operation_id = "readBoard",
    params(("id" = Uuid, Path, description = "The pipeline's id."), WantedBoard),
    responses((status = 200, description = "The board.", body = BoardBody)))]
pub async fn read(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let pipeline = pipeline_id(&id)?;
    let query = Query::read(raw.as_deref(), &["limit", "form", "q"], caller.text);
    let wanted = ShowBoard { pipeline: Some(pipeline), ..asked(query)? };
    let board = web.app().leads.board(&caller.program.actor, &wanted).await?;
    Ok(told(StatusCode::OK, &BoardBody::of(&board, web.now())))
}

/// Which cards of a column.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "it describes what the parameters are read for")]
pub struct WantedCards {
    /// How many cards a part has: 1 to 100, 50 if nothing is said.
    #[param(minimum = 1, maximum = 100)]
    limit: Option<u16>,
    /// The place below which the part begins: the `next` of the part before.
    #[param(pattern = "^[0-9a-f]{0,200}[1-9a-f]~[0-9a-f]{32}$")]
    after: Option<String>,
    /// Only leads first brought by this form.
    form: Option<Uuid>,
    /// Only leads whose name, e-mail address or telephone number begins so, or in whose messages and notes these words
    /// stand.
    #[param(
        min_length = 2,
        max_length = 100,
        pattern = r"^[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f]$"
    )]
    q: Option<String>,
}

/// Read a column of the board.
///
/// A part of the leads that stand in a stage, within the key's reach, from above to below.
#[utoipa::path(get, path = "/api/v1/stages/{id}/cards", operation_id = "readCards",
    params(("id" = Uuid, Path, description = "The stage's id."), WantedCards),
    responses((status = 200, description = "A part of the column.", body = ColumnBody)))]
pub async fn cards(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let stage: StageId = id.parse().map_err(|_| Problem::not_found())?;
    let mut query = Query::read(raw.as_deref(), &["limit", "after", "form", "q"], caller.text);
    let below = query.take("after", |text| cursor::read_card(text).ok_or(Rule::NotAPlace));
    let wanted = asked(query)?;
    let actor = &caller.program.actor;
    let pipeline = Some(pipeline_of(&web, actor, stage).await?);
    column(&web, &caller, ShowBoard { pipeline, column: Some(stage), below, ..wanted }).await
}

/// Which cards of a board to find. What is left out asks for nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct BoardSearch {
    /// What must be true of the leads.
    filter: Option<FilterBody>,
    /// What their name, e-mail address or telephone number begins with; from three letters on also words of their
    /// messages and notes.
    #[schema(min_length = 2, max_length = 100, example = "anna")]
    q: Option<String>,
    /// How many cards each column has: 50 if nothing is said.
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u16>,
}

/// Find the cards of a board.
///
/// The stages of a pipeline, each with the first cards within the key's reach for which a filter holds, and how many there
/// are. The filter is that of `POST /api/v1/leads/search`.
#[utoipa::path(post, path = "/api/v1/pipelines/{id}/board/search", operation_id = "searchBoard",
    params(("id" = Uuid, Path, description = "The pipeline's id.")),
    request_body = BoardSearch,
    responses((status = 200, description = "The board.", body = BoardBody)))]
pub async fn search(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let pipeline = pipeline_id(&id)?;
    let (_, object) = Object::read(request, &["filter", "q", "limit"], caller.text).await?;
    let wanted = ShowBoard { pipeline: Some(pipeline), ..sought(&object, &caller)? };
    let board = found(&web, &caller, &wanted).await?;
    Ok(told(StatusCode::OK, &BoardBody::of(&board, web.now())))
}

/// Which cards of a column to find. What is left out asks for nothing.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "it describes what the object is read for")]
pub struct CardSearch {
    /// What must be true of the leads.
    filter: Option<FilterBody>,
    /// What their name, e-mail address or telephone number begins with; from three letters on also words of their
    /// messages and notes.
    #[schema(min_length = 2, max_length = 100, example = "anna")]
    q: Option<String>,
    /// The place below which the part begins: the `next` of the part before.
    #[schema(max_length = 300)]
    after: Option<String>,
    /// How many cards a part has: 50 if nothing is said.
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u16>,
}

/// Find the cards of a column.
///
/// A part of the leads that stand in a stage, within the key's reach, for which a filter holds, from above to below. The
/// filter is that of `POST /api/v1/leads/search`.
#[utoipa::path(post, path = "/api/v1/stages/{id}/cards/search", operation_id = "searchCards",
    params(("id" = Uuid, Path, description = "The stage's id.")),
    request_body = CardSearch,
    responses((status = 200, description = "A part of the column.", body = ColumnBody)))]
pub async fn search_cards(
    State(web): State<Web>,
    caller: Caller,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
    request: Request,
) -> Result<Response, Problem> {
    query::none(raw.as_deref(), caller.text)?;
    let stage: StageId = id.parse().map_err(|_| Problem::not_found())?;
    let (_, object) = Object::read(request, &["filter", "q", "after", "limit"], caller.text).await?;
    let wanted = sought(&object, &caller)?;
    let pipeline = Some(pipeline_of(&web, &caller.program.actor, stage).await?);
    column(&web, &caller, ShowBoard { pipeline, column: Some(stage), ..wanted }).await
}

/// The pipeline to which a stage belongs.
async fn pipeline_of(web: &Web, actor: &Actor, stage: StageId) -> Result<PipelineId, Problem> {
    let pipelines = web.app().leads.stages(actor).await?;
    let pipeline = pipelines.live.iter().find(|pipeline| pipeline.stage(stage).is_some());
    Ok(pipeline.ok_or(Error::NotFound("stage"))?.id)
}

async fn column(web: &Web, caller: &Caller, wanted: ShowBoard) -> Result<Response, Problem> {
    let board = found(web, caller, &wanted).await?;
    let column = board.columns.first().ok_or(Error::NotFound("stage"))?;
    Ok(told(StatusCode::OK, &ColumnBody::of(column, &board, web.now())))
}

async fn found(web: &Web, caller: &Caller, wanted: &ShowBoard) -> Result<Board, Problem> {
    let board = web.app().leads.board(&caller.program.actor, wanted).await;
    board.map_err(|error| match error {
        Error::Invalid(faults) => invalid(&[], &faults, caller.text),
        error => error.into(),
    })
}

/// What an object asks for, with all that is wrong with it.
fn sought(object: &Object, caller: &Caller) -> Result<ShowBoard, Problem> {
    let (mut unreadable, mut faults) = (Vec::new(), Violations::default());
    let filter = filter(object.value("filter")).map_err(|rule| unreadable.push(("filter", rule))).unwrap_or_default();
    let texts = ["q", "after"].map(|name| object.text(name, &mut unreadable).filter(|text| !text.is_empty()));
    let [q, after] = texts;
    let search = q.and_then(|text| faults.keep("q", Search::parse(&text)));
    let below = after.and_then(|text| faults.keep("after", cursor::read_card(&text).ok_or(Rule::NotAPlace)));
    let limit = part_limit(object, &mut faults).unwrap_or(USUAL);
    if !unreadable.is_empty() || !faults.is_empty() {
        return Err(invalid(&unreadable, &faults, caller.text));
    }
    Ok(ShowBoard { filter, search, below, refuses_gone: true, ..everything(limit) })
}

/// All cards, so many in each column.
fn everything(limit: u16) -> ShowBoard {
    ShowBoard {
        pipeline: None,
        filter: LeadFilter::default(),
        search: None,
        column: None,
        below: None,
        limit,
        zone: TimeZone::UTC,
        refuses_gone: false,
    }
}

/// What both ask in the same words.
fn asked(mut query: Query) -> Result<ShowBoard, Problem> {
    let limit = query.take("limit", limit).unwrap_or(USUAL);
    let form: Option<FormId> = query.take("form", |text| text.parse().map_err(|_| Rule::NotAChoice));
    let search = query.take("q", Search::parse);
    let (limit, search) = query.or((limit, search))?;
    let filter = filter_of(None, form)?;
    Ok(ShowBoard { filter, search, ..everything(limit) })
}
