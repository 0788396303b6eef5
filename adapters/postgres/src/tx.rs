//! Units of work: the only place where the settings are made that row security goes by (RLS-3). The intake, whose unit
//! of work is one function of the database, makes its own in there.

mod stores;

use std::sync::Arc;

use jiff::Timestamp;
use qualify_domain::{
    access::{TenantScope, Who},
    audit::{FieldChange, Target},
    id::OrganizationId,
};
use qualify_ports::{
    storage::{PlatformTask, StorageError},
    time::Clock,
};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};
use tracing::Instrument;
use uuid::Uuid;

use crate::{error::failed, trail::Trail};

/// A unit of work in one organization.
pub(crate) struct Work {
    pub(crate) sql: Transaction<'static, Postgres>,
    /// The organization, for the queries that carry it beside row security.
    pub(crate) organization: Uuid,
    /// Whose leads are within reach, beside those of nobody; none where all are.
    pub(crate) owners: Option<Vec<Uuid>>,
    trail: Trail,
}

/// A unit of work outside any organization.
pub(crate) struct PlatformWork {
    pub(crate) sql: Transaction<'static, Postgres>,
    clock: Arc<dyn Clock>,
}

impl Work {
    /// Begins, in one round trip with the settings. They last as long as the transaction: nothing is left behind on
    /// the connection for its next user.
    pub(crate) async fn begin(
        pool: &PgPool,
        scope: &TenantScope,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, StorageError> {
        keep_look(pool, scope, clock).await?;
        Ok(Self::of(begun(pool, beginning(scope)).await?, scope, clock))
    }

    /// The same if a connection is free at once. A sensitive look was kept when the work began beside which this is.
    pub(crate) async fn begin_if_free(
        pool: &PgPool,
        scope: &TenantScope,
        clock: &Arc<dyn Clock>,
    ) -> Result<Option<Self>, StorageError> {
        let (pool, statement) = (pool.clone(), beginning(scope));
        let begun = to_the_end(async move {
            match pool.try_begin_with(AssertSqlSafe(statement)).await {
                // The connection that was free is dead.
                Err(sqlx::Error::Io(_)) => Ok(None),
                answer => answer.map_err(failed),
            }
        });
        Ok(begun.await?.map(|sql| Self::of(sql, scope, clock)))
    }

    fn of(sql: Transaction<'static, Postgres>, scope: &TenantScope, clock: &Arc<dyn Clock>) -> Self {
        let owners = scope.owners().map(|owners| owners.iter().map(|owner| owner.0).collect());
        Self { sql, organization: scope.organization().0, owners, trail: Trail::of(scope, clock.clone()) }
    }

    /// The time, for what is shown until its own is over.
    pub(crate) fn now(&self) -> Timestamp {
        self.trail.now()
    }

    /// Says for the audit trail what a store changed. Names of fields are codes; where their values are ids or codes,
    /// [`Self::changed`] keeps them too.
    pub(crate) fn touched(&mut self, target: Target, fields: &[&str]) {
        self.changed(target, fields.iter().map(|field| FieldChange::of(field)).collect());
    }

    /// The same with values.
    pub(crate) fn changed(&mut self, target: Target, changes: Vec<FieldChange>) {
        self.trail.touch(target, changes);
    }
}

impl PlatformWork {
    pub(crate) async fn begin(pool: &PgPool, task: PlatformTask, clock: &Arc<dyn Clock>) -> Result<Self, StorageError> {
        let mode = if task.is_read() { "READ ONLY" } else { "READ WRITE" };
        let (name, patience) = (task.name(), patience(task));
        let begin = format!("BEGIN {mode}; SELECT set_config('qualify.platform_task', '{name}', true){patience}");
        Ok(Self { sql: begun(pool, begin).await?, clock: clock.clone() })
    }

    /// The time, for what is shown until its own is over.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// Sweeps give way to everybody else (RET-14).
const fn patience(task: PlatformTask) -> &'static str {
    if matches!(task, PlatformTask::SweepRetention) {
        ", set_config('statement_timeout', '5s', true), set_config('lock_timeout', '1s', true)"
    } else {
        ""
    }
}

/// Keeps a sensitive look in the audit trail, and commits that, before the look begins: what was seen was seen, whatever
/// comes of it.
async fn keep_look(pool: &PgPool, scope: &TenantScope, clock: &Arc<dyn Clock>) -> Result<(), StorageError> {
    let trail = Trail::of(scope, clock.clone());
    if !trail.is_look() {
        return Ok(());
    }
    let mut sql = begun(pool, format!("BEGIN READ WRITE; {}", inside(scope))).await?;
    trail.keep(&mut sql).await?;
    sql.commit().await.map_err(failed)
}

/// Begins, to the end, even if whoever asked is gone by then: a driver that is dropped while it begins would give the
/// connection back with a transaction in it that nobody ends. One that has begun is rolled back when it is dropped.
pub(crate) async fn begun(pool: &PgPool, statement: String) -> Result<Transaction<'static, Postgres>, StorageError> {
    let pool = pool.clone();
    to_the_end(async move { begin_alive(&pool, statement).await }).await
}

async fn to_the_end<T: Send + 'static>(
    beginning: impl Future<Output = Result<T, StorageError>> + Send + 'static,
) -> Result<T, StorageError> {
    let beginning = tokio::spawn(beginning.in_current_span());
    beginning.await.map_err(|broken| StorageError::Failed(broken.into()))?
}

/// Begins on a connection that lives. Asking each before it is used would cost a round trip; instead a dead one, left
/// over from before the database was restarted, is dropped when it shows, and the next one is taken.
async fn begin_alive(pool: &PgPool, statement: String) -> Result<Transaction<'static, Postgres>, StorageError> {
    for _ in 0..pool.options().get_max_connections() {
        match pool.begin_with(AssertSqlSafe(statement.clone())).await {
            Err(sqlx::Error::Io(_)) => {}
            answer => return answer.map_err(failed),
        }
    }
    pool.begin_with(AssertSqlSafe(statement)).await.map_err(failed)
}

/// The statements with which work in an organization begins.
fn beginning(scope: &TenantScope) -> String {
    let mode = if scope.is_read() { "READ ONLY" } else { "READ WRITE" };
    format!("BEGIN {mode}; {}", inside(scope))
}

/// The statement that gives the transaction its organization, its reach, its member and whether it sees what is restricted or sealed,
/// and takes away any reason to look beyond.
fn inside(scope: &TenantScope) -> String {
    let (OrganizationId(id), reach, member) = (scope.organization(), reach(scope), member(scope));
    let (restricted, sealed) = (scope.permission().sees_restricted(), scope.permission().sees_sealed());
    format!(
        "SELECT set_config('qualify.organization_id', '{id}', true), set_config('qualify.reach', '{reach}', true), \
         set_config('qualify.member', '{member}', true), set_config('qualify.restricted', '{restricted}', true), \
         set_config('qualify.sealed', '{sealed}', true), \
         set_config('qualify.platform_task', '', true)"
    )
}

/// Whose own rows are within reach, as row security reads it: anybody's for the product itself, its own for a program,
/// nobody's for a visitor.
fn member(scope: &TenantScope) -> String {
    match scope.who() {
        Who::Member(user, _) => user.to_string(),
        Who::Product(_) => "anybody".to_owned(),
        Who::ApiKey(key) => key.to_string(),
        Who::Visitor(_) | Who::Asker | Who::Support(_) => Uuid::nil().to_string(),
    }
}

/// Whose leads are within reach, as row security reads it.
fn reach(scope: &TenantScope) -> String {
    scope.owners().map_or_else(
        || "all".to_owned(),
        |owners| format!("{{{}}}", owners.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
    )
}
