//! The copy that somebody gets of what is kept of them (DSR-8, DSR-13): what is in it follows from the [`inventory`], so
//! that a column that is kept of a person cannot be left out of it.

mod card;
mod french;
mod information;
mod redaction;

use serde::Serialize;

pub use self::{
    card::Card,
    information::{Information, information},
    redaction::{Colleague, Redaction},
};
use crate::inventory::{self, Subject};

/// The version of how a copy is laid out. Whoever reads copies by program goes by it.
pub const SCHEMA_VERSION: u16 = 1;

/// A table of which somebody gets a copy, and the columns that are in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// What the table is called.
    pub table: &'static str,
    /// The columns that its subject gets.
    pub columns: Vec<&'static str>,
}

/// All that somebody gets.
pub fn parts(subject: Subject) -> Vec<Part> {
    let of = |table: &'static inventory::Table| {
        let columns = table.columns().filter(|column| column.tag.is_exported && column.tag.subject == subject);
        Part { table: table.name, columns: columns.map(|column| column.name).collect() }
    };
    inventory::tables().map(of).filter(|part| !part.columns.is_empty()).collect()
}

/// What the first file of a copy says of the others.
#[derive(Clone, Debug, Serialize)]
pub struct Manifest {
    /// See [`SCHEMA_VERSION`].
    pub schema_version: u16,
    /// When the copy was made.
    pub made_at: String,
    /// The file that counts where others differ.
    pub authoritative: &'static str,
    /// Every other file.
    pub files: Vec<Listed>,
}

/// A file of a copy.
#[derive(Clone, Debug, Serialize)]
pub struct Listed {
    /// What it is called.
    pub name: String,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    /// How many bytes it has.
    pub bytes: usize,
    /// How many records are in it: rows or cards; a text is one.
    pub count: usize,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::columns;

    #[test]
    fn dsr_8_every_column_that_its_subject_gets_is_in_one_copy() {
        let of = |subject| {
            parts(subject).into_iter().flat_map(|part| part.columns.into_iter().map(move |name| (part.table, name)))
        };
        let copied: Vec<_> = [Subject::Lead, Subject::User].into_iter().flat_map(of).collect();
        for column in columns() {
            let times = copied.iter().filter(|(table, name)| (*table, *name) == (column.table, column.name)).count();
            assert_eq!(times, usize::from(column.tag.is_exported), "{column}");
        }
    }

    #[test]
    fn what_tells_of_nobody_is_nobodys() {
        assert_eq!(parts(Subject::None), []);
    }
}
