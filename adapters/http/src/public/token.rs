//! What the spam checks add to a form that stands on somebody else's website.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use qualify_ports::spam::SpamFieldKind;
use serde::Serialize;

use crate::{actor::Visitor, web::Web};

/// The hidden values, the traps and the puzzles of a form that is shown now.
#[derive(Debug, Serialize)]
pub struct Additions {
    hidden: BTreeMap<&'static str, String>,
    traps: Vec<&'static str>,
    works: BTreeMap<&'static str, String>,
}

/// `GET /f/{public_id}/token`
pub async fn show(State(web): State<Web>, visitor: Visitor) -> Json<Additions> {
    let mut additions = Additions { hidden: BTreeMap::new(), traps: Vec::new(), works: BTreeMap::new() };
    for (field, value) in web.app().submissions.filled_spam_fields(&visitor.0.form) {
        match field.kind {
            SpamFieldKind::Hidden => drop(additions.hidden.insert(field.name, value)),
            SpamFieldKind::Work if value.is_empty() => {}
            SpamFieldKind::Work => drop(additions.works.insert(field.name, value)),
            SpamFieldKind::Trap => additions.traps.push(field.name),
        }
    }
    Json(additions)
}
