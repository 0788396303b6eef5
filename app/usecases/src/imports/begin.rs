use qualify_domain::{
    access::{Actor, Permission},
    id::{ImportId, JobId},
    import::{Import, ImportError, ImportField, ImportSettings, ImportState},
    job::JobKind,
    violation::{Rule, Violations},
};

use super::{
    apart, find,
    table::{columns_of, dates_of, table_of, text_of},
    turn,
    upload::Limits,
};
use crate::Error;

impl super::Imports {
    /// Says how the file is written and what it means, if nobody said otherwise meanwhile. Where it is read in another way,
    /// what its columns mean is suggested anew.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Stale`]; [`Error::Invalid`] for columns that cannot mean that;
    /// [`Error::Rule`] once it has begun, or where the file is too large a table in that way.
    pub async fn settle(
        &self,
        actor: &Actor,
        id: ImportId,
        version: i32,
        settings: ImportSettings,
    ) -> Result<(), Error> {
        let scope = actor.permit(Permission::ImportLeads)?;
        let turn = turn().await?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut import = find(&mut *tx, &scope, id).await?;
        if import.state != ImportState::Draft {
            return Err(ImportError::Begun.into());
        }
        if import.version != version {
            return Err(Error::Stale);
        }
        let own = tx.properties().list().await?;
        let (anew, width) = (!settings.reads_as(&import.settings), import.settings.columns.len());
        import.settings = settings;
        import.settings.columns.resize(width, None);
        import.report = None;
        if anew {
            let bytes = tx.imports().file(id).await?.ok_or(ImportError::Forgotten)?;
            let (mut settings, known) = (import.settings, own.clone());
            let looked_through = apart(turn, move || {
                let text = text_of(&bytes, settings.encoding);
                settings.columns = columns_of(&text, settings.delimiter, settings.has_header, &known);
                settings.dates = dates_of(&text, &settings, &known);
                let table = table_of(&text, settings.delimiter, settings.has_header);
                (settings, table)
            });
            let (settings, table) = looked_through.await?;
            Limits::default().fit(settings.columns.len(), table.rows)?;
            (import.settings, import.rows) = (settings, table.rows);
            tx.imports().keep_parts(id, &table.parts).await?;
        }
        let mut faults = Violations::default();
        import.settings.check(&own, &mut faults);
        faults.or(Some(()))?;
        tx.imports().update(&mut import).await?;
        Ok(tx.commit().await?)
    }

    /// Begins: from here on rows become leads, in the background.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Invalid`] with all that must be said before; [`Error::Rule`] if it
    /// has begun already.
    pub async fn begin(&self, actor: &Actor, id: ImportId) -> Result<JobId, Error> {
        let scope = actor.permit(Permission::ImportLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut import = find(&mut *tx, &scope, id).await?;
        if import.state != ImportState::Draft {
            return Err(ImportError::Begun.into());
        }
        ready(&import)?;
        if tx.imports().file(id).await?.is_none() {
            return Err(ImportError::Forgotten.into());
        }
        let job = self.jobs.begin(&mut *tx, &scope, JobKind::ImportLeads { import: id }).await?;
        import.state = ImportState::Running;
        import.job = Some(job);
        tx.imports().update(&mut import).await?;
        tx.commit().await?;
        Ok(job)
    }

    /// Undoes what an import did, in the background: leads it made go, leads it changed are again as they were, unless
    /// somebody did something to them since.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Rule`] if there is nothing to undo, or not any more.
    pub async fn undo(&self, actor: &Actor, id: ImportId) -> Result<JobId, Error> {
        let scope = actor.permit(Permission::ImportLeads)?;
        let mut tx = self.storage.tenant(&scope).await?;
        let mut import = find(&mut *tx, &scope, id).await?;
        if !import.can_be_undone(self.clock.now()) {
            return Err(ImportError::NotUndoable.into());
        }
        let job = self.jobs.begin(&mut *tx, &scope, JobKind::UndoImport { import: id }).await?;
        import.state = ImportState::Undoing;
        import.job = Some(job);
        tx.imports().update(&mut import).await?;
        tx.commit().await?;
        Ok(job)
    }
}

/// All that must be said before rows become leads.
fn ready(import: &Import) -> Result<(), Violations> {
    let (settings, mut faults) = (&import.settings, Violations::default());
    if settings.legal_basis.is_none() {
        faults.add("legal_basis", Rule::Required);
    }
    if settings.source.is_none() {
        faults.add("source", Rule::Required);
    }
    if settings.column(ImportField::Email).is_none() && settings.column(ImportField::Phone).is_none() {
        faults.add("columns", Rule::OneOfRequired);
    }
    faults.or(Some(()))
}
