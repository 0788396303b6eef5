//! Appends mails to one file in the mbox format, which mail programs can open.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use async_trait::async_trait;
use qualify_domain::text::Email;
use qualify_email::Sender;
use qualify_ports::{
    BoxError,
    mailer::{MailError, Mailer, Message},
    plugin::{Adapter, BuildError, Key, Kind, Settings},
};

/// Appends mails to one file.
pub const MAILER: Adapter<dyn Mailer> =
    Adapter { name: "mbox", keys: KEYS, build: |settings| Ok(Arc::new(Mbox::build(&settings)?)) };

const KEYS: &[Key] = &[
    Key { name: "path", about: "The file that mails are appended to.", default: None, kind: Kind::Path },
    Key {
        name: "from_address",
        about: "The address the mails come from.",
        default: Some("no-reply@qualify.localhost"),
        kind: Kind::Email,
    },
];

/// A file of mails.
pub struct Mbox {
    path: PathBuf,
    sender: Sender,
}

impl Mbox {
    fn build(settings: &Settings) -> Result<Self, BuildError> {
        let address: Email = settings.get("from_address")?;
        let sender = Sender::new(&address, "Qualify CRM");
        let sender = sender.map_err(|_| settings.fault("from_address", "cannot send mail"))?;
        Ok(Self { path: settings.get("path")?, sender })
    }
}

#[async_trait]
impl Mailer for Mbox {
    async fn send(&self, message: &Message) -> Result<(), MailError> {
        let (path, mail) = (self.path.clone(), self.sender.write(message)?.bytes);
        let appended = tokio::task::spawn_blocking(move || append(&path, &mail));
        appended.await.map_err(unavailable)?.map_err(unavailable)
    }
}

/// Appends the mail as one entry. A line of its own that begins as an entry does is marked, so that it is none.
fn append(path: &Path, mail: &[u8]) -> io::Result<()> {
    let mut entry = String::from("From qualify Thu Jan  1 00:00:00 1970\n");
    for line in String::from_utf8_lossy(mail).lines() {
        let mark = if line.trim_start_matches('>').starts_with("From ") { ">" } else { "" };
        entry.extend([mark, line, "\n"]);
    }
    let mut file = File::options().append(true).create(true).open(path)?;
    file.lock()?;
    file.write_all((entry + "\n").as_bytes())
}

fn unavailable(error: impl Into<BoxError>) -> MailError {
    MailError::Unavailable(error.into())
}
