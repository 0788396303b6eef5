//! Counts for reports, each answered by an index alone (RLS-8). Whoever reaches all leads is answered from the index of what is
//! counted. Whoever reaches a few is answered from these: asking for each row whether its lead is within reach would cost more
//! than there is to count.

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    id::{FormId, ReasonId, StageId, UserId},
    report::{FunnelCell, MemberWork, StayCell, Steps},
};
use qualify_ports::storage::{ReportStore, StorageError};
use uuid::Uuid;

use crate::{
    error::failed,
    tx::Work,
    values::{instant, value},
};

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

#[async_trait]
impl ReportStore for Work {
    async fn funnel(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<FunnelCell>, StorageError> {
        self.count_in_heaps().await?;
        let mut cells = self.opened(from, until).await?;
        let sent = match self.owners.clone() {
            None => self.sent_to_all(from, until).await?,
            Some(owners) => self.sent_to(&owners, from, until).await?,
        };
        cells.extend(sent);
        Ok(cells)
    }

    async fn series(&mut self, bounds: &[Timestamp]) -> Result<Vec<(usize, [u64; 3])>, StorageError> {
        let (Some(from), Some(until)) = (bounds.first(), bounds.last()) else { return Ok(Vec::new()) };
        self.count_in_heaps().await?;
        let starts: Vec<_> = bounds.iter().take(bounds.len() - 1).map(|start| instant(*start)).collect();
        let rows = sqlx::query!(
            r#"SELECT width_bucket(created_at, $4::timestamptz[]) AS "step!", count(*) AS "leads!",
                count(qualified_at) AS "qualified!", count(won_at) AS "won!"
            FROM leads WHERE organization_id = $1 AND created_at >= $2 AND created_at < $3
            GROUP BY 1 ORDER BY 1"#,
            self.organization,
            instant(*from),
            instant(*until),
            &starts,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let step = |step: i32| usize::try_from(step - 1).unwrap_or_default();
        Ok(rows
            .into_iter()
            .map(|row| (step(row.step), [count(row.leads), count(row.qualified), count(row.won)]))
            .collect())
    }

    async fn stays(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<StayCell>, StorageError> {
        self.count_in_heaps().await?;
        match self.owners.clone() {
            None => self.stays_of_all(from, until).await,
            Some(owners) => self.stays_of(&owners, from, until).await,
        }
    }

    async fn given_up(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<(ReasonId, u64)>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT reason_id AS "reason_id!", count(*) AS "leads!" FROM leads
            WHERE organization_id = $1 AND stage_entered_at >= $2 AND stage_entered_at < $3 AND reason_id IS NOT NULL
            GROUP BY 1 ORDER BY 2 DESC, 1"#,
            self.organization,
            instant(from),
            instant(until),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(rows.into_iter().map(|row| (ReasonId(row.reason_id), count(row.leads))).collect())
    }

    async fn owned(
        &mut self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(Option<UserId>, MemberWork)>, StorageError> {
        self.count_in_heaps().await?;
        let rows = sqlx::query!(
            r#"SELECT owner_id, count(*) AS "leads!", count(qualified_at) AS "qualified!", count(won_at) AS "won!"
            FROM leads WHERE organization_id = $1 AND created_at >= $2 AND created_at < $3
            GROUP BY owner_id ORDER BY 2 DESC, 1"#,
            self.organization,
            instant(from),
            instant(until),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let (leads, qualified, won) = (count(row.leads), count(row.qualified), count(row.won));
                (row.owner_id.map(UserId), MemberWork { leads, qualified, won, ..MemberWork::default() })
            })
            .collect())
    }

    async fn done(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<(UserId, MemberWork)>, StorageError> {
        self.count_in_heaps().await?;
        match self.owners.clone() {
            None => self.done_for_all(from, until).await,
            Some(owners) => self.done_for(&owners, from, until).await,
        }
    }
}

impl Work {
    /// Has what follows in this unit of work put rows on heaps and count these. The planner takes the question of row
    /// security, whose answer is the same for every row, for one that is asked of each; beside that, sorting all rows
    /// first seems to cost nothing.
    async fn count_in_heaps(&mut self) -> Result<(), StorageError> {
        sqlx::query!("SELECT set_config('enable_sort', 'off', true)")
            .fetch_one(&mut *self.sql)
            .await
            .map_err(failed)?;
        Ok(())
    }

    /// The leads that were opened, by channel and form.
    async fn opened(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<FunnelCell>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT channel AS "channel!", form_id, count(*) AS "leads!", count(qualified_at) AS "qualified!",
                count(won_at) AS "won!"
            FROM leads WHERE organization_id = $1 AND created_at >= $2 AND created_at < $3
            GROUP BY channel, form_id"#,
            self.organization,
            instant(from),
            instant(until),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        let cell = |steps, channel: &str, form: Option<_>| -> Result<_, StorageError> {
            Ok(FunnelCell { channel: value(channel)?, form: form.map(FormId), steps })
        };
        rows.into_iter()
            .map(|row| {
                let (leads, qualified, won) = (count(row.leads), count(row.qualified), count(row.won));
                cell(Steps { submissions: 0, leads, qualified, won }, &row.channel, row.form_id)
            })
            .collect()
    }

    async fn sent_to_all(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<FunnelCell>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT channel AS "channel!", form_id, count(*) AS "submissions!" FROM submissions
            WHERE organization_id = $1 AND received_at >= $2 AND received_at < $3 AND verdict = 'accepted'
            GROUP BY channel, form_id"#,
            self.organization,
            instant(from),
            instant(until),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(|row| sent(&row.channel, row.form_id, row.submissions)).collect()
    }

    /// OFFSET 0 keeps the planner from asking for every submission first whether its lead is within reach.
    async fn sent_to(
        &mut self,
        owners: &[Uuid],
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<FunnelCell>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT s.channel AS "channel!", s.form_id AS "form_id!", count(*) AS "submissions!"
            FROM leads AS l, LATERAL (
                SELECT channel, form_id FROM submissions
                WHERE organization_id = $1 AND lead_id = l.id AND received_at >= $2 AND received_at < $3
                    AND verdict = 'accepted'
                OFFSET 0
            ) AS s
            WHERE l.organization_id = $1 AND (l.owner_id = ANY ($4) OR l.owner_id IS NULL)
                AND l.last_submission_at >= $2 AND l.created_at < $3
            GROUP BY s.channel, s.form_id"#,
            self.organization,
            instant(from),
            instant(until),
            owners,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        rows.into_iter().map(|row| sent(&row.channel, row.form_id, row.submissions)).collect()
    }

    async fn stays_of_all(&mut self, from: Timestamp, until: Timestamp) -> Result<Vec<StayCell>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT from_stage_id AS "stage!", spent_seconds - spent_seconds % CASE
                    WHEN spent_seconds < 86400 THEN 300 WHEN spent_seconds < 5184000 THEN 3600 ELSE 86400
                END AS "seconds!", count(*) AS "leads!"
            FROM activities
            WHERE organization_id = $1 AND at >= $2 AND at < $3 AND kind = 'moved' AND spent_seconds IS NOT NULL
            GROUP BY 1, 2"#,
            self.organization,
            instant(from),
            instant(until),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(rows.into_iter().map(|row| stay(row.stage, row.seconds, row.leads)).collect())
    }

    async fn stays_of(
        &mut self,
        owners: &[Uuid],
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<StayCell>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT a.from_stage_id AS "stage!", a.spent_seconds - a.spent_seconds % CASE
                    WHEN a.spent_seconds < 86400 THEN 300 WHEN a.spent_seconds < 5184000 THEN 3600 ELSE 86400
                END AS "seconds!", count(*) AS "leads!"
            FROM leads AS l, LATERAL (
                SELECT from_stage_id, spent_seconds FROM activities
                WHERE organization_id = $1 AND lead_id = l.id AND at >= $2 AND at < $3 AND kind = 'moved'
                    AND spent_seconds IS NOT NULL
                OFFSET 0
            ) AS a
            WHERE l.organization_id = $1 AND (l.owner_id = ANY ($4) OR l.owner_id IS NULL)
                AND l.last_activity_at >= $2 AND l.created_at < $3
            GROUP BY 1, 2"#,
            self.organization,
            instant(from),
            instant(until),
            owners,
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(rows.into_iter().map(|row| stay(row.stage, row.seconds, row.leads)).collect())
    }

    /// What each member did with all leads: the authors are found one after the other, and counted for each kind by an
    /// index in that order.
    async fn done_for_all(
        &mut self,
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(UserId, MemberWork)>, StorageError> {
        let rows = sqlx::query!(
            r#"WITH RECURSIVE authors (id) AS (
                (SELECT author_id FROM activities WHERE organization_id = $1 AND author_id IS NOT NULL
                    ORDER BY author_id LIMIT 1)
                UNION ALL
                SELECT (SELECT author_id FROM activities WHERE organization_id = $1 AND author_id > authors.id
                    ORDER BY author_id LIMIT 1)
                FROM authors WHERE authors.id IS NOT NULL
            )
            SELECT authors.id AS "author_id!", kinds.kind AS "kind!", done.times AS "times!"
            FROM authors, unnest($4::text[]) AS kinds (kind), LATERAL (
                SELECT count(*) AS times FROM activities
                WHERE organization_id = $1 AND author_id = authors.id AND kind = kinds.kind AND at >= $2 AND at < $3
            ) AS done
            WHERE authors.id IS NOT NULL AND done.times > 0"#,
            self.organization,
            instant(from),
            instant(until),
            &WORK.map(str::to_owned),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(rows.into_iter().map(|row| done(row.author_id, &row.kind, row.times)).collect())
    }

    async fn done_for(
        &mut self,
        owners: &[Uuid],
        from: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<(UserId, MemberWork)>, StorageError> {
        let rows = sqlx::query!(
            r#"SELECT a.author_id AS "author_id!", a.kind AS "kind!", count(*) AS "times!"
            FROM leads AS l, LATERAL (
                SELECT author_id, kind FROM activities
                WHERE organization_id = $1 AND lead_id = l.id AND at >= $2 AND at < $3 AND author_id IS NOT NULL
                    AND kind = ANY ($5::text[])
                OFFSET 0
            ) AS a
            WHERE l.organization_id = $1 AND (l.owner_id = ANY ($4) OR l.owner_id IS NULL)
                AND l.last_activity_at >= $2 AND l.created_at < $3
            GROUP BY a.author_id, a.kind"#,
            self.organization,
            instant(from),
            instant(until),
            owners,
            &WORK.map(str::to_owned),
        )
        .fetch_all(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(rows.into_iter().map(|row| done(row.author_id, &row.kind, row.times)).collect())
    }
}

fn sent(channel: &str, form: Uuid, submissions: i64) -> Result<FunnelCell, StorageError> {
    let steps = Steps { submissions: count(submissions), ..Steps::default() };
    Ok(FunnelCell { channel: value(channel)?, form: Some(FormId(form)), steps })
}

fn stay(stage: Uuid, seconds: i64, leads: i64) -> StayCell {
    StayCell { stage: StageId(stage), seconds: count(seconds), leads: count(leads) }
}

/// The kinds of entries that are somebody's work.
const WORK: [&str; 6] = ["called", "mailed", "met", "noted", "moved", "task_done"];

/// What somebody did so often.
fn done(author: Uuid, kind: &str, times: i64) -> (UserId, MemberWork) {
    let (times, mut work) = (count(times), MemberWork::default());
    match kind {
        "called" | "mailed" | "met" => work.conversations = times,
        "noted" => work.notes = times,
        "moved" => work.moves = times,
        "task_done" => work.tasks = times,
        _ => {}
    }
    (UserId(author), work)
}
