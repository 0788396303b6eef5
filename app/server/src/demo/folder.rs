use std::{
    env, fs,
    fs::OpenOptions,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use nix::unistd::Uid;
use qualify_crypto::KeyRing;
use secrecy::ExposeSecret;

use super::record::Record;
use crate::Failure;

/// Root's home is closed to the user as whom PostgreSQL runs then; this is not.
const OF_ROOT: &str = "/var/lib/qualify-demo";

/// Where the demo's data live.
#[derive(Clone)]
pub(super) struct Folder(PathBuf);

impl Folder {
    /// The folder that was asked for, else the usual one; made if missing.
    pub fn open(asked: Option<PathBuf>) -> Result<Self, Failure> {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let usual = || {
            if Uid::effective().is_root() {
                return Some(PathBuf::from(OF_ROOT));
            }
            let data = set("XDG_DATA_HOME").or_else(|| Some(set("HOME")?.join(".local/share")));
            data.map(|data| data.join("qualify/demo"))
        };
        let path = asked.or_else(|| set("QUALIFY_DEMO_DIR")).or_else(usual);
        let path = path.ok_or_else(|| Failure::plain("there is no home directory; say --data-dir DIR"))?;
        let what = format!("{} cannot be used; choose another folder with --data-dir", path.display());
        let made = fs::create_dir_all(&path).and_then(|()| path.canonicalize());
        Ok(Self(made.map_err(Failure::because(what))?))
    }

    /// What is of one run only, in a folder of its own.
    pub fn of_one_run(&self) -> Self {
        Self(self.0.join("billing"))
    }

    /// Removes everything in it.
    pub fn clear(&self) -> Result<(), Failure> {
        let gone = match fs::remove_dir_all(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        };
        let cleared = gone.and_then(|()| fs::create_dir_all(&self.0));
        cleared.map_err(Failure::because(format!("{} cannot be cleared", self.0.display())))
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Where mails land.
    pub fn mails(&self) -> PathBuf {
        self.0.join("mail")
    }

    /// Where files are kept.
    pub fn files(&self) -> PathBuf {
        self.0.join("files")
    }

    /// Where what went is written down, beside backups that nobody makes.
    pub fn backups(&self) -> PathBuf {
        self.0.join("backups")
    }

    /// The secret keys, made at the first start.
    pub fn keys(&self) -> Result<String, Failure> {
        let path = self.0.join("keys");
        let keys = match fs::read_to_string(&path) {
            Ok(keys) => Ok(keys),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let keys = KeyRing::generate().text().expose_secret().to_owned();
                write_private(&path, &keys).map(|()| keys)
            }
            Err(error) => Err(error),
        };
        keys.map_err(Failure::because(format!("{} cannot be used", path.display())))
    }

    /// What an earlier start made; none if there was none that came to its end.
    pub fn record(&self) -> Result<Option<Record>, Failure> {
        let path = self.record_file();
        let broken = || format!("{} cannot be read; remove it to begin with new data", path.display());
        match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text).map(Some).map_err(Failure::because(broken())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Failure::because(broken())(error)),
        }
    }

    /// Remembers what was made.
    pub fn keep(&self, record: &Record) -> Result<(), Failure> {
        let path = self.record_file();
        let written = serde_json::to_string_pretty(record).map_err(io::Error::from);
        let written = written.and_then(|text| write_private(&path, &text));
        written.map_err(Failure::because(format!("{} cannot be written", path.display())))
    }

    fn record_file(&self) -> PathBuf {
        self.0.join("demo.json")
    }
}

/// Writes a file that nobody else may read, all of it or nothing.
fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let draft = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&draft)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(draft, path)
}
