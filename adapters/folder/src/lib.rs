//! Keeps files in a folder of this machine, or of a disk that several machines share.
//!
//! A file is written as a draft beside the others and then renamed: whoever looks sees whole files only. Their names are
//! those of their keys, and nobody but the user of this process reads them.

use std::{
    ffi::OsString,
    fs::{self, DirBuilder},
    io::{self, ErrorKind},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use futures::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use qualify_ports::{
    BoxError,
    files::{FileBytes, FileError, FileKey, Files},
    plugin::{Adapter, BuildError, Key, Kind, Settings},
};
use tokio::{
    fs::{File, OpenOptions},
    io::{AsyncReadExt, AsyncWriteExt},
    task::spawn_blocking,
};

/// Keeps files in a folder.
pub const FILES: Adapter<dyn Files> = Adapter {
    name: "folder",
    keys: &[Key {
        name: "path",
        about: "The folder in which files lie; processes that share a database share it.",
        default: Some("files"),
        kind: Kind::Path,
    }],
    build: |settings| Ok(Arc::new(Folder::build(&settings)?)),
};

/// A file is read in pieces of so many bytes.
const PIECE: usize = 64 * 1_024;

/// A folder of files.
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    fn build(settings: &Settings) -> Result<Self, BuildError> {
        let folder = Self { path: settings.get("path")? };
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder.path);
        made.map_err(|error| settings.fault("path", format!("cannot be used: {error}")))?;
        Ok(folder)
    }

    /// Where a file lies. A key's name has no separators: it leads nowhere else.
    fn place(&self, key: FileKey) -> PathBuf {
        self.path.join(key.to_string())
    }

    /// A file that is not there is missing, unless nothing is there: a disk may be gone for a while.
    async fn missing_or(&self, error: io::Error) -> FileError {
        let is_there = error.kind() == ErrorKind::NotFound && tokio::fs::metadata(&self.path).await.is_ok();
        if is_there { FileError::Missing } else { unavailable(error) }
    }
}

#[async_trait]
impl Files for Folder {
    async fn put(&self, key: FileKey, mut bytes: FileBytes<'_>) -> Result<(), FileError> {
        let draft = Draft::beside(&self.place(key))?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let mut file = options.open(&draft.0).await.map_err(unavailable)?;
        while let Some(piece) = bytes.try_next().await? {
            file.write_all(&piece).await.map_err(unavailable)?;
        }
        file.flush().await.map_err(unavailable)?;
        file.sync_all().await.map_err(unavailable)?;
        let (place, folder) = (self.place(key), self.path.clone());
        spawn_blocking(move || draft.keep_as(&place, &folder)).await.map_err(unavailable)?.map_err(unavailable)
    }

    async fn open(&self, key: FileKey) -> Result<FileBytes<'static>, FileError> {
        match File::open(self.place(key)).await {
            Ok(file) => Ok(stream::try_unfold(file, next_piece).boxed()),
            Err(error) => Err(self.missing_or(error).await),
        }
    }

    async fn remove(&self, key: FileKey) -> Result<(), FileError> {
        match tokio::fs::remove_file(self.place(key)).await {
            Ok(()) => Ok(()),
            Err(error) => match self.missing_or(error).await {
                FileError::Missing => Ok(()),
                error => Err(error),
            },
        }
    }

    async fn remove_due(&self, now: Timestamp, limit: u16) -> Result<u64, FileError> {
        let path = self.path.clone();
        let removed = spawn_blocking(move || remove_due(&path, now, limit.into()));
        removed.await.map_err(unavailable)?.map_err(unavailable)
    }

    async fn count_due(&self, now: Timestamp, limit: u32) -> Result<u64, FileError> {
        let path = self.path.clone();
        let found = spawn_blocking(move || find_due(&path, now)).await.map_err(unavailable)?.map_err(unavailable)?;
        Ok((found.len() as u64).min(limit.into()))
    }

    async fn list(&self) -> Result<Vec<FileKey>, FileError> {
        let path = self.path.clone();
        spawn_blocking(move || whole(&path)).await.map_err(unavailable)?.map_err(unavailable)
    }
}

/// A file that is not whole yet. It goes with the try to write it, unless it was kept.
struct Draft(PathBuf);

impl Draft {
    /// A draft that no other try shares, not even one on another machine.
    fn beside(place: &Path) -> Result<Self, FileError> {
        let number = getrandom::u64().map_err(|error| unavailable(error.to_string()))?;
        let mut name = place.to_owned().into_os_string();
        name.push(format!(".{number:016x}.draft"));
        Ok(Self(name.into()))
    }

    /// Puts the file in its place, for good.
    fn keep_as(self, place: &Path, folder: &Path) -> io::Result<()> {
        fs::rename(&self.0, place)?;
        fs::File::open(folder)?.sync_all()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // What was kept bears another name by now.
        let _ = fs::remove_file(&self.0);
    }
}

async fn next_piece(mut file: File) -> Result<Option<(Vec<u8>, File)>, FileError> {
    let mut piece = vec![0; PIECE];
    let length = file.read(&mut piece).await.map_err(unavailable)?;
    piece.truncate(length);
    Ok((length > 0).then_some((piece, file)))
}

/// What is due, drafts included that a process left behind when it died.
fn find_due(path: &Path, now: Timestamp) -> io::Result<Vec<(FileKey, OsString)>> {
    let mut due = Vec::new();
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        let key = name.to_str().and_then(|name| name.split('.').next()).and_then(|name| name.parse::<FileKey>().ok());
        due.extend(key.filter(|key| key.until() <= now).map(|key| (key, name)));
    }
    Ok(due)
}

/// What is whole: drafts have other names.
fn whole(path: &Path) -> io::Result<Vec<FileKey>> {
    let mut keys = Vec::new();
    for entry in fs::read_dir(path)? {
        keys.extend(entry?.file_name().to_str().and_then(|name| name.parse::<FileKey>().ok()));
    }
    keys.sort_unstable();
    Ok(keys)
}

fn remove_due(path: &Path, now: Timestamp, limit: usize) -> io::Result<u64> {
    let mut due = find_due(path, now)?;
    due.sort_unstable();
    due.truncate(limit);
    let mut removed = 0;
    for (_, name) in due {
        match fs::remove_file(path.join(name)) {
            Ok(()) => removed += 1,
            // Another process was there before.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(removed)
}

fn unavailable(error: impl Into<BoxError>) -> FileError {
    FileError::Unavailable(error.into())
}
