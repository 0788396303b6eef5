//! The board: the stages of a pipeline as columns, leads as cards.

use askama::Template;
use axum::{
    extract::{RawQuery, State},
    response::Response,
};
use jiff::Timestamp;
use qualify_domain::{
    access::Permission,
    id::{LeadId, PipelineId},
    lead_filter::{Condition, LeadFilter, Node},
    pipeline::{Pipeline, Stage},
    view::Layout,
};
use qualify_ports::storage::{Card, CardPlace};
use qualify_usecases::{Board, BoardColumn, MOST_COUNTED, ShowBoard};

use super::leads::{Asked, Frame, Looked, Names, Tools, give_up_reasons, with};
use crate::{
    actor::Member,
    moment::{Calendar, Moment},
    page::{Face, Page, show},
    problem::Problem,
    web::Web,
};

/// So many cards a column shows at first.
const CARDS: u16 = 40;

#[derive(Template)]
#[template(path = "pages/board.html")]
struct BoardPage {
    page: Page,
    tools: Tools,
    may_move: bool,
    pipelines: Vec<PipelineChip>,
    columns: Vec<ColumnFace>,
    reasons: Vec<(String, String)>,
    search_fault: String,
    found_more: bool,
    /// Whether something was left out because it speaks of a property that is gone.
    left_out: bool,
    here: String,
}

struct PipelineChip {
    name: String,
    address: String,
    current: bool,
}

struct ColumnFace {
    id: String,
    name: String,
    kind: &'static str,
    count: String,
    cards: Vec<CardFace>,
    /// Where the cards below are; empty if there are none.
    more: String,
}

struct CardFace {
    id: LeadId,
    version: i32,
    name: String,
    company: String,
    owner: Option<Face>,
    grade: String,
    since: Moment,
    is_stale: bool,
}

/// `GET /board`
pub async fn open(State(web): State<Web>, member: Member, RawQuery(raw): RawQuery) -> Result<Response, Problem> {
    let asked = Asked::read(raw.as_deref());
    let actor = &member.0.actor;
    let views = web.app().views.list(actor).await?;
    let mut looked = Looked::at(&asked, &views, member.text())?;
    looked.settings.layout = Layout::Board;
    looked.after = None;
    let calendar = web.calendar(&member.0);
    let pipeline = chosen(&looked.settings.filter);
    let wanted = ShowBoard {
        pipeline,
        filter: looked.settings.filter.clone(),
        search: looked.search.clone(),
        column: asked.get("column").map(|stage| stage.parse().map_err(|_| Problem::bad_request())).transpose()?,
        below: asked.get("below").map(|place| read_place(place).ok_or_else(Problem::bad_request)).transpose()?,
        limit: CARDS,
        zone: calendar.zone().clone(),
        refuses_gone: false,
    };
    let board = web.app().leads.board(actor, &wanted).await?;
    let left_out = looked.leave_out_gone(&board.properties);
    let Board { pipelines, forms, members, properties, .. } = &board;
    let names = Names { t: member.text(), pipelines, forms, members, properties };
    let frame = Frame { member: &member, views: &views, looked: &looked, names };
    let now = web.now();
    show(&BoardPage {
        page: Page::of(&member.0, "board", frame.title("board-title")),
        tools: frame.tools(None, asked.get("removed").unwrap_or_default().to_owned(), false),
        may_move: actor.may(Permission::QualifyLead),
        pipelines: pipeline_chips(&looked, &board)?,
        columns: board.columns.iter().filter_map(|column| face(&frame, &board, column, &calendar, now)).collect(),
        reasons: give_up_reasons(&board.reasons),
        search_fault: looked.search_fault.clone(),
        found_more: board.found_more,
        left_out,
        here: looked.address(),
    })
}

/// The pipeline that a filter is about, if it is about one.
fn chosen(filter: &LeadFilter) -> Option<PipelineId> {
    filter.parts().iter().find_map(|part| match part {
        Node::Is(Condition::Pipeline(pipelines)) => pipelines.first().copied().filter(|_| pipelines.len() == 1),
        _ => None,
    })
}

/// The pipelines, where there is more than one.
fn pipeline_chips(looked: &Looked, board: &Board) -> Result<Vec<PipelineChip>, Problem> {
    let several = board.pipelines.live.iter().filter(|_| board.pipelines.live.len() > 1);
    let chip = |pipeline: &Pipeline| {
        let filter = with(&looked.settings.filter, Condition::Pipeline(vec![pipeline.id]))?;
        Ok(PipelineChip {
            name: pipeline.name.to_string(),
            address: looked.with(|settings| settings.filter = filter),
            current: pipeline.id == board.pipeline,
        })
    };
    several.map(chip).collect()
}

fn face(
    frame: &Frame<'_>,
    board: &Board,
    column: &BoardColumn,
    calendar: &Calendar,
    now: Timestamp,
) -> Option<ColumnFace> {
    let stage = board.pipelines.stage(column.stage)?;
    let count = if column.count > MOST_COUNTED {
        frame.names.t.get("board-count-many")
    } else {
        frame.names.t.number(u64::from(column.count))
    };
    let more = column.cards.next.as_ref().map(|next| {
        let place = format!("{}~{}", next.rank.as_str(), next.id);
        let pairs = [("column", stage.id.to_string()), ("below", place)];
        let here = frame.looked.address();
        let sign = if here.contains('?') { '&' } else { '?' };
        format!("{here}{sign}{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
    });
    let card = |card: &Card| card_face(frame, stage, card, calendar, now);
    Some(ColumnFace {
        id: stage.id.to_string(),
        name: stage.name.to_string(),
        kind: stage.kind.code(),
        count,
        cards: column.cards.items.iter().map(card).collect(),
        more: more.unwrap_or_default(),
    })
}

fn card_face(frame: &Frame<'_>, stage: &Stage, card: &Card, calendar: &Calendar, now: Timestamp) -> CardFace {
    CardFace {
        id: card.lead.id,
        version: card.lead.version,
        name: card.lead.title().map_or_else(|| frame.names.t.get("nameless"), str::to_owned),
        company: card.lead.company.as_deref().unwrap_or_default().to_owned(),
        owner: card.lead.owner.and_then(|owner| frame.names.member(owner)).map(Face::new),
        grade: card.lead.score.grade().to_string(),
        since: calendar.moment(card.stage_entered_at),
        is_stale: stage.is_stale(card.lead.last_activity_at, now),
    }
}

fn read_place(text: &str) -> Option<CardPlace> {
    let (rank, id) = text.split_once('~')?;
    Some(CardPlace { rank: rank.parse().ok()?, id: id.parse().ok()? })
}
