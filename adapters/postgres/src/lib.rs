//! The storage of Qualify CRM: PostgreSQL, with row-level security that fails loudly.

mod cluster;
mod migrate;
mod provision;
#[cfg(feature = "testing")]
pub mod testing;

pub use self::{
    cluster::{ClusterError, ClusterOptions, LOWEST_VERSION, PrivateCluster},
    migrate::{SchemaState, migrate, schema_state},
    provision::{APP, MIGRATOR, OWNER, ROLES, SUPERUSER, grants},
};
