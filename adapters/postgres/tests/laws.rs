//! PostgreSQL keeps the laws of storage, in the role in which the product runs.

use std::sync::Arc;

use jiff::Timestamp;
use qualify_laws::storage::StorageRig;
use qualify_ports::{live::Live, storage::Storage, time::Clock};
use qualify_postgres::{LiveFeed, Postgres, PostgresOptions, testing::TestDatabase};

/// A clock that stands still.
struct Noon;

impl Clock for Noon {
    fn now(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

struct Rig {
    storage: Postgres,
    live: LiveFeed,
    /// Dropped last, with the connections closed.
    alone: Option<TestDatabase>,
}

impl Rig {
    fn over(database: &TestDatabase) -> Self {
        let options = PostgresOptions { connections: 4, ..PostgresOptions::new(database.app()) };
        Self { storage: Postgres::new(&options, Arc::new(Noon)), live: LiveFeed::start(database.app()), alone: None }
    }

    /// Beside other tests: each law has organizations of its own.
    async fn shared() -> Self {
        Self::over(TestDatabase::shared().await)
    }

    /// With a database to itself: the outbox spans all organizations.
    async fn alone() -> Self {
        let database = TestDatabase::fresh().await;
        let mut rig = Self::over(&database);
        rig.alone = Some(database);
        rig
    }
}

impl StorageRig for Rig {
    fn storage(&self) -> &dyn Storage {
        &self.storage
    }

    fn live(&self) -> &dyn Live {
        &self.live
    }
}

qualify_laws::storage_laws!(Rig::shared());
qualify_laws::queue_laws!(Rig::alone());
