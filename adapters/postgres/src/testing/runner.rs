//! One server for all the test programs of a `cargo nextest run`, which starts one for each test.
//!
//! The first that needs it starts it; it ends with the runner, however that ends.

use std::{env, fs, os::unix::process::parent_id, path::Path};

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};

use super::{prepared, server::address};
use crate::{cluster::PrivateCluster, provision::SUPERUSER};

/// The superuser's way to the runner's server; none where there is no runner to end with.
pub(super) async fn server() -> Option<PgConnectOptions> {
    env::var_os("NEXTEST")?;
    let (cache, runner) = (prepared::cache()?, parent_id());
    let _lock = prepared::lock(&cache);
    let note = cache.join(format!("runner-{runner}"));
    match known(&note).await {
        Some(superuser) => Some(superuser),
        None => Some(start(&cache, &note, runner).await),
    }
}

/// The server of the note, if it is still there: the number may have been another runner's.
async fn known(note: &Path) -> Option<PgConnectOptions> {
    let superuser: PgConnectOptions = fs::read_to_string(note).ok()?.parse().ok()?;
    PgConnection::connect_with(&superuser).await.ok()?.close().await.ok()?;
    Some(superuser)
}

async fn start(cache: &Path, note: &Path, runner: u32) -> PgConnectOptions {
    let notes = cache.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
    for old in notes.filter(|path| path.is_file() && path.to_string_lossy().contains("/runner-")) {
        if known(&old).await.is_none() {
            fs::remove_file(old).expect("a note that nobody needs goes");
        }
    }
    let folder = tempfile::Builder::new().prefix("qualify-test-").tempdir().expect("a folder for the cluster");
    prepared::fill(cache, &folder).await;
    let cluster = PrivateCluster::start_throwaway_for(folder, runner).await;
    let superuser = cluster.unwrap_or_else(|error| panic!("{error}")).connection("postgres", SUPERUSER);
    fs::write(note, address(&superuser)).expect("a note for the others");
    superuser
}
