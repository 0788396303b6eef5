//! The board, in the words of the API.

use jiff::Timestamp;
use qualify_ports::storage::Card;
use qualify_usecases::{Board, BoardColumn, MOST_COUNTED};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Around, LeadSummary};
use crate::api::cursor;

/// A lead as a card of the board shows it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CardBody {
    /// The lead.
    #[serde(flatten)]
    lead: LeadSummary,
    /// Since when it stands there.
    #[schema(value_type = String, format = DateTime)]
    stage_entered_at: Timestamp,
}

impl CardBody {
    fn of(card: &Card, around: Around<'_>) -> Self {
        Self { lead: LeadSummary::of(&card.lead, around), stage_entered_at: card.stage_entered_at }
    }
}

/// A column of the board: a stage, and a part of the leads that stand there.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColumnBody {
    /// The stage.
    stage: Uuid,
    /// How many leads there are, in this part or not: exact up to 10,000.
    #[schema(maximum = 10_000, example = 1)]
    count: u32,
    /// Whether there are more than were counted.
    more: bool,
    /// The cards, from above to below.
    items: Vec<CardBody>,
    /// What to send as `after` to `GET /api/v1/stages/{id}/cards` for the next part; null if this is the last.
    next: Option<String>,
}

impl ColumnBody {
    /// A column of a board at `now`.
    pub fn of(column: &BoardColumn, board: &Board, now: Timestamp) -> Self {
        let around = Around { own: &board.properties, pipelines: &board.pipelines, now };
        Self {
            stage: column.stage.0,
            count: column.count.min(MOST_COUNTED),
            more: column.count > MOST_COUNTED,
            items: column.cards.items.iter().map(|card| CardBody::of(card, around)).collect(),
            next: column.cards.next.as_ref().map(cursor::written_card),
        }
    }
}

/// The board of a pipeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct BoardBody {
    /// The pipeline.
    pipeline: Uuid,
    /// Its stages, in their order.
    columns: Vec<ColumnBody>,
    /// Whether the search may have found more leads by their messages and notes than it tells: it was too broad.
    found_more: bool,
}

impl BoardBody {
    /// A board at `now`.
    pub fn of(board: &Board, now: Timestamp) -> Self {
        let columns = board.columns.iter().map(|column| ColumnBody::of(column, board, now)).collect();
        Self { pipeline: board.pipeline.0, columns, found_more: board.found_more }
    }
}
