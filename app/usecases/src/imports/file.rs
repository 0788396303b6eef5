use std::sync::Arc;

use futures::stream::{self, BoxStream, StreamExt};
use qualify_domain::{
    access::{Actor, Permission},
    csv::{Reader, unguarded},
    id::ImportId,
    import::{Delimiter, Import},
};
use qualify_ports::storage::{ImportProblem, Storage};

use super::{
    apart, find,
    table::{header_of, text_of},
    turn,
};
use crate::Error;

/// So many rows are read at once.
const PART: u16 = 1_000;

/// The cells of a row as they stood in the file, and what is wrong with it.
pub type ProblemRow = (Vec<String>, ImportProblem);

/// The rows of a file that became nothing.
pub struct ProblemFile {
    /// The import.
    pub import: Import,
    /// The names of the columns, as far as the file has any.
    pub header: Vec<String>,
    /// Each row with its cells as they stood in the file, part after part.
    pub parts: BoxStream<'static, Result<Vec<ProblemRow>, Error>>,
}

/// Rows on their way out.
struct Outgoing {
    storage: Arc<dyn Storage>,
    actor: Actor,
    import: ImportId,
    delimiter: Delimiter,
    after: u32,
}

impl super::Imports {
    /// The rows of an import that became nothing, to be mended and imported.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`] once it is forgotten.
    pub async fn problems(&self, actor: &Actor, id: ImportId) -> Result<ProblemFile, Error> {
        let scope = actor.permit(Permission::ImportLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let import = find(&mut *tx, &scope, id).await?;
        let settings = import.settings.clone();
        let bytes = tx.imports().file(id).await?.ok_or(Error::NotFound("file"))?;
        drop(tx);
        let (storage, actor, delimiter) = (self.storage.clone(), actor.clone(), settings.delimiter);
        let header = apart(turn().await?, move || header_of(&text_of(&bytes, settings.encoding), &settings)).await?;
        let outgoing = Outgoing { storage, actor, import: id, delimiter, after: 0 };
        Ok(ProblemFile { parts: stream::try_unfold(outgoing, Outgoing::next).boxed(), header, import })
    }
}

impl Outgoing {
    async fn next(mut self) -> Result<Option<(Vec<ProblemRow>, Self)>, Error> {
        let mut tx = self.storage.tenant(&self.actor.permit(Permission::ImportLeads)?).await?;
        let problems = tx.imports().problems(self.import, self.after, PART).await?;
        drop(tx);
        let Some(last) = problems.last() else { return Ok(None) };
        self.after = last.line;
        let rows = problems.into_iter().map(|problem| (cells(&problem.raw, self.delimiter), problem));
        Ok(Some((rows.collect(), self)))
    }
}

/// The cells of a row as it stood in the file; one whose quote is never closed is cut where it stands.
fn cells(raw: &str, delimiter: Delimiter) -> Vec<String> {
    let read = Reader::new(raw, delimiter.char()).next().and_then(|record| record.cells);
    let cells = read.unwrap_or_else(|| raw.split(delimiter.char()).map(str::to_owned).collect());
    cells.iter().map(|cell| unguarded(cell).to_owned()).collect()
}
