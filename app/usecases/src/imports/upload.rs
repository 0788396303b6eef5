use qualify_domain::{
    access::{Actor, Permission},
    id::ImportId,
    import::{FileFault, Import, ImportState, MOST_COLUMNS, MOST_ROWS},
    text::Name,
};

use super::table::{delimiter_of, encoding_of, settings_of, table_of, text_of};
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

impl super::Imports {
    /// Keeps a file of people, with how it seems to be written and what its columns seem to mean. Nothing happens to a lead.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::Rule`] if it is no table, or too large a one.
    pub async fn upload(&self, actor: &Actor, name: Name, bytes: &[u8], limits: Limits) -> Result<ImportId, Error> {
        let scope = actor.permit(Permission::ImportLeads)?;
        let by = scope.author().ok_or(Error::NotFound("author"))?;
        if bytes.starts_with(ZIPPED) || bytes.starts_with(OLD_SPREADSHEET) {
            return Err(FileFault::Spreadsheet.into());
        }
        let mut tx = self.storage.tenant(&scope).await?;
        let own = tx.properties().list().await?;
        drop(tx);
        let encoding = encoding_of(bytes);
        let text = text_of(bytes, encoding);
        let settings = settings_of(&text, encoding, delimiter_of(&text), &own);
        let table = table_of(&text, settings.delimiter, settings.has_header);
        match () {
            () if settings.columns.len() > limits.columns => {
                return Err(FileFault::TooManyColumns(limits.columns).into());
            }
            () if table.rows == 0 => return Err(FileFault::Empty.into()),
            () if table.rows > limits.rows => return Err(FileFault::TooManyRows(limits.rows).into()),
            () => {}
        }
        let import = Import {
            id: self.ids.next(),
            by,
            file: name,
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
        tx.imports().insert(&import, bytes).await?;
        tx.imports().keep_parts(import.id, &table.parts).await?;
        tx.commit().await?;
        Ok(import.id)
    }
}
