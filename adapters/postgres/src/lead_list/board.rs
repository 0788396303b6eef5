//! The board: the first cards of each column, counted and moved by their ranks.

use qualify_domain::{
    id::{LeadId, StageId},
    lead_order::LeadOrder,
    rank::Rank,
};
use qualify_ports::storage::{Beside, BoardQuery, Card, CardPlace, Gap, Slice, StorageError};
use sqlx::{FromRow, Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{
    Among, begin, conditions, finds_many,
    row::{COLUMNS, Row},
    within_reach,
};
use crate::{
    error::failed,
    tx::Work,
    values::{optional, timestamp, value},
};

/// By what cards are arranged, beside what their leads are made of.
const ARRANGED: &str = "organization_id, rank, stage_entered_at";

#[derive(FromRow)]
struct CardRow {
    #[sqlx(flatten)]
    lead: Row,
    rank: String,
    stage_entered_at: OffsetDateTime,
    place: i32,
}

impl TryFrom<CardRow> for Card {
    type Error = StorageError;

    fn try_from(row: CardRow) -> Result<Self, StorageError> {
        Ok(Self {
            lead: row.lead.told(LeadOrder::default())?.0,
            rank: value(&row.rank)?,
            stage_entered_at: timestamp(row.stage_entered_at)?,
        })
    }
}

/// The first cards of each column.
pub(crate) async fn cards(
    work: &mut Work,
    query: &BoardQuery<'_>,
) -> Result<Vec<Slice<Card, CardPlace>>, StorageError> {
    let mut columns: Vec<Vec<Card>> = query.stages.iter().map(|_| Vec::new()).collect();
    if columns.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows = read(work, query, Among::of(&query.leads)).await?;
    if rows.is_empty() && finds_many(work, &query.leads).await? {
        rows = read(work, query, Among::All).await?;
    }
    for row in rows {
        let column = usize::try_from(row.place).ok().and_then(|place| columns.get_mut(place));
        if let Some(column) = column {
            column.push(row.try_into()?);
        }
    }
    let most = usize::from(query.leads.limit);
    Ok(columns.into_iter().map(|cards| slice(cards, most)).collect())
}

/// The first rows of each column, and one more of each that has more.
async fn read(work: &mut Work, query: &BoardQuery<'_>, among: Among) -> Result<Vec<CardRow>, StorageError> {
    let mut sql = begin(work, &query.leads, among, &format!("{COLUMNS}, {ARRANGED}"));
    for (place, stage) in query.stages.iter().enumerate() {
        sql.push(if place == 0 { "(" } else { " UNION ALL (" });
        sql.push(format!("SELECT {COLUMNS}, rank, stage_entered_at, {place} AS place FROM leads"));
        standing(&mut sql, work, *stage);
        if among == Among::All {
            conditions::push(&mut sql, &query.leads);
        }
        if let Some(CardPlace { rank, id }) = query.below {
            sql.push(" AND (rank, id) > (").push_bind(rank.as_str().to_owned());
            sql.push(" COLLATE \"C\", ").push_bind(id.0).push(")");
        }
        sql.push(" ORDER BY rank, id LIMIT ").push_bind(i64::from(query.leads.limit) + 1).push(")");
    }
    sql.build_query_as().persistent(false).fetch_all(&mut *work.sql).await.map_err(failed)
}

fn slice(mut cards: Vec<Card>, most: usize) -> Slice<Card, CardPlace> {
    cards.sort_by(|one, other| (&one.rank, one.lead.id).cmp(&(&other.rank, other.lead.id)));
    let more = cards.len() > most;
    cards.truncate(most);
    let next = cards.last().filter(|_| more).map(|card| CardPlace { rank: card.rank.clone(), id: card.lead.id });
    Slice { items: cards, next }
}

/// How many cards each column has, each counted to `most`.
pub(crate) async fn count(work: &mut Work, query: &BoardQuery<'_>, most: u32) -> Result<Vec<u32>, StorageError> {
    let mut sql = QueryBuilder::new("SELECT ARRAY[");
    for (place, stage) in query.stages.iter().enumerate() {
        sql.push(if place == 0 { "" } else { ", " });
        sql.push("(SELECT count(*) FROM (SELECT FROM leads");
        standing(&mut sql, work, *stage);
        conditions::push(&mut sql, &query.leads);
        sql.push(" LIMIT ").push_bind(i64::from(most)).push(") AS found)");
    }
    sql.push("]::bigint[]");
    let counts: Vec<i64> =
        sql.build_query_scalar().persistent(false).fetch_one(&mut *work.sql).await.map_err(failed)?;
    Ok(counts.into_iter().map(|count| u32::try_from(count).unwrap_or(most)).collect())
}

/// What stands in a column.
fn standing(sql: &mut QueryBuilder<Postgres>, work: &Work, stage: StageId) {
    sql.push(" WHERE organization_id = ").push_bind(work.organization);
    sql.push(" AND stage_id = ").push_bind(stage.0);
    within_reach(sql, work);
}

/// The ranks between which there is room beside a card.
pub(crate) async fn gap(work: &mut Work, stage: StageId, beside: Beside) -> Result<Option<Gap>, StorageError> {
    let (Beside::Above(LeadId(id)) | Beside::Below(LeadId(id))) = beside;
    let row = sqlx::query!(
        r#"SELECT here.rank,
            (SELECT rank FROM leads WHERE organization_id = $1 AND stage_id = $2 AND rank < here.rank
                ORDER BY rank DESC LIMIT 1) AS above,
            (SELECT rank FROM leads WHERE organization_id = $1 AND stage_id = $2 AND rank > here.rank
                ORDER BY rank LIMIT 1) AS below
        FROM leads AS here WHERE organization_id = $1 AND stage_id = $2 AND id = $3"#,
        work.organization,
        stage.0,
        id,
    )
    .fetch_optional(&mut *work.sql)
    .await
    .map_err(failed)?;
    let Some(row) = row else { return Ok(None) };
    let here = Some(value(&row.rank)?);
    Ok(Some(match beside {
        Beside::Above(_) => (optional(row.above.as_deref())?, here),
        Beside::Below(_) => (here, optional(row.below.as_deref())?),
    }))
}

/// Gives the nearest cards above and below a rank new ranks, with room between them.
pub(crate) async fn spread(work: &mut Work, stage: StageId, around: &Rank, most: u16) -> Result<(), StorageError> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id!", rank AS "rank!" FROM (
            (SELECT id, rank FROM leads WHERE organization_id = $1 AND stage_id = $2 AND rank <= $3
                ORDER BY rank DESC, id DESC LIMIT $4)
            UNION ALL
            (SELECT id, rank FROM leads WHERE organization_id = $1 AND stage_id = $2 AND rank > $3
                ORDER BY rank, id LIMIT $4)
        ) AS near ORDER BY rank, id"#,
        work.organization,
        stage.0,
        around.as_str(),
        i64::from(most),
    )
    .fetch_all(&mut *work.sql)
    .await
    .map_err(failed)?;
    // The outermost on either side stay where they are, unless the column ends there.
    let (half, above) = (usize::from(most), rows.iter().filter(|row| *row.rank <= *around.as_str()).count());
    let (first, last) = (usize::from(above == half), rows.len() - usize::from(rows.len() - above == half));
    let edge = |row: Option<usize>| row.and_then(|at| rows.get(at)).map(|row| value::<Rank>(&row.rank)).transpose();
    let (upper, lower) = (edge(first.checked_sub(1))?, edge(Some(last))?);
    let ids: Vec<Uuid> = rows[first..last].iter().map(|row| row.id).collect();
    let ranks = Rank::spread(upper.as_ref(), lower.as_ref(), ids.len());
    let ranks: Vec<String> = ranks.iter().map(|rank| rank.as_str().to_owned()).collect();
    sqlx::query!(
        "UPDATE leads SET rank = fresh.rank FROM unnest($2::uuid[], $3::text[]) AS fresh (id, rank)
        WHERE organization_id = $1 AND leads.id = fresh.id",
        work.organization,
        &ids,
        &ranks,
    )
    .execute(&mut *work.sql)
    .await
    .map_err(failed)?;
    Ok(())
}
