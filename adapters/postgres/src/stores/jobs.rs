use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::{FieldChange, Target},
    id::{ApiKeyId, JobId, SessionId, UserId},
    job::{Asker, Job, JobFault, JobKind, LeftOut, Report},
};
use qualify_ports::storage::{JobStore, StorageError};
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    error::{corrupt, failed},
    tx::Work,
    values::{instant, optional, timestamp, value},
};

struct StoredJob {
    id: Uuid,
    user_id: Uuid,
    session_id: Option<Uuid>,
    kind: Json<JobKind>,
    state: String,
    place: String,
    done: i64,
    total: Option<i64>,
    report: Json<Report>,
    left_out: Json<Vec<LeftOut>>,
    fault: Option<String>,
    called_off_at: Option<OffsetDateTime>,
    asked_at: OffsetDateTime,
    began_at: Option<OffsetDateTime>,
    ended_at: Option<OffsetDateTime>,
    version: i32,
}

impl TryFrom<StoredJob> for Job {
    type Error = StorageError;

    fn try_from(row: StoredJob) -> Result<Self, StorageError> {
        let asker = row.session_id.map_or(Asker::Program(ApiKeyId(row.user_id)), |session| {
            Asker::Member(UserId(row.user_id), SessionId(session))
        });
        Ok(Self {
            id: JobId(row.id),
            asker,
            kind: row.kind.0,
            state: value(&row.state)?,
            place: row.place,
            done: number(row.done)?,
            total: row.total.map(number).transpose()?,
            report: row.report.0,
            left_out: row.left_out.0,
            fault: optional(row.fault.as_deref())?,
            is_called_off: row.called_off_at.is_some(),
            asked_at: timestamp(row.asked_at)?,
            began_at: row.began_at.map(timestamp).transpose()?,
            ended_at: row.ended_at.map(timestamp).transpose()?,
            version: row.version,
        })
    }
}

#[async_trait]
impl JobStore for Work {
    async fn insert(&mut self, job: &Job) -> Result<(), StorageError> {
        let (whose, session) = whose(job.asker);
        sqlx::query!(
            "INSERT INTO jobs (organization_id, id, user_id, session_id, kind, state, place, done, total, report, asked_at,
                version)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
            self.organization,
            job.id.0,
            whose,
            session,
            Json(&job.kind) as _,
            job.state.code(),
            job.place,
            count(job.done),
            job.total.map(count),
            Json(&job.report) as _,
            instant(job.asked_at),
            job.version,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        self.touched(Target::Job(job.id), &["new", job.kind.code()]);
        Ok(())
    }

    async fn find(&mut self, id: JobId) -> Result<Option<Job>, StorageError> {
        let row = sqlx::query_as!(
            StoredJob,
            r#"SELECT id, user_id, session_id, kind AS "kind: _", state, place, done, total, report AS "report: _",
                left_out AS "left_out: _", fault, called_off_at, asked_at, began_at, ended_at, version
            FROM jobs WHERE organization_id = $1 AND id = $2"#,
            self.organization,
            id.0,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        row.map(Job::try_from).transpose()
    }

    async fn newest(&mut self, asker: Asker, limit: u16) -> Result<Vec<Job>, StorageError> {
        let rows = sqlx::query_as!(
            StoredJob,
            r#"SELECT id, user_id, session_id, kind AS "kind: _", state, place, done, total, report AS "report: _",
                left_out AS "left_out: _", fault, called_off_at, asked_at, began_at, ended_at, version
            FROM jobs WHERE organization_id = $1 AND user_id = $2
            ORDER BY asked_at DESC, id DESC LIMIT $3"#,
            self.organization,
            whose(asker).0,
            i64::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Job::try_from).collect()
    }

    async fn unfinished(&mut self, asker: Asker) -> Result<u64, StorageError> {
        let unfinished = sqlx::query_scalar!(
            r#"SELECT count(*) AS "count!" FROM jobs WHERE organization_id = $1 AND user_id = $2 AND ended_at IS NULL"#,
            self.organization,
            whose(asker).0,
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        number(unfinished)
    }

    async fn keep(&mut self, job: &mut Job) -> Result<(), StorageError> {
        let called_off = sqlx::query_scalar!(
            "UPDATE jobs SET version = version + 1, state = $4, place = $5, done = $6, total = $7, report = $8, fault = $9,
                began_at = $10, ended_at = $11, left_out = $12
            WHERE organization_id = $1 AND id = $2 AND version = $3 AND ended_at IS NULL
            RETURNING called_off_at",
            self.organization,
            job.id.0,
            job.version,
            job.state.code(),
            job.place,
            count(job.done),
            job.total.map(count),
            Json(&job.report) as _,
            job.fault.map(JobFault::code),
            job.began_at.map(instant),
            job.ended_at.map(instant),
            Json(&job.left_out) as _,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?
        .ok_or(StorageError::Stale)?;
        job.version += 1;
        job.is_called_off = called_off.is_some();
        if job.is_over() {
            let outcomes = job.report.iter().map(|(outcome, times)| FieldChange::between(outcome, "", times));
            let end = FieldChange::between("state", "", job.state.code());
            self.changed(Target::Job(job.id), std::iter::once(end).chain(outcomes).collect());
        }
        Ok(())
    }

    async fn call_off(&mut self, id: JobId, now: Timestamp) -> Result<bool, StorageError> {
        let found = sqlx::query!(
            "UPDATE jobs SET called_off_at = coalesce(called_off_at, $3)
            WHERE organization_id = $1 AND id = $2 AND ended_at IS NULL",
            self.organization,
            id.0,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        let found = found.rows_affected() == 1;
        if found {
            self.touched(Target::Job(id), &["called_off"]);
        }
        Ok(found)
    }
}

fn whose(asker: Asker) -> (Uuid, Option<Uuid>) {
    match asker {
        Asker::Member(user, session) => (user.0, Some(session.0)),
        Asker::Program(key) => (key.0, None),
    }
}

fn number(stored: i64) -> Result<u64, StorageError> {
    u64::try_from(stored).map_err(|_| corrupt("count"))
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
