use std::collections::BTreeMap;

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use qualify_domain::{
    audit::Mark,
    gone::Gone,
    id::{LeadId, OrganizationId, SubmissionId, UserId},
    retention::{EVERY, Outcome, RetentionRule, Run, Swept},
    suppression::{AddressHash, Suppression},
};
use qualify_ports::storage::{Certificate, OverdueBreaches, QueueState, RetentionStore, StorageError, Turn};
use sqlx::types::Json;
use time::OffsetDateTime;

use crate::{
    error::{corrupt, failed},
    tx::PlatformWork,
    values::{digest, instant, timestamp, value},
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
        // Asked first: to run into a row that somebody is changing is to wait for them.
        sqlx::query!(
            "INSERT INTO retention_turns (rule, due_at) SELECT $1, $2
            WHERE NOT EXISTS (SELECT FROM retention_turns WHERE rule = $1) ON CONFLICT DO NOTHING",
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

    async fn warn(&mut self, now: Timestamp, soon: Timestamp, later: Timestamp) -> Result<u64, StorageError> {
        let warned = sqlx::query_scalar!(
            r#"SELECT warn_of_ends($1, $2, $3) AS "warned!""#,
            instant(now),
            instant(soon),
            instant(later),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        u64::try_from(warned).map_err(|_| corrupt("count"))
    }

    async fn note(&mut self, swept: &Swept) -> Result<(), StorageError> {
        sqlx::query!(
            "UPDATE retention_turns SET began_at = $2, cutoff = $3, rows = $4 WHERE rule = $1",
            swept.rule.code,
            instant(swept.began_at),
            instant(swept.cutoff),
            i64::try_from(swept.rows).unwrap_or(i64::MAX),
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn unproven(&mut self, rule: &'static RetentionRule) -> Result<Option<Swept>, StorageError> {
        let row = sqlx::query!(
            r#"SELECT began_at AS "began_at!", cutoff AS "cutoff!", rows FROM retention_turns WHERE rule = $1 AND rows > 0"#,
            rule.code,
        )
        .fetch_optional(&mut *self.sql)
        .await
        .map_err(failed)?;
        let swept = row.map(|row| {
            let (began_at, cutoff) = (timestamp(row.began_at)?, timestamp(row.cutoff)?);
            let rows = u64::try_from(row.rows).map_err(|_| corrupt("count"))?;
            Ok(Swept { rule, began_at, cutoff, rows, took: SignedDuration::ZERO, outcome: Outcome::Failed })
        });
        swept.transpose()
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
            "UPDATE retention_turns SET due_at = $2, held_until = NULL, rows = 0 WHERE rule = $1",
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

    async fn turns(&mut self) -> Result<Vec<Turn>, StorageError> {
        let turns = sqlx::query!("SELECT rule, due_at FROM retention_turns ORDER BY rule")
            .fetch_all(&mut *self.sql)
            .await
            .map_err(failed)?;
        let runs = sqlx::query_as!(
            RunRow,
            r#"SELECT r.sequence AS "sequence!", r.rule AS "rule!", r.began_at AS "began_at!", r.cutoff AS "cutoff!",
                r.rows AS "rows!", r.milliseconds AS "milliseconds!", r.outcome AS "outcome!", r.previous AS "previous!",
                r.hash AS "hash!"
            FROM retention_turns AS t CROSS JOIN LATERAL (
                SELECT * FROM retention_runs WHERE rule = t.rule ORDER BY sequence DESC LIMIT 1
            ) AS r"#,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let runs = runs.into_iter().map(Run::try_from).collect::<Result<Vec<_>, _>>()?;
        let turns = turns.into_iter().map(|turn| {
            let last = runs.iter().find(|run| run.rule == turn.rule).cloned();
            Ok(Turn { next_at: timestamp(turn.due_at)?, rule: turn.rule, last })
        });
        turns.collect()
    }

    async fn queue(&mut self) -> Result<QueueState, StorageError> {
        let row = sqlx::query!(r#"SELECT oldest_due_at, parked AS "parked!" FROM queue_state()"#)
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(QueueState {
            oldest_due_at: row.oldest_due_at.map(timestamp).transpose()?,
            parked: u64::try_from(row.parked).map_err(|_| corrupt("count"))?,
        })
    }

    async fn overdue_requests(&mut self, moment: Timestamp) -> Result<u64, StorageError> {
        let overdue = sqlx::query_scalar!(r#"SELECT overdue_requests($1) AS "overdue!""#, instant(moment))
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        u64::try_from(overdue).map_err(|_| corrupt("count"))
    }

    async fn overdue_breaches(&mut self, moment: Timestamp) -> Result<OverdueBreaches, StorageError> {
        let overdue = sqlx::query!(
            r#"SELECT of_service AS "of_service!", of_tenants AS "of_tenants!", untold AS "untold!"
            FROM overdue_breaches($1)"#,
            instant(moment),
        )
        .fetch_one(&mut *self.sql)
        .await
        .map_err(failed)?;
        let count = |rows: i64| u64::try_from(rows).map_err(|_| corrupt("count"));
        Ok(OverdueBreaches {
            of_service: count(overdue.of_service)?,
            of_organizations: count(overdue.of_tenants)?,
            untold: count(overdue.untold)?,
        })
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

    async fn gone(&mut self, since: Timestamp) -> Result<Vec<Gone>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT home AS "home!", what AS "what!", id, address, at AS "at!", ground AS "ground!" FROM gone_lately($1)"#,
            instant(since),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let gone = rows.into_iter().map(|row| {
            let (organization, at) = (OrganizationId(row.home), timestamp(row.at)?);
            Ok(match (row.what.as_str(), row.id, row.address) {
                ("lead", Some(id), _) => Gone::Lead { organization, id: LeadId(id), at, ground: value(&row.ground)? },
                ("submission", Some(id), _) => Gone::Submission { organization, id: SubmissionId(id), at },
                ("account", Some(id), _) => Gone::Account { organization, id: UserId(id), at },
                ("address", None, Some(address)) => {
                    let (address, ground) = (AddressHash(digest(&address)?), value(&row.ground)?);
                    Gone::Address { organization, suppression: Suppression { address, ground, since: at } }
                }
                _ => return Err(corrupt("kind of what is gone")),
            })
        });
        gone.collect()
    }

    async fn certificates(&mut self) -> Result<Vec<Certificate>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT whose, closed_at, began_at, ended_at, counts AS "counts: Json<BTreeMap<String, u64>>"
            FROM purges ORDER BY began_at DESC, whose"#
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter()
            .map(|row| {
                Ok(Certificate {
                    organization: OrganizationId(row.whose),
                    closed_at: timestamp(row.closed_at)?,
                    began_at: timestamp(row.began_at)?,
                    ended_at: row.ended_at.map(timestamp).transpose()?,
                    counts: row.counts.0,
                })
            })
            .collect()
    }
}
