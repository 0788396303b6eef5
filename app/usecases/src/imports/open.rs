use jiff::tz::TimeZone;
use qualify_domain::{
    access::{Actor, Permission},
    csv::Reader,
    id::{ImportId, LeadId},
    import::{BROKEN, Import, ImportRow, ImportState, RowFault},
    job::Job,
    organization::Member,
    pipeline::Pipelines,
    property::Property,
    reason::Reason,
};

use super::{
    apart, find,
    reading::RowReader,
    table::{header_of, text_of},
    turn, whose,
};
use crate::Error;

/// So many rows are shown as they would be kept.
const SHOWN: usize = 20;
/// So many of an organization's imports are shown.
const LISTED: u16 = 50;
/// So many of the leads are named that stayed when an import was undone.
const LEFT: u16 = 100;

/// A row as it would be kept, or what is wrong with it.
#[derive(Debug)]
pub struct Previewed {
    /// On which line of the file it begins.
    pub line: u32,
    /// Its cells, as they stand there.
    pub cells: Vec<String>,
    /// What it would be.
    pub row: Result<ImportRow, Vec<RowFault>>,
}

/// An import, and what is to be seen of it.
#[derive(Debug)]
pub struct ImportFile {
    /// The import.
    pub import: Import,
    /// The names of its columns, as far as the file has any.
    pub header: Vec<String>,
    /// Whether signs in the file could not be read in the letters that were chosen.
    pub has_broken_signs: bool,
    /// Its first rows, while it can still be explained otherwise.
    pub preview: Vec<Previewed>,
    /// The job that does or did it, or undoes it.
    pub job: Option<Job>,
    /// Rows that became nothing are kept for the error file.
    pub has_problems: bool,
    /// Leads that stayed when it was undone, and whether they were changed (else they are worked on).
    pub left: Vec<(LeadId, bool)>,
    /// The stages that rows may name.
    pub pipelines: Pipelines,
    /// The reasons that rows may name.
    pub reasons: Vec<Reason>,
    /// The members that rows may name.
    pub members: Vec<Member>,
    /// What the organization itself wants to know.
    pub own: Vec<Property>,
    /// Where the days of the file begin.
    pub zone: TimeZone,
}

impl super::Imports {
    /// The imports the actor may see, the newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub async fn list(&self, actor: &Actor) -> Result<Vec<Import>, Error> {
        let scope = actor.permit(Permission::ImportLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        Ok(tx.imports().newest(whose(&scope), LISTED).await?)
    }

    /// An import, with its first rows as they would be kept.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`].
    pub async fn open(&self, actor: &Actor, id: ImportId) -> Result<ImportFile, Error> {
        let scope = actor.permit(Permission::ImportLeads)?;
        let turn = turn().await?;
        let mut tx = self.storage.tenant(&scope).await?;
        let import = find(&mut *tx, &scope, id).await?;
        let job = match import.job {
            Some(job) => tx.jobs().find(job).await?,
            None => None,
        };
        let is_draft = import.state == ImportState::Draft;
        let (mut header, mut preview, mut has_broken_signs) = (Vec::new(), Vec::new(), false);
        if let Some(bytes) = tx.imports().file(id).await?.filter(|_| is_draft) {
            let settings = import.settings.clone();
            let looked_through = apart(turn, move || {
                let text = text_of(&bytes, settings.encoding);
                (header_of(&text, &settings), text.contains(BROKEN))
            });
            (header, has_broken_signs) = looked_through.await?;
        }
        let reader = RowReader::open(&mut *tx, &scope, import.clone()).await?;
        if let Some(part) = tx.imports().part(id, 0).await?.filter(|_| is_draft) {
            let records = Reader::at(&part.text, import.settings.delimiter.char(), part.line);
            preview.extend(records.take(SHOWN).map(|record| Previewed {
                line: record.line,
                row: reader.reading.read(&record),
                cells: record.cells.unwrap_or_else(|| vec![record.raw.to_owned()]),
            }));
        }
        Ok(ImportFile {
            header,
            has_broken_signs,
            preview,
            job,
            has_problems: !is_draft && !tx.imports().problems(id, 0, 1).await?.is_empty(),
            left: if is_draft { Vec::new() } else { tx.imports().left(id, LEFT).await? },
            pipelines: tx.pipelines().all().await?,
            reasons: tx.pipelines().reasons().await?,
            own: reader.reading.own,
            zone: reader.reading.zone,
            members: tx.members().list().await?,
            import,
        })
    }
}
