//! The copy that somebody gets of what is kept of them: a person of their leads, a user of their account (DSR-8, DSR-13).
//! A ZIP with a manifest, all of it as JSON, the same as tables and as a card, and what the law wants to be said.

mod archive;
mod document;
mod of_leads;
mod of_user;
mod readme;
mod tables;

use std::sync::Arc;

use jiff::Timestamp;
use qualify_domain::{
    inventory::Subject,
    person_copy::{Card, Redaction},
};
use qualify_ports::{
    storage::{HeldRow, Storage},
    time::Clock,
};
use serde_json::{Map, Value};

use self::{
    archive::{File, pack},
    document::{Document, Row},
};
use crate::{Error, Ports, export_limits::ExportLimits};

/// Copies of what is kept of somebody.
#[derive(Clone)]
pub struct PersonCopies {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    limits: ExportLimits,
}

impl PersonCopies {
    pub(crate) fn new(ports: &Ports) -> Self {
        Self { storage: ports.storage.clone(), clock: ports.clock.clone(), limits: ExportLimits::new(ports) }
    }
}

/// All that goes into a copy, as it was read.
struct Found {
    subject: Subject,
    /// The organization that kept it; nothing where it was several.
    organization: String,
    rows: Vec<Row>,
    /// What ids in the rows mean, by the kind of thing and the id.
    meanings: Map<String, Value>,
    redaction: Redaction,
    cards: Vec<Card>,
}

impl Found {
    /// The ZIP. The same rows at the same time make the same bytes.
    fn zipped(mut self, now: Timestamp) -> Result<Vec<u8>, Error> {
        let (subject, cards) = (self.subject, std::mem::take(&mut self.cards));
        let document = Document::of(self, now);
        let mut files = vec![File { name: "person.json".to_owned(), count: document.count(), bytes: document.json()? }];
        files.extend(tables::files(&document));
        let vcards: String = cards.iter().map(Card::text).collect();
        files.push(File { name: "contact.vcf".to_owned(), count: cards.len(), bytes: vcards.into_bytes() });
        let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
        let text = readme::text(subject, &document.organization, &names, now);
        files.push(File { name: "README.txt".to_owned(), count: 1, bytes: text.into_bytes() });
        pack(&files, now)
    }
}

/// What is in a row, by its columns.
fn read(held: HeldRow) -> Result<(String, Map<String, Value>), Error> {
    Ok((held.table, object(&held.row)?))
}

fn object(json: &str) -> Result<Map<String, Value>, Error> {
    serde_json::from_str(json).map_err(|error| Error::Failed(error.into()))
}

/// A text in a row; nothing where there is none.
fn text<'a>(row: &'a Map<String, Value>, column: &str) -> &'a str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}
