//! The storage of Qualify CRM: PostgreSQL, with row-level security that fails loudly.

#[cfg(feature = "storage")]
mod authentication;
mod cluster;
mod dump;
#[cfg(feature = "storage")]
mod error;
mod fitness;
#[cfg(feature = "storage")]
mod intake;
#[cfg(feature = "storage")]
mod lead_list;
#[cfg(feature = "storage")]
mod live;
mod migrate;
mod provision;
#[cfg(feature = "storage")]
mod score_batch;
#[cfg(feature = "storage")]
mod storage;
#[cfg(feature = "storage")]
mod stores;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "storage")]
mod trail;
#[cfg(feature = "storage")]
mod tx;
#[cfg(feature = "storage")]
mod values;

pub use self::{
    cluster::{ClusterError, ClusterOptions, LOWEST_VERSION, PrivateCluster},
    dump::{DumpError, NoProgram, Restoring, Stage, dump},
    fitness::{Finding, Weight, clocks, fitness},
    migrate::{SchemaState, migrate, schema_state},
    provision::{APP, BACKUP, MIGRATOR, OWNER, ROLES, SUPERUSER, grants},
};
#[cfg(feature = "storage")]
pub use self::{
    live::LiveFeed,
    storage::{Postgres, PostgresOptions},
};
