//! Conditions on the organization's own properties in SQL. They are looked up in the lead's JSON, row by row: no index
//! serves them.

use qualify_domain::{
    id::PropertyId,
    lead_filter::{Comparison, PropertyTest, Viewpoint},
    text::Name,
};

use super::conditions::Sql;

pub(super) fn push(sql: &mut Sql, id: PropertyId, test: &PropertyTest, from: &Viewpoint) {
    match test {
        PropertyTest::IsEmpty => {
            value(sql, id);
            sql.push(" IS NULL");
        }
        PropertyTest::Is(said) => {
            lower(sql, id);
            sql.push(" = ").push_bind(said.clone()).push(")");
        }
        PropertyTest::BeginsWith(said) => {
            lower(sql, id);
            sql.push(" ^@ ").push_bind(said.clone()).push(")");
        }
        PropertyTest::Number(how, number) => {
            let sign = match how {
                Comparison::Equal => "=",
                Comparison::More => ">",
                Comparison::AtLeast => ">=",
                Comparison::Less => "<",
                Comparison::AtMost => "<=",
            };
            // Nothing but a number is read as one.
            sql.push("CASE WHEN ");
            is_a(sql, id, "number");
            sql.push(" THEN ");
            text(sql, id);
            sql.push(format!("::float8 {sign} ")).push_bind(number.get()).push(" END");
        }
        PropertyTest::Day(test) => {
            let (first, end) = test.span(from);
            sql.push("(");
            is_a(sql, id, "string");
            for (sign, day) in [(">=", first), ("<", end)] {
                if let Some(day) = day {
                    sql.push(" AND ");
                    text(sql, id);
                    sql.push(format!(" COLLATE \"C\" {sign} ")).push_bind(day.to_string());
                }
            }
            sql.push(")");
        }
        PropertyTest::OneOf(chosen) => {
            sql.push("(");
            is_a(sql, id, "string");
            sql.push(" AND ");
            text(sql, id);
            sql.push(" = ANY (").push_bind(words(chosen)).push("))");
        }
        PropertyTest::HasAny(chosen) => {
            sql.push("(");
            is_a(sql, id, "array");
            sql.push(" AND ");
            value(sql, id);
            sql.push(" ?| ").push_bind(words(chosen)).push(")");
        }
        PropertyTest::Checked(yes) => {
            value(sql, id);
            sql.push(format!(" = '{yes}'::jsonb"));
        }
    }
}

/// What is known; nothing if nothing is.
fn value(sql: &mut Sql, id: PropertyId) {
    sql.push("(properties -> ").push_bind(id.to_string()).push(")");
}

fn text(sql: &mut Sql, id: PropertyId) {
    sql.push("(properties ->> ").push_bind(id.to_string()).push(")");
}

fn is_a(sql: &mut Sql, id: PropertyId, kind: &str) {
    sql.push("jsonb_typeof(");
    value(sql, id);
    sql.push(format!(") = '{kind}'"));
}

/// The text in lower case, if it is one, with a bracket that is still open.
fn lower(sql: &mut Sql, id: PropertyId) {
    sql.push("(");
    is_a(sql, id, "string");
    sql.push(" AND lower(");
    text(sql, id);
    sql.push(" COLLATE \"und-x-icu\")");
}

fn words(chosen: &[Name]) -> Vec<String> {
    chosen.iter().map(ToString::to_string).collect()
}
