//! A cluster that is initialized, provisioned and migrated, kept in the build directory: a copy of it starts in no time.

use std::{
    env, fs,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use super::server::TestServer;
use crate::{
    cluster::{ClusterOptions, PrivateCluster},
    migrate::MIGRATIONS,
    provision::{self, ROLES},
};

/// Differs when the prepared cluster would.
pub(super) fn schema_hash() -> u64 {
    let mut hash = DefaultHasher::new();
    ROLES.hash(&mut hash);
    provision::grants("").hash(&mut hash);
    MIGRATIONS.iter().for_each(|migration| migration.checksum.hash(&mut hash));
    hash.finish()
}

/// A folder of the build directory, where the test program lies in one.
pub(super) fn cache() -> Option<PathBuf> {
    let program = env::current_exe().ok()?;
    let target = program.ancestors().find(|folder| folder.join("CACHEDIR.TAG").exists())?;
    Some(target.join("qualify-test-cluster"))
}

/// A new folder for a cluster: with one that is initialized, provisioned and migrated, where there is a build directory
/// to keep it in.
pub(super) async fn folder() -> TempDir {
    let folder = tempfile::Builder::new().prefix("qualify-test-").tempdir().expect("a folder for the cluster");
    if let Some(cache) = cache() {
        let _lock = lock(&cache);
        fill(&cache, &folder).await;
    }
    folder
}

/// Makes other test programs wait while something is made in the cache.
pub(super) fn lock(cache: &Path) -> fs::File {
    fs::create_dir_all(cache).expect("a folder in the build directory");
    let lock = fs::File::create(cache.join("lock")).expect("a lock in the build directory");
    lock.lock().expect("the lock");
    lock
}

/// Fills the folder from the prepared cluster, which is prepared the first time.
pub(super) async fn fill(cache: &Path, folder: &TempDir) {
    let prepared = cache.join(format!("{:016x}", schema_hash()));
    if !prepared.exists() {
        let old = cache.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
        old.filter(|path| path.is_dir()).for_each(|path| fs::remove_dir_all(path).expect("room for the new one"));
        prepare(&prepared).await;
    }
    copy(&prepared, &folder.path().join("postgresql")).expect("a copy of the prepared cluster");
}

async fn prepare(prepared: &Path) {
    let folder = tempfile::Builder::new().prefix("qualify-test-").tempdir().expect("a folder for the cluster");
    let options = ClusterOptions { data_dir: folder.path().to_path_buf(), durable: false };
    let server = TestServer::on(PrivateCluster::start(options).await.unwrap_or_else(|error| panic!("{error}")));
    server.pristine().await;
    server.shared().await;
    server.stop();
    let draft = prepared.with_extension("new");
    copy(&folder.path().join("postgresql"), &draft).expect("a copy of the cluster");
    fs::rename(draft, prepared).expect("the copy becomes the prepared one");
}

/// With owners and modes, which the standard library's copy does not keep.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    let output = Command::new("cp").arg("-a").arg(from).arg(to).output()?;
    if output.status.success() {
        Ok(())
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}
