//! Many leads at once: by what they are scored, and their scores. A batch is a handful of statements, whatever its size.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    id::{FormId, LeadId},
    pipeline::StageKind,
    property::{Properties, Property},
    score::{Facts, Grade, MOST_OCCURRENCES, MailKind, Occurrence, Signal, Standing},
    submission::Attribution,
};
use qualify_ports::{
    scorer::Subject,
    storage::{Candidate, Scored, StorageError},
};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{instant, optional, timestamp, value, values},
};

/// A score is not looked at again sooner than this by itself, whatever a scorer says.
const SHORTEST: SignedDuration = SignedDuration::from_mins(1);

/// The leads within reach: their number, and at most `limit` of them. The last digits of an id are chance, so that the
/// leads that begin with the same ones are a fair sample.
pub(crate) async fn sample(work: &mut Work, limit: u32) -> Result<(u64, Vec<LeadId>), StorageError> {
    let all = sqlx::query_scalar!(
        r#"SELECT count(*) AS "all!" FROM leads
        WHERE organization_id = $1 AND ($2::uuid[] IS NULL OR owner_id = ANY ($2) OR owner_id IS NULL)"#,
        work.organization,
        work.owners.as_deref() as _,
    )
    .fetch_one(&mut *work.sql)
    .await
    .map_err(failed)?;
    let leads = sqlx::query_scalar!(
        "SELECT id FROM leads
        WHERE organization_id = $1 AND ($2::uuid[] IS NULL OR owner_id = ANY ($2) OR owner_id IS NULL)
        ORDER BY CASE WHEN $4 THEN right(id::text, 8) END, id LIMIT $3",
        work.organization,
        work.owners.as_deref() as _,
        i64::from(limit),
        all > i64::from(limit),
    )
    .fetch_all(&mut *work.sql)
    .await
    .map_err(failed)?;
    Ok((u64::try_from(all).map_err(|_| corrupt("count"))?, leads.into_iter().map(LeadId).collect()))
}

/// The leads within reach that come after that one.
pub(crate) async fn following(work: &mut Work, after: Option<LeadId>, limit: u16) -> Result<Vec<LeadId>, StorageError> {
    let leads = sqlx::query_scalar!(
        "SELECT id FROM leads
        WHERE organization_id = $1 AND id > $3 AND ($2::uuid[] IS NULL OR owner_id = ANY ($2) OR owner_id IS NULL)
        ORDER BY id LIMIT $4",
        work.organization,
        work.owners.as_deref() as _,
        after.map_or(Uuid::nil(), |lead| lead.0),
        i64::from(limit),
    )
    .fetch_all(&mut *work.sql)
    .await
    .map_err(failed)?;
    Ok(leads.into_iter().map(LeadId).collect())
}

/// By what these leads are scored. Of their properties only those leave the database that rules ask for, and of what is
/// free text only whether there is any.
pub(crate) async fn candidates(
    work: &mut Work,
    leads: &[LeadId],
    own: &[Property],
) -> Result<Vec<Candidate>, StorageError> {
    let ids: Vec<Uuid> = leads.iter().map(|lead| lead.0).collect();
    let (asked, free): (Vec<String>, Vec<bool>) =
        own.iter().map(|property| (property.id.to_string(), property.kind.is_free_text())).unzip();
    let rows = sqlx::query!(
        r#"SELECT l.id, l.name IS NOT NULL AS "has_name!", l.email, l.phone IS NOT NULL AS "has_phone!", l.phone_e164,
            l.company IS NOT NULL AS "has_company!", l.tags, l.form_id, f.language AS "language?", l.source, l.first_touch AS "first_touch: Json<Attribution>",
            l.last_touch AS "last_touch: Json<Attribution>", l.created_at, s.changes,
            CASE WHEN s.version IS NOT NULL THEN l.grade END AS grade,
            CASE WHEN cardinality($4::text[]) > 0 THEN (
                SELECT jsonb_object_agg(own.id, CASE WHEN own.free THEN 'true'::jsonb ELSE l.properties -> own.id END)
                FROM unnest($4::text[], $5::boolean[]) AS own (id, free) WHERE l.properties -> own.id IS NOT NULL
            ) END AS "properties?: Json<Properties>"
        FROM unnest($2::uuid[]) AS wanted (id)
        JOIN leads AS l ON l.organization_id = $1 AND l.id = wanted.id
        JOIN lead_scores AS s ON s.organization_id = $1 AND s.lead_id = l.id
        LEFT JOIN forms AS f ON f.organization_id = $1 AND f.id = l.form_id
        WHERE $3::uuid[] IS NULL OR l.owner_id = ANY ($3) OR l.owner_id IS NULL"#,
        work.organization,
        &ids,
        work.owners.as_deref() as _,
        &asked,
        &free,
    )
    .fetch_all(&mut *work.sql)
    .await
    .map_err(failed)?;
    // After the marks were read: what comes between makes these old, and the lead is scored once more.
    let mut occurrences = occurrences(work, &ids).await?;
    rows.into_iter()
        .map(|row| {
            let facts = Facts {
                has_name: row.has_name,
                mail: row.email.as_deref().map(MailKind::of),
                has_phone: row.has_phone,
                has_company: row.has_company,
                tags: values(&row.tags)?,
                e164: row.phone_e164,
                form: row.form_id.map(FormId),
                language: optional(row.language.as_deref())?,
                source: row.source,
                touches: [row.first_touch.0, row.last_touch.0],
                properties: row.properties.map(|known| known.0).unwrap_or_default(),
                opened_at: timestamp(row.created_at)?,
            };
            let subject = Subject { facts, occurrences: occurrences.remove(&row.id).unwrap_or_default() };
            let grade = optional::<Grade>(row.grade.as_deref())?;
            Ok(Candidate { lead: LeadId(row.id), seen: row.changes, grade, subject })
        })
        .collect()
}

/// What happened around these leads, of each the latest.
async fn occurrences(work: &mut Work, leads: &[Uuid]) -> Result<BTreeMap<Uuid, Vec<Occurrence>>, StorageError> {
    let rows = sqlx::query!(
        r#"SELECT wanted.id AS "lead!", a.at, a.kind, sent.form_id AS "form_id?", stage.kind AS "stage_kind?"
        FROM unnest($2::uuid[]) AS wanted (id), LATERAL (
            SELECT at, kind, submission_id, to_stage_id FROM activities
            WHERE organization_id = $1 AND lead_id = wanted.id
                AND kind IN ('submitted', 'noted', 'moved', 'called', 'mailed', 'met')
            ORDER BY at DESC, id DESC LIMIT $3
        ) AS a
        LEFT JOIN submissions AS sent ON sent.organization_id = $1 AND sent.id = a.submission_id
        LEFT JOIN stages AS stage ON stage.organization_id = $1 AND stage.id = a.to_stage_id"#,
        work.organization,
        leads,
        i64::from(MOST_OCCURRENCES),
    )
    .fetch_all(&mut *work.sql)
    .await
    .map_err(failed)?;
    let mut found: BTreeMap<Uuid, Vec<Occurrence>> = BTreeMap::new();
    for row in rows {
        let signal = match (&*row.kind, row.form_id, row.stage_kind.as_deref()) {
            ("submitted", Some(form), _) => Signal::Submission(FormId(form)),
            ("moved", _, Some(kind)) => Signal::Move(value::<StageKind>(kind)?),
            ("noted", ..) => Signal::Note,
            ("called", ..) => Signal::Call,
            ("mailed", ..) => Signal::Mail,
            ("met", ..) => Signal::Meeting,
            _ => continue,
        };
        found.entry(row.lead).or_default().push(Occurrence { at: timestamp(row.at)?, signal });
    }
    Ok(found)
}

/// Scores as the database takes them: one array for each column.
#[derive(Default)]
struct Columns {
    leads: Vec<Uuid>,
    fits: Vec<i16>,
    engagements: Vec<i16>,
    grades: Vec<String>,
    marked: Vec<bool>,
    breakdowns: Vec<String>,
    due: Vec<Option<OffsetDateTime>>,
    /// The entries of timelines, of some of them only: ids, leads, grades before and after.
    entries: Vec<Uuid>,
    told: Vec<Uuid>,
    before: Vec<String>,
    after: Vec<String>,
}

impl Columns {
    fn of<'a>(scores: impl Iterator<Item = &'a Scored>, now: Timestamp) -> Result<Self, StorageError> {
        let mut columns = Self::default();
        for scored in scores {
            let Standing { fit, engagement } = scored.breakdown.standing();
            columns.leads.push(scored.lead.0);
            columns.fits.push(fit.into());
            columns.engagements.push(engagement.into());
            columns.grades.push(scored.breakdown.standing().grade().to_string());
            columns.marked.push(!scored.breakdown.marks.is_empty());
            columns.breakdowns.push(serde_json::to_string(&scored.breakdown).map_err(|_| corrupt("breakdown"))?);
            columns.due.push(scored.breakdown.changes_at.map(|at| instant(at.max(now + SHORTEST))));
            if let Some((entry, before)) = scored.entry {
                columns.entries.push(entry.0);
                columns.told.push(scored.lead.0);
                columns.before.push(before.to_string());
                columns.after.push(scored.breakdown.standing().grade().to_string());
            }
        }
        Ok(columns)
    }
}

/// Keeps scores of the leads that have not changed since. It takes hold of what nobody else holds, and so never waits in
/// a circle with members who change a lead and its timeline in any order.
pub(crate) async fn keep(
    work: &mut Work,
    scores: &[Scored],
    version: i32,
    now: Timestamp,
) -> Result<Vec<LeadId>, StorageError> {
    let (ids, seen): (Vec<Uuid>, Vec<i32>) = scores.iter().map(|scored| (scored.lead.0, scored.seen)).unzip();
    let held: Vec<Uuid> = sqlx::query_scalar!(
        "SELECT s.lead_id FROM unnest($2::uuid[], $3::integer[]) AS read (id, seen)
        JOIN lead_scores AS s ON s.organization_id = $1 AND s.lead_id = read.id AND s.changes = read.seen
        JOIN leads AS l ON l.organization_id = $1 AND l.id = read.id
        WHERE s.version IS NULL OR s.version <= $4
        FOR NO KEY UPDATE OF s, l SKIP LOCKED",
        work.organization,
        &ids,
        &seen,
        version,
    )
    .fetch_all(&mut *work.sql)
    .await
    .map_err(failed)?;
    let held: BTreeSet<Uuid> = held.into_iter().collect();
    let columns = Columns::of(scores.iter().filter(|scored| held.contains(&scored.lead.0)), now)?;
    write_leads(work, &columns).await?;
    tell_grades(work, &columns, now).await?;
    sqlx::query!(
        "UPDATE lead_scores AS s SET version = $2, scored_at = $3, breakdown = kept.breakdown::jsonb,
            due_at = coalesce(kept.due_at, 'infinity'), changes = s.changes + 1
        FROM unnest($4::uuid[], $5::text[], $6::timestamptz[]) AS kept (id, breakdown, due_at)
        WHERE s.organization_id = $1 AND s.lead_id = kept.id",
        work.organization,
        version,
        instant(now),
        &columns.leads,
        &columns.breakdowns,
        &columns.due as &[Option<OffsetDateTime>],
    )
    .execute(&mut *work.sql)
    .await
    .map_err(failed)?;
    Ok(columns.leads.into_iter().map(LeadId).collect())
}

/// A lead whose score is what it was is left alone, with all its indexes.
async fn write_leads(work: &mut Work, columns: &Columns) -> Result<(), StorageError> {
    sqlx::query!(
        "UPDATE leads AS l SET fit = kept.fit, engagement = kept.engagement, grade = kept.grade, marked = kept.marked
        FROM unnest($2::uuid[], $3::smallint[], $4::smallint[], $5::text[], $6::boolean[])
            AS kept (id, fit, engagement, grade, marked)
        WHERE l.organization_id = $1 AND l.id = kept.id AND (l.fit, l.engagement, l.grade, l.marked)
            IS DISTINCT FROM (kept.fit, kept.engagement, kept.grade, kept.marked)",
        work.organization,
        &columns.leads,
        &columns.fits,
        &columns.engagements,
        &columns.grades,
        &columns.marked,
    )
    .execute(&mut *work.sql)
    .await
    .map_err(failed)?;
    Ok(())
}

/// What timelines tell of leads whose grade is another.
async fn tell_grades(work: &mut Work, columns: &Columns, now: Timestamp) -> Result<(), StorageError> {
    let Columns { entries, told, before, after, .. } = columns;
    if entries.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "INSERT INTO activities (organization_id, id, lead_id, at, kind, from_grade, to_grade)
        SELECT $1, entry.id, entry.lead_id, $2, 'graded', entry.before, entry.after
        FROM unnest($3::uuid[], $4::uuid[], $5::text[], $6::text[]) AS entry (id, lead_id, before, after)",
        work.organization,
        instant(now),
        entries,
        told,
        before,
        after,
    )
    .execute(&mut *work.sql)
    .await
    .map_err(failed)?;
    Ok(())
}
