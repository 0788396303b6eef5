//! Units of work: the only place where the settings are made that row security goes by (RLS-3). The intake, whose unit
//! of work is one function of the database, makes its own in there.

use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use qualify_domain::{
    access::{TenantScope, Who},
    audit::{FieldChange, Target},
    id::OrganizationId,
};
use qualify_ports::{
    live::Change,
    storage::{
        AccountStore, ActivityStore, ApiKeyStore, AuditStore, ConnectionLog, CreationStore, Directory, FormStore,
        ImportStore, InvitationStore, JobStore, LeadBatches, LeadStore, MailPaces, MemberStore, MergeStore,
        NotificationStore, OneTimeTokenStore, OrganizationStore, Outbox, OutboxQueue, PasskeyStore, PipelineStore,
        PlatformTask, PlatformTx, PolicyStore, PropertyStore, ReportStore, RetentionStore, ScoreStore,
        SecondFactorStore, SecurityLog, SessionStore, SettingsStore, SigningKeyStore, StorageError, SubmissionStore,
        TaskStore, TeamStore, TenantTx, ThrottleStore, ViewStore,
    },
    time::Clock,
};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Transaction};
use tracing::Instrument;
use uuid::Uuid;

use crate::{error::failed, live::Announcement, trail::Trail};

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

/// The statement that gives the transaction its organization, its reach and its member, and takes away any reason to
/// look beyond.
fn inside(scope: &TenantScope) -> String {
    let (OrganizationId(id), reach, member) = (scope.organization(), reach(scope), member(scope));
    format!(
        "SELECT set_config('qualify.organization_id', '{id}', true), set_config('qualify.reach', '{reach}', true), \
         set_config('qualify.member', '{member}', true), set_config('qualify.platform_task', '', true)"
    )
}

/// Whose own rows are within reach, as row security reads it: anybody's for the product itself, its own for a program,
/// nobody's for a visitor.
fn member(scope: &TenantScope) -> String {
    match scope.who() {
        Who::Member(user, _) => user.to_string(),
        Who::Product(_) => "anybody".to_owned(),
        Who::ApiKey(key) => key.to_string(),
        Who::Visitor(_) => Uuid::nil().to_string(),
    }
}

/// Whose leads are within reach, as row security reads it.
fn reach(scope: &TenantScope) -> String {
    scope.owners().map_or_else(
        || "all".to_owned(),
        |owners| format!("{{{}}}", owners.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
    )
}

#[async_trait]
impl TenantTx for Work {
    fn organizations(&mut self) -> &mut dyn OrganizationStore {
        self
    }

    fn members(&mut self) -> &mut dyn MemberStore {
        self
    }

    fn settings(&mut self) -> &mut dyn SettingsStore {
        self
    }

    fn invitations(&mut self) -> &mut dyn InvitationStore {
        self
    }

    fn teams(&mut self) -> &mut dyn TeamStore {
        self
    }

    fn api_keys(&mut self) -> &mut dyn ApiKeyStore {
        self
    }

    fn pipelines(&mut self) -> &mut dyn PipelineStore {
        self
    }

    fn properties(&mut self) -> &mut dyn PropertyStore {
        self
    }

    fn forms(&mut self) -> &mut dyn FormStore {
        self
    }

    fn submissions(&mut self) -> &mut dyn SubmissionStore {
        self
    }

    fn leads(&mut self) -> &mut dyn LeadStore {
        self
    }

    fn merges(&mut self) -> &mut dyn MergeStore {
        self
    }

    fn views(&mut self) -> &mut dyn ViewStore {
        self
    }

    fn lead_batches(&mut self) -> &mut dyn LeadBatches {
        self
    }

    fn imports(&mut self) -> &mut dyn ImportStore {
        self
    }

    fn creations(&mut self) -> &mut dyn CreationStore {
        self
    }

    fn tasks(&mut self) -> &mut dyn TaskStore {
        self
    }

    fn activities(&mut self) -> &mut dyn ActivityStore {
        self
    }

    fn jobs(&mut self) -> &mut dyn JobStore {
        self
    }

    fn scores(&mut self) -> &mut dyn ScoreStore {
        self
    }

    fn reports(&mut self) -> &mut dyn ReportStore {
        self
    }

    fn notifications(&mut self) -> &mut dyn NotificationStore {
        self
    }

    fn paces(&mut self) -> &mut dyn MailPaces {
        self
    }

    fn audit(&mut self) -> &mut dyn AuditStore {
        self
    }

    fn outbox(&mut self) -> &mut dyn Outbox {
        self
    }

    async fn announce(&mut self, change: Change) -> Result<(), StorageError> {
        let Some(payload) = Announcement::of(OrganizationId(self.organization), change) else { return Ok(()) };
        let lead = if let Change::Lead(id) = change { Some(id.0) } else { None };
        // Whose lead it is goes with it, so that only those hear of it within whose reach it is.
        sqlx::query!(
            "SELECT pg_notify('qualify_live', concat_ws(' ', $1::text, (
                SELECT coalesce(owner_id::text, 'queue') FROM leads WHERE organization_id = $2 AND id = $3
            )))",
            payload,
            self.organization,
            lead,
        )
        .execute(&mut *self.sql)
        .await
        .map_err(failed)?;
        Ok(())
    }

    async fn commit(self: Box<Self>) -> Result<(), StorageError> {
        let Self { mut sql, trail, .. } = *self;
        if !trail.is_look() {
            trail.keep(&mut sql).await?;
        }
        sql.commit().await.map_err(failed)
    }
}

#[async_trait]
impl PlatformTx for PlatformWork {
    fn accounts(&mut self) -> &mut dyn AccountStore {
        self
    }

    fn sessions(&mut self) -> &mut dyn SessionStore {
        self
    }

    fn second_factors(&mut self) -> &mut dyn SecondFactorStore {
        self
    }

    fn connections(&mut self) -> &mut dyn ConnectionLog {
        self
    }

    fn throttles(&mut self) -> &mut dyn ThrottleStore {
        self
    }

    fn signing_keys(&mut self) -> &mut dyn SigningKeyStore {
        self
    }

    fn passkeys(&mut self) -> &mut dyn PasskeyStore {
        self
    }

    fn one_time_tokens(&mut self) -> &mut dyn OneTimeTokenStore {
        self
    }

    fn directory(&mut self) -> &mut dyn Directory {
        self
    }

    fn security(&mut self) -> &mut dyn SecurityLog {
        self
    }

    fn queue(&mut self) -> &mut dyn OutboxQueue {
        self
    }

    fn retention(&mut self) -> &mut dyn RetentionStore {
        self
    }

    fn policies(&mut self) -> &mut dyn PolicyStore {
        self
    }

    async fn into_tenant(mut self: Box<Self>, scope: &TenantScope) -> Result<Box<dyn TenantTx>, StorageError> {
        let settings = inside(scope);
        sqlx::raw_sql(AssertSqlSafe(settings)).execute(&mut *self.sql).await.map_err(failed)?;
        Ok(Box::new(Work::of(self.sql, scope, &self.clock)))
    }

    async fn commit(self: Box<Self>) -> Result<(), StorageError> {
        self.sql.commit().await.map_err(failed)
    }
}
