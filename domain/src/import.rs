//! Imports: people taken over from a file. What the file is and what its columns mean is said first, and tried; then it
//! happens, row by row, each for itself.

mod clear;
mod day;
mod field;
mod known;
mod people;
mod row;
mod without;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::{
    clear::{CLEAR, meant},
    day::{is_usual, read_day},
    field::{ImportField, suggest},
    known::Known,
    people::{Decision, People},
    row::{BROKEN, Given, ImportRow, Reading, RowFault},
    without::{addresses, names, without},
};
use crate::{
    activity::Author,
    form::LegalBasis,
    id::{ImportId, JobId},
    job::{Job, JobState, Report},
    property::Property,
    text::Name,
    violation::{Rule, Violations},
};

/// A file has at most so many bytes (WEB-5).
pub const MOST_BYTES: usize = 5 * 1024 * 1024;
/// A file has at most so many rows (WEB-5).
pub const MOST_ROWS: u32 = 50_000;
/// A file has at most so many columns.
pub const MOST_COLUMNS: usize = 100;
/// What an import did can be undone for so long; for as long its file is kept.
pub const UNDO: SignedDuration = SignedDuration::from_hours(7 * 24);

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

    /// Whether it says how the same text becomes the same table.
    pub fn reads_as(&self, other: &Self) -> bool {
        let how = |settings: &Self| (settings.encoding, settings.delimiter, settings.has_header);
        how(self) == how(other)
    }

    /// Looks whether the columns mean something: each something else, and properties that are in use.
    pub fn check(&self, own: &[Property], faults: &mut Violations) {
        let meanings: Vec<_> = self.columns.iter().flatten().collect();
        let twice = meanings.iter().enumerate().any(|(at, meaning)| meanings[..at].contains(meaning));
        let is_known = |meaning: &ImportField| match meaning {
            ImportField::Property(id) => own.iter().any(|property| property.id == *id && !property.is_archived),
            _ => true,
        };
        if twice {
            faults.add("columns", Rule::Duplicate);
        } else if !meanings.into_iter().all(is_known) {
            faults.add("columns", Rule::NotAChoice);
        }
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
    /// When it had happened, if it did anything to a lead.
    pub done_at: Option<Timestamp>,
    /// Grows with each change.
    pub version: i32,
}

/// What undoing an import does to a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is again as it was.
    Restored,
    /// The import made it: it goes.
    Removed,
    /// Somebody changed it since: it stays as it is.
    ChangedLater,
    /// The import made it, and somebody works on it: it stays.
    Used,
}

impl Fate {
    /// Decides for a lead that the import made, or changed; that was changed since, or is worked on.
    pub const fn of(is_made: bool, is_changed: bool, is_used: bool) -> Self {
        match (is_changed, is_made, is_used) {
            (true, ..) => Self::ChangedLater,
            (false, true, true) => Self::Used,
            (false, true, false) => Self::Removed,
            (false, false, _) => Self::Restored,
        }
    }

    /// Under which name the report counts it.
    pub const fn outcome(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::Removed => "removed",
            Self::ChangedLater => "skipped_changed_later",
            Self::Used => "skipped_used",
        }
    }
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
    /// Its job is over: it is done as far as the job came, or undone if that was what the job did to its end. Tells whether
    /// that is news.
    pub fn end(&mut self, job: &Job, now: Timestamp) -> bool {
        if !job.is_over() || self.job != Some(job.id) {
            return false;
        }
        match self.state {
            ImportState::Draft | ImportState::Done | ImportState::Undone => return false,
            ImportState::Running => {
                self.done_at = Some(now).filter(|_| job.report.of("created") + job.report.of("changed") > 0);
                self.state = ImportState::Done;
            }
            ImportState::Undoing if job.state == JobState::Done => self.state = ImportState::Undone,
            ImportState::Undoing => self.state = ImportState::Done,
        }
        self.report = Some(job.report.clone());
        true
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
    use uuid::Uuid;

    use super::*;
    use crate::{
        id::{PropertyId, SessionId, UserId},
        job::{Asker, JobKind},
    };

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

    fn draft() -> Import {
        let settings = ImportSettings {
            encoding: Encoding::Utf8,
            delimiter: Delimiter::Comma,
            has_header: true,
            columns: vec![Some(ImportField::Email), None],
            dates: DateOrder::Iso,
            mode: ImportMode::Upsert,
            all_or_nothing: false,
            legal_basis: None,
            source: None,
        };
        Import {
            id: ImportId(Uuid::nil()),
            by: Author::Member(UserId(Uuid::nil())),
            file: Name::parse("people.csv").unwrap(),
            rows: 1,
            settings,
            state: ImportState::Draft,
            report: None,
            job: None,
            created_at: Timestamp::UNIX_EPOCH,
            done_at: None,
            version: 1,
        }
    }

    #[test]
    fn an_import_is_done_as_far_as_its_job_came_and_can_be_undone_for_seven_days_if_it_did_anything() {
        let now = Timestamp::UNIX_EPOCH;
        let kind = JobKind::ImportLeads { import: draft().id };
        let asker = Asker::Member(UserId(Uuid::nil()), SessionId(Uuid::nil()));
        let mut job = Job::ask(JobId(Uuid::nil()), asker, kind, now);
        let running = || Import { state: ImportState::Running, job: Some(JobId(Uuid::nil())), ..draft() };
        assert!(!running().end(&job, now), "it goes on");
        job.cancel(now);
        let mut import = running();
        assert!(import.end(&job, now) && !import.can_be_undone(now), "nothing happened");
        job.report.count("changed", 1);
        let mut import = running();
        assert!(import.end(&job, now) && !import.end(&job, now), "once");
        assert_eq!((import.state, import.report.as_ref()), (ImportState::Done, Some(&job.report)));
        assert!(import.can_be_undone(now + UNDO - SignedDuration::from_secs(1)) && !import.can_be_undone(now + UNDO));
        let mut undoing = Import { state: ImportState::Undoing, ..import.clone() };
        assert!(undoing.end(&job, now) && undoing.can_be_undone(now), "what was stopped can be gone on with");
        job.finish(now);
        let mut undoing = Import { state: ImportState::Undoing, ..import };
        assert!(undoing.end(&job, now) && !undoing.can_be_undone(now));
        assert_eq!(undoing.state, ImportState::Undone);
        let other = Import { job: Some(JobId(Uuid::from_u128(1))), ..running() };
        assert!(!other.clone().end(&job, now), "another job is another matter");
    }

    #[test]
    fn columns_mean_what_there_is_and_each_something_else() {
        let rules = |columns: &[Option<ImportField>]| {
            let mut faults = Violations::default();
            ImportSettings { columns: columns.to_vec(), ..draft().settings }.check(&[], &mut faults);
            faults.iter().map(|fault| fault.rule).collect::<Vec<_>>()
        };
        let (email, gone) = (Some(ImportField::Email), Some(ImportField::Property(PropertyId(Uuid::nil()))));
        assert_eq!(rules(&[email, None, None]), []);
        assert_eq!(rules(&[email, None, email]), [Rule::Duplicate]);
        assert_eq!(rules(&[email, gone]), [Rule::NotAChoice]);
    }
}
