//! The storage port, on PostgreSQL.

use std::{fmt, sync::Arc, time::Duration};

use async_trait::async_trait;
use futures::FutureExt;
use jiff::Timestamp;
use qualify_domain::{
    access::TenantScope,
    id::{OrganizationId, SessionId, UserId},
};
use qualify_ports::{
    storage::{Authenticated, Intake, PlatformTask, PlatformTx, Recorded, Storage, StorageError, TenantTx},
    time::Clock,
};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    authentication::authenticate,
    error::failed,
    intake::IntakeQueue,
    migrate::{SchemaState, refuse_unsettled, state},
    tx::{PlatformWork, Work, begun},
};

/// How to use the database.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// How the runtime role connects.
    pub connection: PgConnectOptions,
    /// The most connections for everything but submissions.
    pub connections: u32,
    /// The connections kept for submissions, so that searches cannot starve them; each writes one batch at a time. One
    /// more tells of them.
    pub writers: u32,
    /// The most submissions that may wait for their batch.
    pub waiting: usize,
    /// How long to wait for a free connection.
    pub patience: Duration,
    /// Whether it settles a database that was restored from a backup. Nobody else gets a connection while that is not settled, so
    /// that a process that somebody forgot to stop serves nobody who went (RET-17).
    pub settles: bool,
}

impl PostgresOptions {
    /// The usual measures.
    pub fn new(connection: PgConnectOptions) -> Self {
        Self {
            connection,
            connections: 8,
            writers: 2,
            waiting: 2_048,
            patience: Duration::from_secs(3),
            settles: false,
        }
    }
}

/// Where everything lives: a PostgreSQL database.
#[derive(Clone)]
pub struct Postgres {
    general: PgPool,
    looking: PgPool,
    intake: IntakeQueue,
    clock: Arc<dyn Clock>,
}

impl fmt::Debug for Postgres {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Postgres").field("general", &self.general).finish_non_exhaustive()
    }
}

/// After the checks at start-up their connection is not needed any more.
const LOOKED: Duration = Duration::from_secs(1);

/// The schema is not the one this program knows.
#[derive(Debug, thiserror::Error)]
#[error("the database's schema is not the one this program knows")]
struct WrongSchema;

impl Postgres {
    /// The storage, without a connection yet: each is made when it is needed. Needs a tokio runtime. The clock tells
    /// when something was done, for the audit trail.
    pub fn new(options: &PostgresOptions, clock: Arc<dyn Clock>) -> Self {
        let measures = |most| {
            PgPoolOptions::new().max_connections(most).acquire_timeout(options.patience).test_before_acquire(false)
        };
        let pool = |most| {
            let measures = measures(most);
            let measures = if options.settles {
                measures
            } else {
                measures.after_connect(|connection, _| refuse_unsettled(connection).boxed())
            };
            measures.connect_lazy_with(options.connection.clone())
        };
        let intake = IntakeQueue::start(&pool(options.writers + 1), options.waiting, options.writers);
        let looking = measures(1).idle_timeout(LOOKED).connect_lazy_with(options.connection.clone());
        Self { general: pool(options.connections), looking, intake, clock }
    }

    /// A connection for the checks at start-up: it is there even while nobody is served.
    pub fn pool(&self) -> &PgPool {
        &self.looking
    }
}

#[async_trait]
impl Storage for Postgres {
    async fn tenant(&self, scope: &TenantScope) -> Result<Box<dyn TenantTx>, StorageError> {
        Ok(Box::new(Work::begin(&self.general, scope, &self.clock).await?))
    }

    async fn beside(&self, scope: &TenantScope) -> Result<Option<Box<dyn TenantTx>>, StorageError> {
        let work = Work::begin_if_free(&self.general, scope, &self.clock).await?;
        Ok(work.map(|work| -> Box<dyn TenantTx> { Box::new(work) }))
    }

    async fn platform(&self, task: PlatformTask) -> Result<Box<dyn PlatformTx>, StorageError> {
        if matches!(task, PlatformTask::RelayOutbox | PlatformTask::SweepRetention) {
            self.intake.step_aside().await;
        }
        Ok(Box::new(PlatformWork::begin(&self.general, task, &self.clock).await?))
    }

    async fn authenticate(
        &self,
        user: UserId,
        session: SessionId,
        organization: OrganizationId,
        now: Timestamp,
    ) -> Result<Option<Authenticated>, StorageError> {
        authenticate(&self.general, user, session, organization, now).await
    }

    async fn record(&self, scope: &TenantScope, intake: Intake) -> Result<Recorded, StorageError> {
        self.intake.record(scope, intake).await
    }

    async fn ready(&self) -> Result<(), StorageError> {
        let mut sql = begun(&self.general, "BEGIN READ ONLY".to_owned()).await?;
        match state(&mut sql).await.map_err(failed)? {
            SchemaState::Current => Ok(()),
            SchemaState::Missing(_) | SchemaState::Half(_) | SchemaState::Newer(_) | SchemaState::Unsettled => {
                Err(StorageError::Failed(Box::new(WrongSchema)))
            }
        }
    }
}
