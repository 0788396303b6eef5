use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    activity::Author,
    audit::{FieldChange, Target},
    id::{ApiKeyId, ImportId, JobId, LeadId, UserId},
    import::{Fate, Import, ImportSettings, RowFault},
    job::Report,
};
use qualify_ports::storage::{ImportChange, ImportPart, ImportProblem, ImportStore, StorageError, ToUndo};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::import_undoing::{self, Before};
use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{instant, timestamp, value},
};

struct StoredImport {
    id: Uuid,
    made_by: Option<Uuid>,
    made_by_key: Option<Uuid>,
    file: String,
    rows: i32,
    settings: Json<ImportSettings>,
    state: String,
    report: Option<Json<Report>>,
    job_id: Option<Uuid>,
    created_at: OffsetDateTime,
    done_at: Option<OffsetDateTime>,
    version: i32,
}

impl TryFrom<StoredImport> for Import {
    type Error = StorageError;

    fn try_from(row: StoredImport) -> Result<Self, StorageError> {
        let program = row.made_by_key.map(|key| Author::Program(ApiKeyId(key)));
        let by = row.made_by.map(|user| Author::Member(UserId(user))).or(program);
        Ok(Self {
            id: ImportId(row.id),
            by: by.ok_or_else(|| corrupt("author"))?,
            file: value(&row.file)?,
            rows: u32::try_from(row.rows).map_err(|_| corrupt("count"))?,
            settings: row.settings.0,
            state: value(&row.state)?,
            report: row.report.map(|report| report.0),
            job: row.job_id.map(JobId),
            created_at: timestamp(row.created_at)?,
            done_at: row.done_at.map(timestamp).transpose()?,
            version: row.version,
        })
    }
}

#[async_trait]
impl ImportStore for Work {
    async fn insert(&mut self, import: &Import, bytes: &[u8]) -> Result<(), StorageError> {
        let (member, program) = whose(Some(import.by));
        sqlx::query!(
            "WITH made AS (
                INSERT INTO imports (organization_id, id, made_by, made_by_key, file, rows, settings, state, created_at,
                    version)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING organization_id, id
            )
            INSERT INTO import_files (organization_id, import_id, bytes) SELECT organization_id, id, $11 FROM made",
            self.organization,
            import.id.0,
            member,
            program,
            &*import.file,
            count(import.rows),
            Json(&import.settings) as _,
            import.state.code(),
            instant(import.created_at),
            import.version,
            bytes,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Import(import.id), &["new"]);
        Ok(())
    }

    async fn find(&mut self, id: ImportId, by: Option<Author>) -> Result<Option<Import>, StorageError> {
        let (member, program) = whose(by);
        let row = sqlx::query_as!(
            StoredImport,
            r#"SELECT id, made_by, made_by_key, file, rows, settings AS "settings: _", state, report AS "report: _", job_id,
                created_at, done_at, version
            FROM imports
            WHERE organization_id = $1 AND id = $2 AND ($3::uuid IS NULL AND $4::uuid IS NULL
                OR made_by = $3 OR made_by_key = $4)"#,
            self.organization,
            id.0,
            member,
            program,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(Import::try_from).transpose()
    }

    async fn newest(&mut self, by: Option<Author>, limit: u16) -> Result<Vec<Import>, StorageError> {
        let (member, program) = whose(by);
        let rows = sqlx::query_as!(
            StoredImport,
            r#"SELECT id, made_by, made_by_key, file, rows, settings AS "settings: _", state, report AS "report: _", job_id,
                created_at, done_at, version
            FROM imports
            WHERE organization_id = $1 AND ($2::uuid IS NULL AND $3::uuid IS NULL OR made_by = $2 OR made_by_key = $3)
            ORDER BY created_at DESC, id DESC LIMIT $4"#,
            self.organization,
            member,
            program,
            i64::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Import::try_from).collect()
    }

    async fn update(&mut self, import: &mut Import) -> Result<(), StorageError> {
        let found = sqlx::query!(
            "UPDATE imports SET version = version + 1, rows = $4, settings = $5, state = $6, report = $7, job_id = $8,
                done_at = $9
            WHERE organization_id = $1 AND id = $2 AND version = $3",
            self.organization,
            import.id.0,
            import.version,
            count(import.rows),
            Json(&import.settings) as _,
            import.state.code(),
            import.report.as_ref().map(Json) as _,
            import.job.map(|job| job.0),
            import.done_at.map(instant),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        if found.rows_affected() == 0 {
            return Err(StorageError::Stale);
        }
        import.version += 1;
        let basis = import.settings.legal_basis.map(|basis| FieldChange::between("legal_basis", "", basis.code()));
        let state = FieldChange::between("state", "", import.state.code());
        self.changed(Target::Import(import.id), std::iter::once(state).chain(basis).collect());
        Ok(())
    }

    async fn file(&mut self, id: ImportId) -> Result<Option<Vec<u8>>, StorageError> {
        sqlx::query_scalar!(
            "SELECT bytes FROM import_files WHERE organization_id = $1 AND import_id = $2",
            self.organization,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)
    }

    async fn replace_file(&mut self, id: ImportId, bytes: &[u8]) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE import_files SET bytes = $3 WHERE organization_id = $1 AND import_id = $2",
            self.organization,
            id.0,
            bytes,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn hold(&mut self, id: ImportId) -> Result<(), StorageError> {
        sqlx::query!(
            "SELECT id FROM imports WHERE organization_id = $1 AND id = $2 FOR NO KEY UPDATE",
            self.organization,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn with_files(&mut self) -> Result<Vec<Import>, StorageError> {
        let rows = sqlx::query_as!(
            StoredImport,
            r#"SELECT id, made_by, made_by_key, file, rows, settings AS "settings: _", state, report AS "report: _", job_id,
                created_at, done_at, version
            FROM imports AS i
            WHERE organization_id = $1 AND EXISTS (
                SELECT FROM import_files AS f WHERE f.organization_id = $1 AND f.import_id = i.id
            )
            ORDER BY id FOR NO KEY UPDATE"#,
            self.organization,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Import::try_from).collect()
    }

    async fn keep_parts(&mut self, id: ImportId, parts: &[ImportPart]) -> Result<(), StorageError> {
        sqlx::query!(
            "DELETE FROM import_parts WHERE organization_id = $1 AND import_id = $2",
            self.organization,
            id.0,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        let lines: Vec<_> = parts.iter().map(|part| count(part.line)).collect();
        let texts: Vec<_> = parts.iter().map(|part| part.text.clone()).collect();
        sqlx::query!(
            "INSERT INTO import_parts (organization_id, import_id, part, line, text)
            SELECT $1, $2, n - 1, line, text
            FROM unnest($3::integer[], $4::text[]) WITH ORDINALITY AS part (line, text, n)",
            self.organization,
            id.0,
            &lines,
            &texts,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn part(&mut self, id: ImportId, part: u32) -> Result<Option<ImportPart>, StorageError> {
        let row = sqlx::query!(
            "SELECT line, text FROM import_parts WHERE organization_id = $1 AND import_id = $2 AND part = $3",
            self.organization,
            id.0,
            count(part),
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(|row| Ok(ImportPart { line: line(row.line)?, text: row.text })).transpose()
    }

    async fn keep_problems(&mut self, id: ImportId, problems: &[ImportProblem]) -> Result<(), StorageError> {
        let lines: Vec<_> = problems.iter().map(|problem| count(problem.line)).collect();
        let raws: Vec<_> = problems.iter().map(|problem| problem.raw.clone()).collect();
        let faults: Vec<_> = problems.iter().map(|problem| Json(&problem.faults)).collect();
        sqlx::query!(
            "INSERT INTO import_problems (organization_id, import_id, line, raw, faults)
            SELECT $1, $2, line, raw, faults FROM unnest($3::integer[], $4::text[], $5::jsonb[]) AS row (line, raw, faults)",
            self.organization,
            id.0,
            &lines,
            &raws,
            &faults as _,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn problems(&mut self, id: ImportId, after: u32, limit: u16) -> Result<Vec<ImportProblem>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT line, raw, faults AS "faults: Json<Vec<RowFault>>" FROM import_problems
            WHERE organization_id = $1 AND import_id = $2 AND line > $3 ORDER BY line LIMIT $4"#,
            self.organization,
            id.0,
            count(after),
            i64::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| Ok(ImportProblem { line: line(row.line)?, raw: row.raw, faults: row.faults.0 }))
            .collect()
    }

    async fn blank_problems(&mut self, id: ImportId, lines: &[u32]) -> Result<(), StorageError> {
        let lines: Vec<_> = lines.iter().copied().map(count).collect();
        sqlx::query!(
            "UPDATE import_problems SET raw = '' WHERE organization_id = $1 AND import_id = $2 AND line = ANY ($3)",
            self.organization,
            id.0,
            &lines,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn keep_changes(
        &mut self,
        id: ImportId,
        changes: &[ImportChange],
        now: Timestamp,
    ) -> Result<(), StorageError> {
        let leads: Vec<_> = changes.iter().map(|change| change.lead.id.0).collect();
        let versions: Vec<_> = changes.iter().map(|change| change.lead.version).collect();
        // Of two changes the first tells what was before; if somebody came between, the second is not ours to undo.
        let before: Vec<_> =
            changes.iter().map(|change| change.before.as_ref().map(|lead| Json(Before::of(lead)))).collect();
        sqlx::query!(
            "INSERT INTO import_changes (organization_id, import_id, lead_id, before, version, changed_at)
            SELECT $1, $2, lead, before, version, $6
            FROM unnest($3::uuid[], $4::jsonb[], $5::integer[]) AS change (lead, before, version)
            ON CONFLICT (organization_id, import_id, lead_id)
            DO UPDATE SET version = EXCLUDED.version WHERE import_changes.version = EXCLUDED.version - 1",
            self.organization,
            id.0,
            &leads,
            &before as _,
            &versions,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn to_undo(&mut self, id: ImportId, after: Option<LeadId>, limit: u16) -> Result<Vec<ToUndo>, StorageError> {
        import_undoing::to_undo(self, id, after, limit).await
    }

    async fn keep_fates(&mut self, id: ImportId, fates: &[(LeadId, Fate)]) -> Result<(), StorageError> {
        import_undoing::keep_fates(self, id, fates).await
    }

    async fn left(&mut self, id: ImportId, limit: u16) -> Result<Vec<(LeadId, bool)>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT lead_id, kept = 'changed_later' AS "changed!" FROM import_changes
            WHERE organization_id = $1 AND import_id = $2 AND kept IN ('changed_later', 'used') ORDER BY lead_id LIMIT $3"#,
            self.organization,
            id.0,
            i64::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(rows.into_iter().map(|row| (LeadId(row.lead_id), row.changed)).collect())
    }
}

fn whose(by: Option<Author>) -> (Option<Uuid>, Option<Uuid>) {
    match by {
        Some(Author::Member(user)) => (Some(user.0), None),
        Some(Author::Program(key)) => (None, Some(key.0)),
        None => (None, None),
    }
}

fn count(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

fn line(stored: i32) -> Result<u32, StorageError> {
    u32::try_from(stored).map_err(|_| corrupt("line"))
}
