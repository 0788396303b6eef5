use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    audit::Mark,
    retention::{EVERY, RetentionRule, Run, Swept},
};
use qualify_ports::storage::{RetentionStore, StorageError};
use time::OffsetDateTime;

use crate::{
    error::{corrupt, failed},
    tx::PlatformWork,
    values::{digest, instant, timestamp},
};

struct RunRow {
    sequence: i64,
    rule: String,
    began_at: OffsetDateTime,
    cutoff: OffsetDateTime,
    rows: i64,
    milliseconds: i64,
    outcome: String,
    previous: Vec<u8>,
    hash: Vec<u8>,
}

impl TryFrom<RunRow> for Run {
    type Error = StorageError;

    fn try_from(row: RunRow) -> Result<Self, StorageError> {
        Ok(Self {
            sequence: row.sequence,
            rule: row.rule,
            began_at: timestamp(row.began_at)?,
            cutoff: timestamp(row.cutoff)?,
            rows: row.rows,
            milliseconds: row.milliseconds,
            outcome: row.outcome,
            previous: digest(&row.previous)?,
            hash: digest(&row.hash)?,
        })
    }
}

#[async_trait]
impl RetentionStore for PlatformWork {
    async fn take(
        &mut self,
        rule: &RetentionRule,
        now: Timestamp,
        until: Timestamp,
        early: bool,
    ) -> Result<bool, StorageError> {
        sqlx::query!(
            "INSERT INTO retention_turns (rule, due_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
            rule.code,
            instant(now),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        // Whoever is in the middle of a batch holds the row itself. Moments that lie too far ahead are of a clock that was
        // wrong, and hold up nobody.
        let taken = sqlx::query!(
            "UPDATE retention_turns SET held_until = $3 WHERE rule = (
                SELECT rule FROM retention_turns
                WHERE rule = $1
                    AND (held_until IS NULL OR held_until <= $2
                        OR held_until > $3::timestamptz + ($3::timestamptz - $2::timestamptz))
                    AND ($4::boolean OR due_at <= $2 OR due_at > $5)
                FOR UPDATE SKIP LOCKED
            )",
            rule.code,
            instant(now),
            instant(until),
            early,
            instant(now + EVERY * 2),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(taken.rows_affected() == 1)
    }

    async fn hold(&mut self, rule: &RetentionRule, until: Timestamp) -> Result<(), StorageError> {
        sqlx::query!("UPDATE retention_turns SET held_until = $2 WHERE rule = $1", rule.code, instant(until))
            .execute(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(())
    }

    async fn sweep(
        &mut self,
        rule: &RetentionRule,
        cutoff: Timestamp,
        now: Timestamp,
        limit: u16,
    ) -> Result<u64, StorageError> {
        let swept = sqlx::query_scalar!(
            r#"SELECT sweep_of($1, $2, $3, $4) AS "swept!""#,
            rule.code,
            instant(cutoff),
            instant(now),
            i32::from(limit),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        u64::try_from(swept).map_err(|_| corrupt("count"))
    }

    async fn record(&mut self, swept: &Swept, next: Timestamp) -> Result<(), StorageError> {
        sqlx::query!(
            "SELECT record_run($1, $2, $3, $4, $5, $6)",
            swept.rule.code,
            instant(swept.began_at),
            instant(swept.cutoff),
            i64::try_from(swept.rows).unwrap_or(i64::MAX),
            i64::try_from(swept.took.as_millis()).unwrap_or(i64::MAX),
            swept.outcome.code(),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        sqlx::query!(
            "UPDATE retention_turns SET due_at = $2, held_until = NULL WHERE rule = $1",
            swept.rule.code,
            instant(next),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn due(&mut self, rule: &RetentionRule, cutoff: Timestamp, limit: u32) -> Result<u64, StorageError> {
        let due = sqlx::query_scalar!(
            r#"SELECT due_of($1, $2, $3) AS "due!""#,
            rule.code,
            instant(cutoff),
            i32::try_from(limit).unwrap_or(i32::MAX),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        u64::try_from(due).map_err(|_| corrupt("count"))
    }

    async fn overdue_requests(&mut self, moment: Timestamp) -> Result<u64, StorageError> {
        let overdue = sqlx::query_scalar!(r#"SELECT overdue_requests($1) AS "overdue!""#, instant(moment))
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        u64::try_from(overdue).map_err(|_| corrupt("count"))
    }

    async fn runs(&mut self, after: i64, limit: u16) -> Result<Vec<Run>, StorageError> {
        let rows = sqlx::query_as!(
            RunRow,
            "SELECT sequence, rule, began_at, cutoff, rows, milliseconds, outcome, previous, hash FROM retention_runs
            WHERE sequence > $1 ORDER BY sequence LIMIT $2",
            after,
            i64::from(limit),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(Run::try_from).collect()
    }

    async fn newest_run(&mut self) -> Result<Mark, StorageError> {
        let head = sqlx::query!("SELECT sequence, hash FROM retention_head")
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(Mark { sequence: head.sequence, hash: digest(&head.hash)? })
    }
}
