//! The conditions of a filter and of a search in SQL. What somebody typed is a value everywhere, never a pattern.

use qualify_domain::{
    form::LegalBasis,
    id::UserId,
    lead_filter::{
        Bound, Condition, LeadFilter, Node, OwnerIs, Sought, TagTest, TextField, TextTest, TimeField, Viewpoint,
    },
};
use qualify_ports::storage::LeadQuery;
use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::own;
use crate::values::instant;

pub(super) type Sql = QueryBuilder<Postgres>;

/// All that a query asks of a lead, each with ` AND ` before it.
pub(super) fn push(sql: &mut Sql, query: &LeadQuery<'_>) {
    filter(sql, query.filter, query.from);
    if let Some(sought) = query.sought {
        sql.push(" AND ");
        search(sql, sought);
    }
}

fn filter(sql: &mut Sql, filter: &LeadFilter, from: &Viewpoint) {
    for part in filter.parts() {
        sql.push(" AND ");
        node(sql, part, from);
    }
}

/// A part of a filter. What is unknown is not true; what a `NOT` holds is therefore asked whether it is true.
fn node(sql: &mut Sql, part: &Node, from: &Viewpoint) {
    match part {
        Node::All(parts) => several(sql, parts, from, " AND ", "TRUE"),
        Node::Any(parts) => several(sql, parts, from, " OR ", "FALSE"),
        Node::Not(part) => {
            sql.push("(");
            node(sql, part, from);
            sql.push(") IS NOT TRUE");
        }
        Node::Is(one) => condition(sql, one, from),
    }
}

fn several(sql: &mut Sql, parts: &[Node], from: &Viewpoint, between: &str, of_none: &str) {
    if parts.is_empty() {
        sql.push(of_none);
        return;
    }
    for (at, part) in parts.iter().enumerate() {
        sql.push(if at == 0 { "(" } else { between });
        node(sql, part, from);
    }
    sql.push(")");
}

fn condition(sql: &mut Sql, condition: &Condition, from: &Viewpoint) {
    match condition {
        Condition::Stage(stages) => one_of(sql, "stage_id", stages.iter().map(|stage| Some(stage.0))),
        Condition::StageKind(kinds) => {
            let stages = from.stages_where(|place| kinds.contains(&place.kind));
            one_of(sql, "stage_id", stages.iter().map(|stage| Some(stage.0)));
        }
        Condition::Pipeline(pipelines) => {
            let stages = from.stages_where(|place| pipelines.contains(&place.pipeline));
            one_of(sql, "stage_id", stages.iter().map(|stage| Some(stage.0)));
        }
        Condition::Stale(yes) => stale(sql, *yes, from),
        Condition::Owner(owners) => {
            let users = owners.iter().filter_map(|owner| match owner {
                OwnerIs::Nobody => Some(None),
                OwnerIs::Member(UserId(id)) => Some(Some(*id)),
                OwnerIs::Me => from.me.map(|UserId(id)| Some(id)),
            });
            one_of(sql, "owner_id", users);
        }
        Condition::Form(forms) => one_of(sql, "form_id", forms.iter().map(|form| form.map(|form| form.0))),
        Condition::LegalBasis(bases) => {
            let codes: Vec<String> = bases.iter().copied().map(LegalBasis::code).map(str::to_owned).collect();
            sql.push("legal_basis = ANY (").push_bind(codes).push(")");
        }
        Condition::Grade(grades) => {
            let grades: Vec<String> = grades.iter().map(ToString::to_string).collect();
            sql.push("grade = ANY (").push_bind(grades).push(")");
        }
        Condition::Text(field, test) => text(sql, *field, test),
        Condition::Time(field, test) => {
            let column = match field {
                TimeField::Created => "created_at",
                TimeField::LastSubmission => "last_submission_at",
                TimeField::LastActivity => "last_activity_at",
            };
            let (sign, at) = match test.bound(from) {
                Bound::Before(at) => ("<", at),
                Bound::Since(at) => (">=", at),
            };
            sql.push(format!("{column} {sign} ")).push_bind(instant(at));
        }
        Condition::Tags(TagTest::IsEmpty) => {
            sql.push("tags = '{}'");
        }
        Condition::Tags(TagTest::HasAny(tags)) => {
            // Row by row: what looks into an array is not leakproof, so that no index on it is used under row security.
            sql.push("EXISTS (SELECT FROM unnest(tags) AS tag WHERE lower(tag COLLATE \"und-x-icu\") = ANY (");
            sql.push_bind(tags.clone()).push("))");
        }
        Condition::Property(id, test) => own::push(sql, *id, test, from),
    }
}

/// Whether a lead's last activity is too long ago for the stage it stands in: one comparison for all stages that allow as
/// many days, with a moment that is known before the query is planned.
fn stale(sql: &mut Sql, yes: bool, from: &Viewpoint) {
    let stages = from.stale_stages();
    if stages.is_empty() {
        sql.push(if yes { "FALSE" } else { "TRUE" });
        return;
    }
    sql.push(if yes { "(" } else { "NOT (" });
    for (at, (until, stages)) in stages.iter().enumerate() {
        sql.push(if at == 0 { "(last_activity_at <= " } else { " OR (last_activity_at <= " })
            .push_bind(instant(*until));
        sql.push(" AND ");
        one_of(sql, "stage_id", stages.iter().map(|stage| Some(stage.0)));
        sql.push(")");
    }
    sql.push(")");
}

/// A column holds one of these; none is nothing.
fn one_of(sql: &mut Sql, column: &str, values: impl Iterator<Item = Option<Uuid>>) {
    let values: Vec<Option<Uuid>> = values.collect();
    let ids: Vec<Uuid> = values.iter().copied().flatten().collect();
    let or_nothing = values.contains(&None);
    match (&ids[..], or_nothing) {
        ([], true) => {
            sql.push(format!("{column} IS NULL"));
        }
        ([only], false) => {
            sql.push(format!("{column} = ")).push_bind(*only);
        }
        (_, false) => {
            sql.push(format!("{column} = ANY (")).push_bind(ids).push(")");
        }
        (_, true) => {
            sql.push(format!("({column} IS NULL OR {column} = ANY (")).push_bind(ids).push("))");
        }
    }
}

fn text(sql: &mut Sql, field: TextField, test: &TextTest) {
    let (compared, kept) = match field {
        TextField::Name => ("name_norm", "name"),
        TextField::Email => ("email_norm", "email"),
        TextField::Phone => ("phone_e164", "phone"),
        TextField::Company => ("company_norm", "company"),
    };
    match test {
        TextTest::Is(said) => sql.push(format!("{compared} = ")).push_bind(said.clone()),
        TextTest::BeginsWith(said) => sql.push(format!("{compared} ^@ ")).push_bind(said.clone()),
        TextTest::IsEmpty => sql.push(format!("{kept} IS NULL")),
    };
}

fn search(sql: &mut Sql, sought: &Sought) {
    let prefix = sought.search.prefix();
    sql.push("(name_norm ^@ ").push_bind(prefix.to_owned());
    sql.push(" OR email_norm ^@ ").push_bind(prefix.to_owned());
    if let Some(number) = sought.search.phone_prefix() {
        sql.push(" OR phone_e164 ^@ ").push_bind(number);
    }
    if !sought.found.leads.is_empty() {
        let ids: Vec<Uuid> = sought.found.leads.iter().map(|lead| lead.0).collect();
        sql.push(" OR id = ANY (").push_bind(ids).push(")");
    }
    sql.push(")");
}
