use jiff::Timestamp;
use qualify_domain::{
    inventory::Subject,
    language::Language,
    person_copy::{Part, Redaction, SCHEMA_VERSION, information, parts},
};
use serde_json::{Map, Value, json};

use super::{Found, text};
use crate::Error;

/// A row that was read.
pub(super) struct Row {
    /// The table it is from.
    pub table: String,
    /// Its columns.
    pub columns: Map<String, Value>,
    /// The organization that keeps it, where a copy is of several.
    pub organization: Option<String>,
}

/// Tables in which members wrote words.
const WRITTEN_BY_MEMBERS: [&str; 3] = ["activities", "tasks", "rights_requests"];

/// What stands in a copy of a row beside its own columns: for which of the leads it is, who did it or has it, and what was
/// shown with it. The columns it comes from tell of others, or are ids.
const BESIDE: [(&str, &str, &[&str]); 5] = [
    ("owner", "leads", &["owner_id"]),
    ("owner", "tasks", &["owner_id"]),
    ("by", "tasks", &["made_by"]),
    ("by", "activities", &["author_id", "author_key_id"]),
    ("by", "merges", &["author_id", "author_key_id"]),
];

/// The part of a copy that counts: everything, as one JSON document.
pub(super) struct Document {
    pub organization: String,
    /// The tables of which there are rows, each with all that is said of a row in it.
    pub tables: Vec<(Part, Vec<Map<String, Value>>)>,
    /// What ids in them mean.
    pub meanings: Map<String, Value>,
    head: Map<String, Value>,
}

impl Document {
    /// Takes what its subject gets out of what was read.
    pub fn of(found: Found, now: Timestamp) -> Self {
        let Found { subject, organization, rows, meanings, redaction, .. } = found;
        let leads: Vec<String> =
            rows.iter().filter(|row| row.table == "leads").map(|row| text(&row.columns, "id").to_owned()).collect();
        let mut tables: Vec<(Part, Vec<Map<String, Value>>)> =
            parts(subject).into_iter().map(|part| (part, Vec::new())).collect();
        for row in &rows {
            if let Some((part, copied)) = tables.iter_mut().find(|(part, _)| part.table == row.table) {
                copied.push(copy(row, part, &leads, &redaction));
            }
        }
        let meanings = meant(meanings, &tables);
        let head = head(subject, &organization, &tables, now);
        Self { organization, tables, meanings, head }
    }

    /// How many rows are in it.
    pub fn count(&self) -> usize {
        self.tables.iter().map(|(_, rows)| rows.len()).sum()
    }

    /// The document.
    pub fn json(&self) -> Result<Vec<u8>, Error> {
        let data: Map<String, Value> =
            self.tables.iter().map(|(part, rows)| (part.table.to_owned(), json!(rows))).collect();
        let mut whole = self.head.clone();
        whole.insert("data".to_owned(), Value::Object(data));
        whole.insert("meanings".to_owned(), Value::Object(self.meanings.clone()));
        serde_json::to_vec_pretty(&whole).map_err(|error| Error::Failed(error.into()))
    }
}

fn copy(row: &Row, part: &Part, leads: &[String], redaction: &Redaction) -> Map<String, Value> {
    let is_written = WRITTEN_BY_MEMBERS.contains(&part.table);
    let column = |name: &&str| {
        let value = row.columns.get(*name).cloned().unwrap_or(Value::Null);
        ((*name).to_owned(), redacted(value, redaction, is_written))
    };
    let mut copied: Map<String, Value> = part.columns.iter().map(column).collect();
    let of = if part.table == "leads" { "id" } else { "lead_id" };
    if let Some(place) = leads.iter().position(|lead| lead == text(&row.columns, of)) {
        copied.insert("lead".to_owned(), json!(place + 1));
    }
    for (name, _, columns) in BESIDE.iter().filter(|(_, table, _)| *table == part.table) {
        copied.insert((*name).to_owned(), doer(row, columns, redaction));
    }
    if part.table == "submissions" {
        copied.insert("notice".to_owned(), json!(text(&row.columns, "notice")));
    }
    if let Some(organization) = &row.organization {
        copied.insert("in_organization".to_owned(), json!(organization));
    }
    copied
}

/// Who it was, without telling whom: a member, or a program.
fn doer(row: &Row, columns: &[&str], redaction: &Redaction) -> Value {
    match columns.iter().find(|column| !text(&row.columns, column).is_empty()) {
        Some(&"author_key_id") => json!("program"),
        Some(column) => json!(redaction.member(text(&row.columns, column))),
        None => Value::Null,
    }
}

/// A value without other people in it.
fn redacted(value: Value, redaction: &Redaction, is_written: bool) -> Value {
    match value {
        Value::String(text) if is_written => Value::String(redaction.text(redaction.id(&text))),
        Value::String(text) => Value::String(redaction.id(&text).to_owned()),
        Value::Array(values) => values.into_iter().map(|value| redacted(value, redaction, is_written)).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, redacted(value, redaction, is_written))).collect()
        }
        other => other,
    }
}

/// Of what ids may mean, what stands in the copy; the rules of a score go with every score.
fn meant(meanings: Map<String, Value>, tables: &[(Part, Vec<Map<String, Value>>)]) -> Map<String, Value> {
    let data: String = tables.iter().flat_map(|(_, rows)| rows).map(|row| json!(row).to_string()).collect();
    let kept = |(kind, things): (String, Value)| {
        let Value::Object(things) = things else { return None };
        let is_always = kind == "score_rules" || kind == "import";
        let things: Map<String, Value> = things.into_iter().filter(|(id, _)| is_always || data.contains(id)).collect();
        (!things.is_empty()).then_some((kind, Value::Object(things)))
    };
    meanings.into_iter().filter_map(kept).collect()
}

fn head(
    subject: Subject,
    organization: &str,
    tables: &[(Part, Vec<Map<String, Value>>)],
    now: Timestamp,
) -> Map<String, Value> {
    let pieces = |language| -> Value {
        let pieces = information(subject, language).into_iter();
        pieces.map(|piece| json!({ "article": piece.article, "title": piece.title, "text": piece.text })).collect()
    };
    let head = json!({
        "schema_version": SCHEMA_VERSION,
        "made_at": now.to_string(),
        "subject": subject.code(),
        "organization": organization,
        "consents": consents(tables),
        "information": { "fr": pieces(Language::French), "en": pieces(Language::English) },
    });
    match head {
        Value::Object(head) => head,
        _ => Map::new(),
    }
}

/// Each consent that was asked for, as the submission bears witness to it.
fn consents(tables: &[(Part, Vec<Map<String, Value>>)]) -> Vec<Value> {
    let submissions = tables.iter().filter(|(part, _)| part.table == "submissions").flat_map(|(_, rows)| rows);
    let asked = |row: &Map<String, Value>| {
        let at = row.get("received_at").cloned().unwrap_or(Value::Null);
        let request = (!text(row, "consent_wording").is_empty()).then(
            || json!({ "purpose": "request", "wording": row["consent_wording"], "agreed": row["consented"], "at": at }),
        );
        let further = row.get("purposes").and_then(Value::as_array).cloned().unwrap_or_default();
        let further = further.into_iter().map(move |mut answer| {
            if let Value::Object(answer) = &mut answer {
                answer.insert("at".to_owned(), at.clone());
            }
            answer
        });
        request.into_iter().chain(further).collect::<Vec<_>>()
    };
    submissions.flat_map(asked).collect()
}
