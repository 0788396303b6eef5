use qualify_domain::csv;
use serde_json::{Map, Value};

use super::{archive::File, document::Document};

/// One file for each table of which there are rows: for whoever looks, with names where the document has ids.
pub(super) fn files(document: &Document) -> Vec<File> {
    let filled = document.tables.iter().filter(|(_, rows)| !rows.is_empty());
    filled
        .map(|(part, rows)| {
            let beside = rows.iter().flat_map(Map::keys).map(String::as_str);
            let mut columns = part.columns.clone();
            for name in beside {
                if !columns.contains(&name) {
                    columns.push(name);
                }
            }
            let mut text = csv::line(columns.iter().copied());
            for row in rows {
                let cells: Vec<String> = columns.iter().map(|column| cell(row.get(*column), document)).collect();
                text.push_str(&csv::line(cells.iter().map(String::as_str)));
            }
            File { name: format!("{}.csv", part.table), count: rows.len(), bytes: text.into_bytes() }
        })
        .collect()
}

fn cell(value: Option<&Value>, document: &Document) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => name(text, document).unwrap_or(text).to_owned(),
        Some(other) => other.to_string(),
    }
}

/// What a thing is called whose id this is.
fn name<'a>(id: &str, document: &'a Document) -> Option<&'a str> {
    document.meanings.values().find_map(|things| things.get(id)?.get("name")?.as_str())
}
