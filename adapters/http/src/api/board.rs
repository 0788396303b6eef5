//! The board: `/api/v1/pipelines/{id}/board` and `/api/v1/stages/{id}/cards`.

use axum::{
    extract::{Path, RawQuery, State},
    response::Response,
};
use http::StatusCode;
use jiff::tz::TimeZone;
use qualify_domain::{
    id::{FormId, StageId},
    lead_filter::Search,
    violation::Rule,
};
use qualify_usecases::{Board, Error, ShowBoard};
use uuid::Uuid;

use super::{
    cursor,
    door::Caller,
    leads::filter_of,
    pipelines::pipeline_id,
    query::{Query, USUAL, limit},
    told,
    wire::{BoardBody, ColumnBody},
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
    let pipelines = web.app().leads.stages(actor).await?;
    let pipeline = pipelines.live.iter().find(|pipeline| pipeline.stage(stage).is_some());
    let pipeline = pipeline.ok_or(Error::NotFound("stage"))?.id;
    let wanted = ShowBoard { pipeline: Some(pipeline), column: Some(stage), below, ..wanted };
    let board: Board = web.app().leads.board(actor, &wanted).await?;
    let column = board.columns.first().ok_or(Error::NotFound("stage"))?;
    Ok(told(StatusCode::OK, &ColumnBody::of(column, &board, web.now())))
}

/// What both ask in the same words.
fn asked(mut query: Query) -> Result<ShowBoard, Problem> {
    let limit = query.take("limit", limit).unwrap_or(USUAL);
    let form: Option<FormId> = query.take("form", |text| text.parse().map_err(|_| Rule::NotAChoice));
    let search = query.take("q", Search::parse);
    let (limit, search) = query.or((limit, search))?;
    let filter = filter_of(None, form)?;
    Ok(ShowBoard { pipeline: None, filter, search, column: None, below: None, limit, zone: TimeZone::UTC })
}
