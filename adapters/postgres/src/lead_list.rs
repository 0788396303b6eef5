//! The list of leads: the one query that is put together at run time, from the conditions of a `LeadFilter`.
//!
//! Every condition is one that an index serves under row security, and the place in the list is a key, not a count: the
//! thousandth page costs what the first does.

use qualify_domain::{
    id::{FormId, LeadId, StageId, UserId},
    lead_filter::{LeadFilter, Search},
};
use qualify_ports::storage::{LeadCursor, LeadRow, Slice, StorageError};
use sqlx::{FromRow, Postgres, QueryBuilder};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::failed,
    tx::Work,
    values::{instant, optional, phone, standing, timestamp},
};

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
    phone_e164: Option<String>,
    stage_id: Uuid,
    owner_id: Option<Uuid>,
    form_id: Option<Uuid>,
    fit: i16,
    engagement: i16,
    created_at: OffsetDateTime,
}

impl TryFrom<Row> for LeadRow {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        Ok(Self {
            id: LeadId(row.id),
            name: optional(row.name.as_deref())?,
            email: optional(row.email.as_deref())?,
            phone: phone(row.phone, row.phone_e164),
            stage: StageId(row.stage_id),
            owner: row.owner_id.map(UserId),
            form: row.form_id.map(FormId),
            score: standing(row.fit, row.engagement)?,
            created_at: timestamp(row.created_at)?,
        })
    }
}

/// Which part of the list.
struct Part<'a> {
    filter: &'a LeadFilter,
    after: Option<LeadCursor>,
    limit: u16,
}

/// A part of the list, newest first, after `after`, as far as the work reaches.
pub(crate) async fn page(
    work: &mut Work,
    filter: &LeadFilter,
    after: Option<LeadCursor>,
    limit: u16,
) -> Result<Slice<LeadRow, LeadCursor>, StorageError> {
    let mut query = select(work, &Part { filter, after, limit });
    // Planned for these very values: a plan for any prefix would walk the whole list.
    let rows: Vec<Row> = query.build_query_as().persistent(false).fetch_all(&mut *work.sql).await.map_err(failed)?;
    let more = rows.len() > usize::from(limit);
    let items: Vec<LeadRow> =
        rows.into_iter().take(usize::from(limit)).map(LeadRow::try_from).collect::<Result<_, _>>()?;
    let next = items.last().filter(|_| more).map(|last| LeadCursor { created_at: last.created_at, id: last.id });
    Ok(Slice { items, next })
}

const COLUMNS: &str = "id, name, email, phone, phone_e164, stage_id, owner_id, form_id, fit, engagement, created_at";

fn select(work: &Work, part: &Part<'_>) -> QueryBuilder<Postgres> {
    let mut query = QueryBuilder::new("");
    match &work.owners {
        None => newest(&mut query, work, "", part),
        Some(owners) => {
            // The newest of the queue, and of each owner within reach; then the newest of these.
            query.push(format!("SELECT {COLUMNS} FROM (("));
            newest(&mut query, work, " AND owner_id IS NULL", part);
            query.push(format!(") UNION ALL SELECT {COLUMNS} FROM unnest(")).push_bind(owners.clone());
            query.push(") AS reached (owner), LATERAL (");
            newest(&mut query, work, " AND owner_id = reached.owner", part);
            query.push(") AS own) AS within_reach");
            in_order(&mut query, part);
        }
    }
    query
}

fn newest(query: &mut QueryBuilder<Postgres>, work: &Work, whose: &str, part: &Part<'_>) {
    query.push(format!("SELECT {COLUMNS} FROM leads WHERE organization_id = "));
    query.push_bind(work.organization).push(whose);
    if let Some(StageId(stage)) = part.filter.stage {
        query.push(" AND stage_id = ").push_bind(stage);
    }
    if let Some(FormId(form)) = part.filter.form {
        query.push(" AND form_id = ").push_bind(form);
    }
    if let Some(search) = &part.filter.search {
        begins_with(query, search);
    }
    if let Some(LeadCursor { created_at, id }) = part.after {
        query.push(" AND (created_at, id) < (").push_bind(instant(created_at));
        query.push(", ").push_bind(id.0).push(")");
    }
    in_order(query, part);
}

/// One more than asked for tells whether there is a next part.
fn in_order(query: &mut QueryBuilder<Postgres>, part: &Part<'_>) {
    query.push(" ORDER BY created_at DESC, id DESC LIMIT ").push_bind(i64::from(part.limit) + 1);
}

fn begins_with(query: &mut QueryBuilder<Postgres>, search: &Search) {
    query.push(" AND (name_norm ^@ ").push_bind(search.prefix().to_owned());
    query.push(" OR email_norm ^@ ").push_bind(search.prefix().to_owned());
    if let Some(number) = search.phone_prefix() {
        query.push(" OR phone_e164 ^@ ").push_bind(number);
    }
    query.push(")");
}
