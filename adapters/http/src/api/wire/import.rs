//! People taken over from a file, in the words of the API.

use std::collections::BTreeMap;

use jiff::Timestamp;
use qualify_domain::{
    import::{DateOrder, Delimiter, Encoding, Import, ImportMode, ImportState, RowFault},
    job::Report,
};
use qualify_usecases::{ImportFile, Previewed};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{BasisCode, JobBody};
use crate::{
    imported::{fault_words, kept_cell, shown_fields},
    text::Text,
};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident of $from:ident { $($(#[$variant_doc:meta])* $variant:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Serialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name {
            $($(#[$variant_doc])* $variant),+
        }

        impl From<$from> for $name {
            fn from(value: $from) -> Self {
                match value { $($from::$variant => Self::$variant),+ }
            }
        }
    )+};
}

codes! {
    /// In which letters a file is written.
    EncodingCode of Encoding {
        /// UTF-8.
        Utf8,
        /// UTF-16, the lower byte first.
        Utf16Le,
        /// UTF-16, the higher byte first.
        Utf16Be,
        /// Windows-1252, as spreadsheets in the West write it.
        Windows1252,
    }

    /// What stands between two cells.
    DelimiterCode of Delimiter {
        /// A comma.
        Comma,
        /// A semicolon.
        Semicolon,
        /// A tab.
        Tab,
        /// A bar.
        Pipe,
    }

    /// In which order days are written.
    DateOrderCode of DateOrder {
        /// `2026-12-25`
        Iso,
        /// `25/12/2026`
        DayFirst,
        /// `12/25/2026`
        MonthFirst,
    }

    /// What happens to people who are known, and to those who are not.
    ImportModeCode of ImportMode {
        /// Those who are known are changed, the others made.
        Upsert,
        /// Those who are known stay as they are.
        Create,
        /// Those who are not known are left out.
        Update,
    }

    /// How far an import is.
    ImportStateCode of ImportState {
        /// It is being prepared: nothing has happened yet.
        Draft,
        /// It is happening.
        Running,
        /// It has happened, as far as it was to.
        Done,
        /// It is being undone.
        Undoing,
        /// It was undone.
        Undone,
    }
}

/// What is wrong with a row.
#[derive(Debug, Serialize, ToSchema)]
pub struct RowFaultBody {
    /// In which column, from 1; 0 if it is the row as a whole.
    #[schema(minimum = 0)]
    column: u16,
    /// Which rule, for machines.
    #[schema(example = "not-an-email")]
    rule: String,
    /// The same for people.
    detail: String,
}

impl RowFaultBody {
    fn of(fault: &RowFault, text: Text) -> Self {
        Self { column: fault.column, rule: fault.rule.clone(), detail: fault_words(fault, text) }
    }
}

/// A row of the file, as it would be kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewBody {
    /// On which line of the file it begins.
    #[schema(minimum = 1)]
    line: u32,
    /// Its cells, as they stand there.
    cells: Vec<String>,
    /// What would be kept of it, by the words that columns have; empty if something is wrong with it.
    kept: BTreeMap<String, String>,
    /// What is wrong with it.
    errors: Vec<RowFaultBody>,
}

impl PreviewBody {
    fn of(row: &Previewed, file: &ImportFile, text: Text) -> Self {
        let (kept, errors) = match &row.row {
            Ok(kept) => {
                let cells = shown_fields(file).map(|field| (field.to_string(), kept_cell(field, kept, file)));
                (cells.filter(|(_, cell)| !cell.is_empty()).collect(), Vec::new())
            }
            Err(faults) => (BTreeMap::new(), faults.iter().map(|fault| RowFaultBody::of(fault, text)).collect()),
        };
        Self { line: row.line, cells: row.cells.clone(), kept, errors }
    }
}

/// A lead that stayed when its import was undone.
#[derive(Debug, Serialize, ToSchema)]
pub struct LeftBody {
    /// The lead.
    lead: Uuid,
    /// Whether somebody changed it since; else somebody works on it.
    changed: bool,
}

/// People taken over from a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportItem {
    /// Its id.
    id: Uuid,
    /// Grows with each change; the `ETag` is made of it.
    #[schema(minimum = 1, example = 1)]
    version: i32,
    /// What the file is called.
    #[schema(example = "people.csv")]
    file: String,
    /// How many rows it has, the header not counted.
    #[schema(minimum = 0)]
    rows: u32,
    /// How far it is.
    state: ImportStateCode,
    /// How many of each outcome there were: of the last trial while it is a draft, of what happened after that. What begins
    /// with `skipped_` says why something was left out.
    report: Option<BTreeMap<String, u64>>,
    /// When the file was uploaded.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// Until when it can be undone; null if it cannot.
    #[schema(value_type = Option<String>, format = DateTime)]
    undo_until: Option<Timestamp>,
}

impl From<&Import> for ImportItem {
    fn from(import: &Import) -> Self {
        Self {
            id: import.id.0,
            version: import.version,
            file: import.file.to_string(),
            rows: import.rows,
            state: import.state.into(),
            report: import.report.as_ref().map(counts),
            created_at: import.created_at,
            undo_until: import.undo_until(),
        }
    }
}

/// An import, with how its file is read and what comes of its first rows.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportBody {
    /// The import.
    #[serde(flatten)]
    item: ImportItem,
    /// In which letters the file is written: what it was taken for, or what was said.
    encoding: EncodingCode,
    /// Whether signs could not be read in those letters: then others are right.
    has_broken_signs: bool,
    /// What stands between two cells.
    delimiter: DelimiterCode,
    /// Whether the first row names the columns.
    has_header: bool,
    /// The names of the columns; empty without a header, and when it is no draft any more.
    header: Vec<String>,
    /// What each column means; null for one that is left out. A word for what every lead has, `property:` and an id for a
    /// property of the organization's own.
    #[schema(example = json!(["name", "email", null]))]
    columns: Vec<Option<String>>,
    /// In which order days are written.
    dates: DateOrderCode,
    /// What happens to whom.
    mode: ImportModeCode,
    /// Whether one faulty row stops all.
    all_or_nothing: bool,
    /// The ground on which new leads are kept; needed before it begins.
    legal_basis: Option<BasisCode>,
    /// Where these people come from; needed before it begins.
    #[schema(example = "Fair in Lyon")]
    source: Option<String>,
    /// The first 20 rows as they would be kept, while it is a draft.
    preview: Vec<PreviewBody>,
    /// The job that does it, did it or undoes it, if this key asked for it.
    job: Option<JobBody>,
    /// Where the rows that became nothing can be fetched, to be mended and imported; null if there are none.
    problems: Option<String>,
    /// Leads that stayed when it was undone, at most 100.
    left: Vec<LeftBody>,
}

impl ImportBody {
    pub fn of(file: &ImportFile, text: Text) -> Self {
        let settings = &file.import.settings;
        Self {
            item: (&file.import).into(),
            encoding: settings.encoding.into(),
            has_broken_signs: file.has_broken_signs,
            delimiter: settings.delimiter.into(),
            has_header: settings.has_header,
            header: file.header.clone(),
            columns: settings.columns.iter().map(|column| column.map(|field| field.to_string())).collect(),
            dates: settings.dates.into(),
            mode: settings.mode.into(),
            all_or_nothing: settings.all_or_nothing,
            legal_basis: settings.legal_basis.map(Into::into),
            source: settings.source.as_ref().map(ToString::to_string),
            preview: file.preview.iter().map(|row| PreviewBody::of(row, file, text)).collect(),
            job: file.job.as_ref().map(Into::into),
            problems: file.has_problems.then(|| format!("/api/v1/imports/{}/problems", file.import.id)),
            left: file.left.iter().map(|(lead, changed)| LeftBody { lead: lead.0, changed: *changed }).collect(),
        }
    }
}

/// The imports.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportList {
    /// The imports, the newest first.
    items: Vec<ImportItem>,
}

impl From<&[Import]> for ImportList {
    fn from(imports: &[Import]) -> Self {
        Self { items: imports.iter().map(Into::into).collect() }
    }
}

/// What would come of an import.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trial {
    /// How many of each outcome there would be.
    report: BTreeMap<String, u64>,
}

impl From<&Report> for Trial {
    fn from(report: &Report) -> Self {
        Self { report: counts(report) }
    }
}

/// It has begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct Begun {
    /// The job that does it.
    pub job: Uuid,
}

fn counts(report: &Report) -> BTreeMap<String, u64> {
    report.iter().map(|(outcome, times)| (outcome.to_owned(), times)).collect()
}
