//! The folder keeps the laws of files, and its own.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use qualify_folder::FILES;
use qualify_laws::files::{FilesRig, bytes, key, noon, pieces, read};
use qualify_ports::{
    files::Files,
    plugin::{BuildError, Settings},
};
use tempfile::TempDir;

struct Rig {
    folder: TempDir,
    files: Arc<dyn Files>,
}

fn build(path: &Path) -> Result<Arc<dyn Files>, BuildError> {
    (FILES.build)(Settings::new("folder", []).with("path", path.to_str().unwrap()))
}

impl Rig {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { files: build(&folder.path().join("below/files")).unwrap(), folder }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("below/files")
    }
}

#[async_trait]
impl FilesRig for Rig {
    fn files(&self) -> &dyn Files {
        &*self.files
    }

    async fn kept(&self) -> Vec<String> {
        let entries = fs::read_dir(self.path()).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    async fn break_link(&self) {
        fs::rename(self.path(), self.folder.path().join("elsewhere")).unwrap();
    }
}

qualify_laws::files_laws!(async { Rig::new() });

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn nobody_else_on_the_machine_reads_the_files() {
    let rig = Rig::new();
    rig.files.put(key(1, 1), pieces(b"for one user", 3)).await.unwrap();
    assert_eq!(mode(&rig.path()), 0o700);
    assert_eq!(mode(&rig.path().join(key(1, 1).to_string())), 0o600);
}

#[tokio::test]
async fn a_file_that_is_being_read_can_be_replaced_and_removed() {
    use futures::TryStreamExt;
    let (rig, whole) = (Rig::new(), bytes(300_000));
    rig.files.put(key(1, 1), pieces(&whole, 10_000)).await.unwrap();
    let before = rig.files.open(key(1, 1)).await.unwrap();
    rig.files.put(key(1, 1), pieces(b"later", 5)).await.unwrap();
    let later = rig.files.open(key(1, 1)).await.unwrap();
    rig.files.remove(key(1, 1)).await.unwrap();
    assert!(before.try_concat().await.unwrap() == whole);
    assert_eq!(later.try_concat().await.unwrap(), b"later");
}

#[tokio::test]
async fn a_try_that_is_given_up_leaves_no_draft() {
    use futures::{StreamExt, stream};
    let rig = Rig::new();
    let never_ending = pieces(b"beginning", 3).chain(stream::pending()).boxed();
    let given_up = tokio::time::timeout(std::time::Duration::from_millis(100), rig.files.put(key(1, 1), never_ending));
    given_up.await.unwrap_err();
    assert_eq!(rig.kept().await, [] as [String; 0]);
}

#[tokio::test]
async fn drafts_of_a_process_that_died_go_when_their_file_would() {
    let rig = Rig::new();
    let draft = |days| rig.path().join(format!("{}.00ff.draft", key(days, 1)));
    fs::write(draft(0), "cut short").unwrap();
    fs::write(draft(1), "may be written still").unwrap();
    assert_eq!(rig.files.remove_due(noon(), 10).await.unwrap(), 1);
    assert!(!draft(0).exists() && draft(1).exists());
}

#[tokio::test]
async fn what_is_not_ours_stays() {
    let rig = Rig::new();
    for name in ["lost+found", "notes.txt", "20200101T000000Z"] {
        fs::write(rig.path().join(name), "somebody's").unwrap();
    }
    assert_eq!(rig.files.remove_due(noon(), 10).await.unwrap(), 0);
    assert_eq!(rig.kept().await.len(), 3);
    assert!(read(&*rig.files, key(1, 1)).await.is_err());
}

#[test]
fn a_folder_that_cannot_be_made_is_told_by_its_key() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a file");
    fs::write(&path, "not a folder").unwrap();
    assert_eq!(build(&path.join("below")).err().unwrap().key, "folder.path");
}
