//! What the spam checks add to a form that stands on somebody else's website.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use qualify_ports::spam::SpamFieldKind;
use serde::Serialize;

use crate::{actor::Visitor, web::Web};

/// The hidden values and the traps of a form that is shown now.
#[derive(Debug, Serialize)]
pub struct Additions {
    hidden: BTreeMap<&'static str, String>,
    traps: Vec<&'static str>,
}

/// `GET /f/{public_id}/token`
pub async fn show(State(web): State<Web>, visitor: Visitor) -> Json<Additions> {
    let mut additions = Additions { hidden: BTreeMap::new(), traps: Vec::new() };
    for (field, value) in web.app().submissions.filled_spam_fields(visitor.0.form.id) {
        match field.kind {
            SpamFieldKind::Hidden => drop(additions.hidden.insert(field.name, value)),
            SpamFieldKind::Trap => additions.traps.push(field.name),
        }
    }
    Json(additions)
}
