//! The intake of submissions: whatever queued while the last batch was written is the next batch.
//!
//! Round trips and commits are what a submission costs, so many share them; nobody waits for company, and each is
//! answered only after its commit. A batch that the database refuses is tried again row by row, so that one bad row does
//! not take its neighbours with it.
//!
//! News of a batch are sent after its commit: announced within, they would make every commit that announces something
//! wait for the one before, since PostgreSQL puts the news in the order of commits.

mod row;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use qualify_domain::{
    access::TenantScope,
    id::{FormId, OrganizationId, SubmissionId},
};
use qualify_ports::{
    live::Change,
    storage::{Intake, Recorded, StorageError},
};
use sqlx::{PgPool, types::Json};
use tokio::{
    sync::{mpsc, oneshot},
    time::sleep,
};
use uuid::Uuid;

use self::row::Row;
use crate::{
    error::{corrupt, failed, is_broken},
    live::Announcement,
    values::instant,
};

const BATCH: usize = 256;
/// A field's name is a stranger's word: so much of it is kept.
const FIELD_NAME: usize = 100;
/// With so many visitors waiting, work that can wait does.
const CROWD: usize = 8;
/// It looks again after this long …
const GLANCE: Duration = Duration::from_millis(20);
/// … and goes on after so many looks, crowd or not.
const GLANCES: usize = 10;

/// The way into the queue.
#[derive(Clone, Debug)]
pub(crate) struct IntakeQueue {
    /// One for each writer. An organization always has the same: statements, not rows, are what a batch costs, and each
    /// organization in it is one.
    queues: Arc<[mpsc::Sender<Waiting>]>,
    waiting: Arc<AtomicUsize>,
}

struct Waiting {
    row: Row,
    undeclared: Vec<String>,
    answer: oneshot::Sender<Result<Recorded, StorageError>>,
}

impl IntakeQueue {
    /// Queues of at most `waiting` submissions together, and the `writers` that empty them. Needs a tokio runtime.
    pub(crate) fn start(pool: &PgPool, waiting: usize, writers: u32) -> Self {
        let (news, told) = mpsc::channel(waiting);
        let writer = |_| {
            let (queue, receiver) = mpsc::channel(waiting.div_ceil(writers.max(1) as usize));
            tokio::spawn(keep_writing(pool.clone(), receiver, news.clone()));
            queue
        };
        let queues = (0..writers.max(1)).map(writer).collect();
        tokio::spawn(keep_announcing(pool.clone(), told));
        Self { queues, waiting: Arc::default() }
    }

    /// Lets visitors go first: returns when few wait, or after a while.
    pub(crate) async fn step_aside(&self) {
        for _ in 0..GLANCES {
            if self.waiting.load(Ordering::Relaxed) < CROWD {
                break;
            }
            sleep(GLANCE).await;
        }
    }

    /// Waits until the submission is committed.
    pub(crate) async fn record(&self, scope: &TenantScope, intake: Intake) -> Result<Recorded, StorageError> {
        let (answer, answered) = oneshot::channel();
        let Intake { submission, event, key, mark, undeclared } = intake;
        let row = Row::of(scope.organization(), submission, event, (key.key, key.body), mark, key.expires_at);
        let _counted = Counted::one_of(&self.waiting);
        let place = scope.organization().0.as_u128() % self.queues.len() as u128;
        let queue = usize::try_from(place).ok().and_then(|place| self.queues.get(place)).ok_or(StorageError::Busy)?;
        queue.try_send(Waiting { row, undeclared, answer }).map_err(|_| StorageError::Busy)?;
        answered.await.map_err(|_| corrupt("answer of the intake"))?
    }
}

/// One who waits, counted for as long.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn one_of(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Writes what queued, until the queue is closed.
async fn keep_writing(pool: PgPool, mut queue: mpsc::Receiver<Waiting>, news: mpsc::Sender<String>) {
    let mut batch = Vec::new();
    while queue.recv_many(&mut batch, BATCH).await > 0 {
        write(&pool, std::mem::take(&mut batch), &news).await;
    }
}

/// Wakes the workers and tells the pages, once for all that was kept meanwhile.
async fn keep_announcing(pool: PgPool, mut news: mpsc::Receiver<String>) {
    let mut kept = Vec::new();
    while news.recv_many(&mut kept, BATCH).await > 0 {
        let payloads: Vec<String> = kept.drain(..).collect::<BTreeSet<_>>().into_iter().collect();
        let told = sqlx::query!("SELECT announce_submissions($1)", &payloads).fetch_one(&pool).await;
        if let Err(error) = told {
            // Workers look by themselves from time to time, and a page can be loaded again.
            let error = failed(error);
            tracing::warn!(error = &error as &dyn std::error::Error, "submissions were kept but not announced");
        }
    }
}

async fn write(pool: &PgPool, batch: Vec<Waiting>, news: &mpsc::Sender<String>) {
    let rows: Vec<&Row> = batch.iter().map(|waiting| &waiting.row).collect();
    let mut written = record(pool, &rows).await;
    for _ in 0..pool.options().get_max_connections() {
        match &written {
            // Whether it was committed is unknown. Trying again, on another connection, is safe: the keys tell.
            Err(error) if is_broken(error) => written = record(pool, &rows).await,
            _ => break,
        }
    }
    let answers = match written {
        Ok(answers) => answers.into_iter().map(Ok).collect(),
        Err(error) if is_broken(&error) || batch.len() == 1 => {
            let is_busy = matches!(error, sqlx::Error::PoolTimedOut);
            let other = || if is_busy { StorageError::Busy } else { corrupt("connection") };
            let mut answers: Vec<_> = batch.iter().skip(1).map(|_| Err(other())).collect();
            answers.insert(0, Err(failed(error)));
            answers
        }
        Err(_) => one_by_one(pool, &batch).await,
    };
    count_undeclared(pool, &batch, &answers).await;
    for (waiting, answer) in batch.into_iter().zip(answers) {
        if matches!(answer, Ok(Recorded::Kept(_))) && !waiting.row.is_sealed() {
            let change = Change::Submission(FormId(waiting.row.form));
            if let Some(payload) = Announcement::of(OrganizationId(waiting.row.organization), change) {
                // When there is more news than can be told, some is left out.
                let _ = news.try_send(payload);
            }
        }
        // The visitor may have gone away; the submission is kept all the same.
        let _ = waiting.answer.send(answer);
    }
}

async fn one_by_one(pool: &PgPool, batch: &[Waiting]) -> Vec<Result<Recorded, StorageError>> {
    let mut answers = Vec::with_capacity(batch.len());
    for waiting in batch {
        let answer = record(pool, &[&waiting.row]).await.map_err(failed);
        answers.push(answer.and_then(|one| one.into_iter().next().ok_or_else(|| corrupt("receipt"))));
    }
    answers
}

/// Writes the rows in one statement, which is one transaction; the receipts come in the order of the rows.
async fn record(pool: &PgPool, rows: &[&Row]) -> Result<Vec<Recorded>, sqlx::Error> {
    let receipts = sqlx::query!(
        r#"SELECT submission_id AS "id!", outcome AS "outcome!" FROM record_submissions($1) ORDER BY place"#,
        Json(rows) as _,
    )
    .fetch_all(pool)
    .await?;
    let told = receipts.into_iter().map(|receipt| match receipt.outcome.as_str() {
        "kept" => Recorded::Kept(SubmissionId(receipt.id)),
        "known" => Recorded::Known(SubmissionId(receipt.id)),
        _ => Recorded::OtherBody,
    });
    Ok(told.collect())
}

/// Counts after the commit: a number for a page must not stand in the way of a visitor's words.
async fn count_undeclared(pool: &PgPool, batch: &[Waiting], answers: &[Result<Recorded, StorageError>]) {
    let mut names: BTreeMap<(Uuid, Uuid), (Vec<String>, Timestamp)> = BTreeMap::new();
    for (waiting, _) in batch.iter().zip(answers).filter(|(_, answer)| matches!(answer, Ok(Recorded::Kept(_)))) {
        if waiting.undeclared.is_empty() {
            continue;
        }
        let distinct: BTreeSet<String> =
            waiting.undeclared.iter().map(|name| name.chars().take(FIELD_NAME).collect()).collect();
        let at = waiting.row.received_at;
        let of_form = names.entry((waiting.row.organization, waiting.row.form)).or_insert((vec![], at));
        of_form.0.extend(distinct);
        of_form.1 = of_form.1.max(at);
    }
    for ((organization, form), (names, seen)) in names {
        let counted =
            sqlx::query!("SELECT count_undeclared($1, $2, $3, $4)", organization, form, &names, instant(seen))
                .fetch_one(pool)
                .await;
        if let Err(error) = counted {
            let error = failed(error);
            tracing::warn!(form = %FormId(form), error = &error as &dyn std::error::Error, "fields were not counted");
        }
    }
}
