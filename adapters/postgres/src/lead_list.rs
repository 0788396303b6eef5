//! The list of leads: the one query that is put together at run time, from the conditions of a `LeadFilter`, an order and
//! groups.
//!
//! It is made of arms, each of which an index can serve under row security, and takes the first of what they find. The
//! place in the list is a key, not a count: the thousandth page costs what the first does.

mod arms;
pub(crate) mod board;
mod conditions;
mod own;
mod row;
mod words;

use qualify_domain::{
    id::LeadId,
    lead_order::{Group, LeadOrder, LeadPlace, SortBy, SortKey},
};
use qualify_ports::storage::{LeadQuery, LeadRow, Slice, StorageError};
use sqlx::{Postgres, QueryBuilder};

pub(crate) use self::words::find_words;
use self::{
    arms::{Arm, Bucket, arms},
    row::{COLUMNS, Row},
};
use crate::{error::failed, tx::Work, values::instant};

/// So many arms are looked through at once. Groups come one after the other, and mostly the first ones fill a page; each
/// is planned for what is in it, because one plan for any group reads all of the largest.
const AT_ONCE: usize = 8;

/// The same where the hits of a search are gathered first, which is done anew each time.
const HITS_AT_ONCE: usize = 64;

/// By what leads are put in buckets.
const BUCKETS: &str = "id, organization_id, stage_id, owner_id, form_id, grade";

/// At most so many hits of a search are gathered before they are put in order.
const FEW: u32 = 5_000;

/// A part of the list, as far as the work reaches.
pub(crate) async fn page(work: &mut Work, query: &LeadQuery<'_>) -> Result<Slice<LeadRow, LeadPlace>, StorageError> {
    let limit = usize::from(query.limit);
    let mut rows = read(work, query, Among::of(query)).await?;
    if rows.is_empty() && finds_many(work, query).await? {
        rows = read(work, query, Among::All).await?;
    }
    let more = rows.len() > limit;
    let taken = rows.into_iter().take(limit);
    let found: Vec<(LeadRow, SortKey)> = taken.map(|row| row.told(query.order)).collect::<Result<_, _>>()?;
    let next = found.last().filter(|_| more).map(|(row, key)| LeadPlace {
        group: query.groups.map(|groups| Group::of(groups.by(), row.stage, row.owner, row.form, row.score.grade())),
        key: key.clone(),
        id: row.id,
    });
    Ok(Slice { items: found.into_iter().map(|(row, _)| row).collect(), next })
}

/// Among which leads is looked.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Among {
    /// All there are.
    All,
    /// The hits of a search, gathered first; none if these are not few. The planner, who thinks that hits lie evenly among
    /// all leads, would walk through these until it has met enough of them.
    FewHits,
}

impl Among {
    /// Where to look first: mostly, few leads are what was sought, and one look at them is enough.
    const fn of(query: &LeadQuery<'_>) -> Self {
        if query.sought.is_some() { Self::FewHits } else { Self::All }
    }
}

/// Whether something is sought that many leads have.
async fn finds_many(work: &mut Work, query: &LeadQuery<'_>) -> Result<bool, StorageError> {
    Ok(query.sought.is_some() && count(work, query, FEW + 1).await? > FEW)
}

/// The first rows that the arms of a query find, and one more if there is one.
async fn read(work: &mut Work, query: &LeadQuery<'_>, among: Among) -> Result<Vec<Row>, StorageError> {
    let mut rows: Vec<Row> = Vec::new();
    let all = arms(work.owners.as_deref(), query);
    let at_once = if among == Among::All { AT_ONCE } else { HITS_AT_ONCE };
    for arms in all.chunks(at_once) {
        // Planned for these very values: a plan for any prefix would walk the whole list.
        let mut sql = begin(work, query, among, &format!("{BUCKETS}, {}", sorted_by(query.order).0));
        select(&mut sql, work, query, among, arms);
        rows.extend(sql.build_query_as::<Row>().persistent(false).fetch_all(&mut *work.sql).await.map_err(failed)?);
        if rows.len() > usize::from(query.limit) {
            break;
        }
    }
    Ok(rows)
}

/// The beginning of a query for leads; of hits, these columns are gathered.
fn begin(work: &Work, query: &LeadQuery<'_>, among: Among, gathered: &str) -> QueryBuilder<Postgres> {
    let mut sql = QueryBuilder::new("");
    if among == Among::FewHits {
        sql.push(format!("WITH hits AS MATERIALIZED (SELECT {gathered} FROM leads"));
        found(&mut sql, work, query);
        sql.push(" LIMIT ").push_bind(i64::from(FEW) + 1);
        sql.push("), leads AS NOT MATERIALIZED (SELECT * FROM hits WHERE (SELECT count(*) FROM hits) <= ");
        sql.push_bind(i64::from(FEW)).push(") ");
    }
    sql
}

/// All leads that a query asks for.
fn found(sql: &mut QueryBuilder<Postgres>, work: &Work, query: &LeadQuery<'_>) {
    sql.push(" WHERE organization_id = ").push_bind(work.organization);
    within_reach(sql, work);
    conditions::push(sql, query);
}

/// How many leads there are, counted to `most`.
pub(crate) async fn count(work: &mut Work, query: &LeadQuery<'_>, most: u32) -> Result<u32, StorageError> {
    let mut sql = QueryBuilder::new("SELECT count(*) FROM (SELECT FROM leads");
    found(&mut sql, work, query);
    sql.push(" LIMIT ").push_bind(i64::from(most)).push(") AS found");
    let counted: i64 = sql.build_query_scalar().persistent(false).fetch_one(&mut *work.sql).await.map_err(failed)?;
    Ok(u32::try_from(counted).unwrap_or(most))
}

fn within_reach(sql: &mut QueryBuilder<Postgres>, work: &Work) {
    if let Some(owners) = &work.owners {
        sql.push(" AND (owner_id IS NULL OR owner_id = ANY (").push_bind(owners.clone()).push("))");
    }
}

/// The column by which leads are sorted, and its type.
const fn sorted_by(order: LeadOrder) -> (&'static str, &'static str) {
    match order.by {
        SortBy::Created => ("created_at", "timestamptz"),
        SortBy::LastSubmission => ("last_submission_at", "timestamptz"),
        SortBy::Grade => ("standing", "text COLLATE \"C\""),
        SortBy::LastActivity => ("last_activity_at", "timestamptz"),
        SortBy::Company => ("company_norm", "text COLLATE \"C\""),
        SortBy::Name => ("name_norm", "text COLLATE \"C\""),
    }
}

const fn direction(order: LeadOrder) -> &'static str {
    if order.descending { "DESC" } else { "ASC" }
}

/// The first leads that some arms find, in their order. Of hits, only those that are told are read as a whole.
fn select(sql: &mut QueryBuilder<Postgres>, work: &Work, query: &LeadQuery<'_>, among: Among, arms: &[Arm<'_>]) {
    let way = direction(query.order);
    let in_order = format!(" ORDER BY place, late, sort_key {way}, id {way}");
    match (among, arms) {
        (Among::All, [only]) => arm(sql, work, query, among, only),
        (Among::All, _) => {
            sql.push(format!("SELECT {COLUMNS} FROM "));
            together(sql, work, query, among, arms);
            sql.push(in_order);
            limit(sql, query);
        }
        (Among::FewHits, _) => {
            sql.push(format!("SELECT {COLUMNS} FROM (SELECT id AS hit, sort_key, place, late FROM "));
            together(sql, work, query, among, arms);
            sql.push(&in_order);
            limit(sql, query);
            // The table, whose name the few hits bear here.
            sql.push(") AS told JOIN public.leads ON id = hit AND organization_id = ").push_bind(work.organization);
            sql.push(in_order);
        }
    }
}

/// What some arms find, one after the other.
fn together(sql: &mut QueryBuilder<Postgres>, work: &Work, query: &LeadQuery<'_>, among: Among, arms: &[Arm<'_>]) {
    for (at, one) in arms.iter().enumerate() {
        sql.push(if at == 0 { "((" } else { " UNION ALL (" });
        arm(sql, work, query, among, one);
        sql.push(")");
    }
    sql.push(") AS arms");
}

/// One more than asked for tells whether there is a next part.
fn limit(sql: &mut QueryBuilder<Postgres>, query: &LeadQuery<'_>) {
    sql.push(" LIMIT ").push_bind(i64::from(query.limit) + 1);
}

/// What one arm finds: of one bucket plainly, of several owners the first of each.
fn arm(sql: &mut QueryBuilder<Postgres>, work: &Work, query: &LeadQuery<'_>, among: Among, arm: &Arm<'_>) {
    match &arm.bucket {
        Bucket::EachOwner(owners) => {
            sql.push("SELECT own.* FROM unnest(").push_bind(owners.clone());
            sql.push("::uuid[]) AS bucket (value), LATERAL (");
            first(sql, work, query, among, arm);
            sql.push(" AND owner_id = bucket.value");
            in_order(sql, query, arm);
            sql.push(") AS own");
            if arm.keyless {
                sql.push(format!(" ORDER BY id {}", direction(query.order)));
            } else {
                sql.push(format!(" ORDER BY sort_key {way}, id {way}", way = direction(query.order)));
            }
            limit(sql, query);
        }
        plain => {
            first(sql, work, query, among, arm);
            match plain {
                Bucket::Of(column, Some(id)) => {
                    sql.push(format!(" AND {column} = ")).push_bind(*id);
                }
                Bucket::Of(column, None) => {
                    sql.push(format!(" AND {column} IS NULL"));
                }
                Bucket::Grade(grade) => {
                    sql.push(" AND grade = ").push_bind(grade.to_string());
                }
                Bucket::Whole | Bucket::EachOwner(_) => {}
            }
            in_order(sql, query, arm);
        }
    }
}

fn in_order(sql: &mut QueryBuilder<Postgres>, query: &LeadQuery<'_>, arm: &Arm<'_>) {
    let way = direction(query.order);
    if arm.keyless {
        sql.push(format!(" ORDER BY id {way}"));
    } else {
        sql.push(format!(" ORDER BY {} {way}, id {way}", sorted_by(query.order).0));
    }
    limit(sql, query);
}

/// The beginning of an arm: its columns and all conditions but that of its bucket. Hits were gathered by the conditions, and
/// are not whole yet.
fn first(sql: &mut QueryBuilder<Postgres>, work: &Work, query: &LeadQuery<'_>, among: Among, arm: &Arm<'_>) {
    let (column, kind) = sorted_by(query.order);
    let key = if arm.keyless { format!("NULL::{kind}") } else { column.to_owned() };
    let (place, late) = (arm.place, i32::from(arm.keyless));
    let columns = if among == Among::All { COLUMNS } else { "id" };
    sql.push(format!(
        "SELECT {columns}, {key} AS sort_key, {place} AS place, {late} AS late FROM leads WHERE organization_id = "
    ));
    sql.push_bind(work.organization);
    if arm.checks_reach {
        within_reach(sql, work);
    }
    if query.order.by.may_lack() {
        sql.push(format!(" AND {column} IS {}", if arm.keyless { "NULL" } else { "NOT NULL" }));
    }
    if let Some(after) = arm.after {
        beyond(sql, query.order, after);
    }
    if among == Among::All {
        conditions::push(sql, query);
    }
}

/// What comes after a place, by a comparison that an index serves.
fn beyond(sql: &mut QueryBuilder<Postgres>, order: LeadOrder, after: &LeadPlace) {
    let sign = if order.descending { "<" } else { ">" };
    let LeadId(id) = after.id;
    match &after.key {
        SortKey::Nothing => {
            sql.push(format!(" AND id {sign} ")).push_bind(id);
        }
        SortKey::Instant(at) => {
            sql.push(format!(" AND ({}, id) {sign} (", sorted_by(order).0)).push_bind(instant(*at));
            sql.push(", ").push_bind(id).push(")");
        }
        SortKey::Text(text) => {
            sql.push(format!(" AND ({}, id) {sign} (", sorted_by(order).0)).push_bind(text.clone());
            sql.push(" COLLATE \"C\", ").push_bind(id).push(")");
        }
    }
}
