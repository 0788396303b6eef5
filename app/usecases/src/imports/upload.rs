use std::collections::BTreeSet;

use qualify_domain::{
    access::{Actor, Permission},
    form::LegalBasis,
    id::ImportId,
    import::{Encoding, FileFault, Import, ImportState, MOST_COLUMNS, MOST_ROWS, addresses},
    text::Name,
};

use super::{
    apart,
    erased::{erased_in, file_of, problems, text_without},
    table::{delimiter_of, encoding_of, settings_of, table_of, text_of},
    turn,
};
use crate::Error;

/// How large a table may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How many rows.
    pub rows: u32,
    /// How many columns.
    pub columns: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { rows: MOST_ROWS, columns: MOST_COLUMNS }
    }
}

/// What a zipped file begins with: spreadsheet programs keep theirs so.
const ZIPPED: &[u8] = b"PK\x03\x04";
/// What older spreadsheet programs begin theirs with.
const OLD_SPREADSHEET: &[u8] = &[0xD0, 0xCF, 0x11, 0xE0];

/// What is said of a file when it is uploaded; what is left out can be said later.
#[derive(Clone, Debug)]
pub struct NewImport {
    /// What the file is called.
    pub file: Name,
    /// The ground on which its people are kept.
    pub legal_basis: Option<LegalBasis>,
    /// Where they come from.
    pub source: Option<Name>,
}

impl NewImport {
    /// A file of which nothing is known but its name.
    pub const fn named(file: Name) -> Self {
        Self { file, legal_basis: None, source: None }
    }
}

impl Limits {
    /// The table, if it is not too large.
    pub(super) fn fit(self, columns: usize, rows: u32) -> Result<(), FileFault> {
        match () {
            () if columns > self.columns => Err(FileFault::TooManyColumns(self.columns)),
            () if rows == 0 => Err(FileFault::Empty),
            () if rows > self.rows => Err(FileFault::TooManyRows(self.rows)),
            () => Ok(()),
        }
    }
}

impl super::Imports {
    /// Keeps a file of people, with how it seems to be written and what its columns seem to mean. Nothing happens to a lead.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Rule`] if it is no table, or too large a one.
    pub async fn upload(
        &self,
        actor: &Actor,
        new: NewImport,
        bytes: Vec<u8>,
        limits: Limits,
    ) -> Result<ImportId, Error> {
        let scope = actor.permit(Permission::ImportLeads)?;
        let by = scope.author().ok_or(Error::NotFound("author"))?;
        if bytes.starts_with(ZIPPED) || bytes.starts_with(OLD_SPREADSHEET) {
            return Err(FileFault::Spreadsheet.into());
        }
        let mut tx = self.storage.tenant(&scope).await?;
        let own = tx.properties().list().await?;
        drop(tx);
        let looked_through = apart(turn().await?, move || {
            let encoding = encoding_of(&bytes);
            let text = text_of(&bytes, encoding);
            let settings = settings_of(&text, encoding, delimiter_of(&text), &own);
            let table = table_of(&text, settings.delimiter, settings.has_header);
            let named: BTreeSet<_> = addresses(&text).collect();
            (bytes, text, settings, table, named)
        });
        let (mut bytes, text, mut settings, mut table, named) = looked_through.await?;
        limits.fit(settings.columns.len(), table.rows)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let gone = erased_in(&mut *tx, &*self.tokens, scope.organization(), named).await?;
        drop(tx);
        let mut lines = Vec::new();
        // Of somebody who was erased nothing is kept, not even for a while.
        if let Some((rest, taken)) = text_without(&text, settings.delimiter.char(), &gone) {
            (bytes, settings.encoding, lines) = (file_of(&rest), Encoding::Utf8, taken);
            table = table_of(&rest, settings.delimiter, settings.has_header);
        }
        (settings.legal_basis, settings.source) = (new.legal_basis, new.source);
        let import = Import {
            id: self.ids.next(),
            by,
            file: new.file,
            rows: table.rows,
            settings,
            state: ImportState::Draft,
            report: None,
            job: None,
            created_at: self.clock.now(),
            done_at: None,
            version: 1,
        };
        let mut tx = self.storage.tenant(&scope).await?;
        tx.imports().insert(&import, &bytes).await?;
        tx.imports().keep_parts(import.id, &table.parts).await?;
        tx.imports().keep_problems(import.id, &problems(&lines)).await?;
        tx.commit().await?;
        Ok(import.id)
    }
}
