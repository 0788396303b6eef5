//! Imports: people taken over from a file. What the file is and what its columns mean is said first, and tried; then it
//! happens, row by row, each for itself.

mod field;
mod people;
mod row;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::{
    field::{ImportField, suggest},
    people::{Decision, People},
    row::{BROKEN, Given, ImportRow, Reading, RowFault, read_day},
};
use crate::{
    activity::Author,
    form::LegalBasis,
    id::{ImportId, JobId},
    job::{Job, Report},
    text::Name,
    violation::Rule,
};

/// A file has at most so many bytes (WEB-5).
pub const MOST_BYTES: usize = 5 * 1024 * 1024;
/// A file has at most so many rows (WEB-5).
pub const MOST_ROWS: u32 = 50_000;
/// A file has at most so many columns.
pub const MOST_COLUMNS: usize = 100;
/// What an import did can be undone for so long; for as long its file is kept.
pub const UNDO: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A cell that says this clears what is known; an empty one leaves it.
pub const CLEAR: &str = "[clear]";

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl $name {
            /// Each of them, in the order in which they are offered.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The stable name.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
        }

        impl std::str::FromStr for $name {
            type Err = Rule;

            fn from_str(code: &str) -> Result<Self, Rule> {
                Self::ALL.iter().copied().find(|one| one.code() == code).ok_or(Rule::NotAChoice)
            }
        }
    )+};
}

codes! {
    /// In which letters a file is written.
    Encoding {
        /// UTF-8.
        Utf8 = "utf8",
        /// UTF-16, the lower byte first.
        Utf16Le = "utf16_le",
        /// UTF-16, the higher byte first.
        Utf16Be = "utf16_be",
        /// Windows-1252, as spreadsheets in the West write it.
        Windows1252 = "windows1252",
    }

    /// What stands between two cells.
    Delimiter {
        /// `,`
        Comma = "comma",
        /// `;`
        Semicolon = "semicolon",
        /// A tab.
        Tab = "tab",
        /// `|`
        Pipe = "pipe",
    }

    /// What happens to people who are known, and to those who are not.
    ImportMode {
        /// Those who are known are changed, the others made.
        Upsert = "upsert",
        /// Those who are known stay as they are.
        Create = "create",
        /// Those who are not known are left out.
        Update = "update",
    }

    /// In which order days are written.
    DateOrder {
        /// `2026-12-25`
        Iso = "iso",
        /// `25/12/2026`
        DayFirst = "day_first",
        /// `12/25/2026`
        MonthFirst = "month_first",
    }

    /// How far an import is.
    ImportState {
        /// It is being prepared: nothing has happened yet.
        Draft = "draft",
        /// It is happening.
        Running = "running",
        /// It has happened, as far as it was to.
        Done = "done",
        /// It is being undone.
        Undoing = "undoing",
        /// It was undone.
        Undone = "undone",
    }
}

impl Delimiter {
    /// The character itself.
    pub const fn char(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Semicolon => ';',
            Self::Tab => '\t',
            Self::Pipe => '|',
        }
    }
}

/// How a file is to be read, and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSettings {
    /// In which letters it is written.
    pub encoding: Encoding,
    /// What stands between two cells.
    pub delimiter: Delimiter,
    /// Whether the first row names the columns.
    pub has_header: bool,
    /// What each column means; nothing for one that is left out.
    pub columns: Vec<Option<ImportField>>,
    /// In which order days are written.
    pub dates: DateOrder,
    /// What happens to whom.
    pub mode: ImportMode,
    /// Whether one bad row stops all.
    pub all_or_nothing: bool,
    /// The ground on which these people are kept; it must be said before anything happens.
    pub legal_basis: Option<LegalBasis>,
    /// Where these people come from, in the words of whoever imports them (PRV-6).
    pub source: Option<Name>,
}

impl ImportSettings {
    /// Which column has that meaning, from 0.
    pub fn column(&self, field: ImportField) -> Option<usize> {
        self.columns.iter().position(|column| *column == Some(field))
    }
}

/// People taken over from a file.
#[derive(Clone, Debug)]
pub struct Import {
    /// Its id.
    pub id: ImportId,
    /// Who uploaded the file.
    pub by: Author,
    /// What the file is called.
    pub file: Name,
    /// How many rows it has, the header not counted.
    pub rows: u32,
    /// How it is read.
    pub settings: ImportSettings,
    /// How far it is.
    pub state: ImportState,
    /// What would come of it, when it was last tried with these settings; what came of it, when it is done or undone.
    pub report: Option<Report>,
    /// The job that does it, undoes it or did.
    pub job: Option<JobId>,
    /// When the file was uploaded.
    pub created_at: Timestamp,
    /// When it had happened.
    pub done_at: Option<Timestamp>,
    /// Grows with each change.
    pub version: i32,
}

/// Why an import stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImportError {
    /// It has begun: what the file means is settled.
    #[error("the import has begun already")]
    Begun,
    /// There is nothing that could be undone, or not any more.
    #[error("the import cannot be undone")]
    NotUndoable,
    /// The file is forgotten by now.
    #[error("the file is no longer kept")]
    Forgotten,
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// Nothing stands in it.
    #[error("the file is empty")]
    Empty,
    /// It is what a spreadsheet program keeps, not a table as text.
    #[error("the file is a spreadsheet, not CSV")]
    Spreadsheet,
    /// It has more rows than this.
    #[error("the file has more than {0} rows")]
    TooManyRows(u32),
    /// It has more columns than this.
    #[error("the file has more than {0} columns")]
    TooManyColumns(usize),
}

impl Import {
    /// The same with what its job says: one that was stopped or broke is done as far as it came.
    #[must_use]
    pub fn settled(mut self, job: Option<&Job>) -> Self {
        let ended = job.and_then(|job| job.ended_at);
        if let (ImportState::Running | ImportState::Undoing, Some(ended)) = (self.state, ended) {
            self.state = ImportState::Done;
            self.done_at.get_or_insert(ended);
        }
        self
    }

    /// Until when it can be undone, if it can.
    pub fn undo_until(&self) -> Option<Timestamp> {
        self.done_at.filter(|_| self.state == ImportState::Done).map(|done| done + UNDO)
    }

    /// Whether it can be undone at `now`.
    pub fn can_be_undone(&self, now: Timestamp) -> bool {
        self.undo_until().is_some_and(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_chosen_comes_back_by_its_code() {
        for encoding in Encoding::ALL {
            assert_eq!(encoding.code().parse(), Ok(*encoding));
            assert_eq!(serde_json::to_value(encoding).unwrap(), encoding.code());
        }
        for mode in ImportMode::ALL {
            assert_eq!(mode.code().parse(), Ok(*mode));
        }
        assert_eq!("latin".parse::<Encoding>(), Err(Rule::NotAChoice));
    }
}
