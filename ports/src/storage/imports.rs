use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    activity::Author,
    id::{ImportId, LeadId},
    import::{Fate, Import, RowFault},
    lead::Lead,
    person::Person,
    text::Tag,
};

use super::StorageError;

/// Some rows of a file, to be read at once.
#[derive(Clone, PartialEq, Eq)]
pub struct ImportPart {
    /// The line of the file on which they begin.
    pub line: u32,
    /// The rows themselves.
    pub text: String,
}

/// A row that became nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct ImportProblem {
    /// On which line of the file it begins.
    pub line: u32,
    /// As it stands there.
    pub raw: String,
    /// What is wrong with it.
    pub faults: Vec<RowFault>,
}

/// What an import did to a lead.
#[derive(Clone, Debug)]
pub struct ImportChange {
    /// The lead as it is now.
    pub lead: Lead,
    /// As it was before; nothing if the import made it.
    pub before: Option<Lead>,
}

/// A lead to which an import did something that may be undone.
#[derive(Clone, Debug)]
pub struct ToUndo {
    /// The lead as it is now.
    pub lead: Lead,
    /// What was known before, and its tags; nothing if the import made it.
    pub before: Option<(Person, Vec<Tag>)>,
    /// What is to become of it.
    pub fate: Fate,
}

/// People taken over from files.
#[async_trait]
pub trait ImportStore: Send {
    /// Keeps a new one with its file.
    async fn insert(&mut self, import: &Import, bytes: &[u8]) -> Result<(), StorageError>;

    /// The import of that id; only if it is theirs, where somebody is named.
    async fn find(&mut self, id: ImportId, by: Option<Author>) -> Result<Option<Import>, StorageError>;

    /// The newest, at most `limit`; only theirs, where somebody is named.
    async fn newest(&mut self, by: Option<Author>, limit: u16) -> Result<Vec<Import>, StorageError>;

    /// Keeps a changed one with the next version; [`StorageError::Stale`] if `import.version` is not the stored one. The
    /// trail is told of it.
    async fn update(&mut self, import: &mut Import) -> Result<(), StorageError>;

    /// The file as it came; none when it is forgotten.
    async fn file(&mut self, id: ImportId) -> Result<Option<Vec<u8>>, StorageError>;

    /// Keeps a file in place of the one that came.
    async fn replace_file(&mut self, id: ImportId, bytes: &[u8]) -> Result<(), StorageError>;

    /// Has whoever works on an import wait until this work is done.
    async fn hold(&mut self, id: ImportId) -> Result<(), StorageError>;

    /// The imports whose files are kept, of everybody. Whoever works on one of them waits.
    async fn with_files(&mut self) -> Result<Vec<Import>, StorageError>;

    /// Keeps the rows of the file, in place of what was kept of them before.
    async fn keep_parts(&mut self, id: ImportId, parts: &[ImportPart]) -> Result<(), StorageError>;

    /// A part of the rows, from 0; none after the last.
    async fn part(&mut self, id: ImportId, part: u32) -> Result<Option<ImportPart>, StorageError>;

    /// Keeps rows that became nothing.
    async fn keep_problems(&mut self, id: ImportId, problems: &[ImportProblem]) -> Result<(), StorageError>;

    /// The rows that became nothing after a line, in their order.
    async fn problems(&mut self, id: ImportId, after: u32, limit: u16) -> Result<Vec<ImportProblem>, StorageError>;

    /// Keeps of rows that became nothing only where they stood, and why.
    async fn blank_problems(&mut self, id: ImportId, lines: &[u32]) -> Result<(), StorageError>;

    /// Keeps what was done to leads; of one it did something to before, how it was at first stays.
    async fn keep_changes(
        &mut self,
        id: ImportId,
        changes: &[ImportChange],
        now: Timestamp,
    ) -> Result<(), StorageError>;

    /// What was done to the next leads after `after`, by their ids. Until the end of the work nobody else changes them.
    async fn to_undo(&mut self, id: ImportId, after: Option<LeadId>, limit: u16) -> Result<Vec<ToUndo>, StorageError>;

    /// Keeps what became of leads that are still there.
    async fn keep_fates(&mut self, id: ImportId, fates: &[(LeadId, Fate)]) -> Result<(), StorageError>;

    /// The leads that stayed as they are when it was undone, and whether they were changed (else they are worked on).
    async fn left(&mut self, id: ImportId, limit: u16) -> Result<Vec<(LeadId, bool)>, StorageError>;
}
