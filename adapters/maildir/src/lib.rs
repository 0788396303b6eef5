//! Keeps mails as files in a folder instead of sending them: for demonstrations and tests.
//!
//! The folder has the form of a Maildir: a mail is written in `tmp` and then moved to `new`, so that whoever looks there
//! sees whole mails only. Its file is named after the message, so that a second try finds the first one's mail.

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write},
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    process,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use qualify_domain::text::Email;
use qualify_email::{Sender, token};
use qualify_ports::{
    BoxError,
    mailer::{MailError, Mailer, Message},
    plugin::{Adapter, BuildError, Key, Kind, Settings},
};

/// Keeps mails as files in a folder.
pub const MAILER: Adapter<dyn Mailer> = Adapter {
    name: "maildir",
    keys: &[
        Key {
            name: "path",
            about: "The folder in which each mail becomes a file.",
            default: Some("mail"),
            kind: Kind::Path,
        },
        Key {
            name: "from_address",
            about: "The address the mails come from.",
            default: Some("no-reply@qualify.localhost"),
            kind: Kind::Email,
        },
        Key {
            name: "from_name",
            about: "The name the mails come from.",
            default: Some("Qualify CRM"),
            kind: Kind::Text,
        },
    ],
    build: |settings| Ok(Arc::new(Maildir::build(&settings)?)),
};

/// A folder of mails.
pub struct Maildir {
    path: PathBuf,
    sender: Sender,
}

impl Maildir {
    fn build(settings: &Settings) -> Result<Self, BuildError> {
        let address: Email = settings.get("from_address")?;
        let name: String = settings.get("from_name")?;
        let maildir = Self {
            path: settings.get("path")?,
            sender: Sender::new(&address, &name).map_err(|_| settings.fault("from_address", "cannot send mail"))?,
        };
        maildir.prepare().map_err(|error| settings.fault("path", format!("cannot be used: {error}")))?;
        Ok(maildir)
    }

    /// Makes the folders, readable for nobody else: mails are about people.
    fn prepare(&self) -> io::Result<()> {
        ["tmp", "new", "cur"]
            .into_iter()
            .try_for_each(|part| DirBuilder::new().recursive(true).mode(0o700).create(self.path.join(part)))
    }
}

#[async_trait]
impl Mailer for Maildir {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let mail = self.sender.write(message)?.bytes;
        let (path, name) = (self.path.clone(), format!("{}.eml", token(&message.id)));
        let kept = tokio::task::spawn_blocking(move || keep(&path, &name, &mail));
        kept.await.map_err(unavailable)?.map_err(unavailable)
    }
}

/// Puts the mail into `new`, at once and for good, unless it is there or was read already.
fn keep(path: &Path, name: &str, mail: &[u8]) -> io::Result<()> {
    static DRAFTS: AtomicU64 = AtomicU64::new(0);
    if is_kept(path, name)? {
        return Ok(());
    }
    let draft = path.join("tmp").join(format!("{name}.{}.{}", process::id(), DRAFTS.fetch_add(1, Ordering::Relaxed)));
    let mut file = File::create_new(&draft)?;
    file.write_all(mail)?;
    file.sync_all()?;
    fs::rename(draft, path.join("new").join(name))
}

/// A mail program moves what was read to `cur` and adds its flags to the name.
fn is_kept(path: &Path, name: &str) -> io::Result<bool> {
    let mut read = fs::read_dir(path.join("cur"))?;
    let was_read = read.any(|entry| {
        entry.is_ok_and(|entry| entry.file_name().to_string_lossy().split_once(":2,").is_some_and(|(n, _)| n == name))
    });
    Ok(was_read || path.join("new").join(name).try_exists()?)
}

fn unavailable(error: impl Into<BoxError>) -> MailError {
    MailError::Unavailable(error.into())
}
