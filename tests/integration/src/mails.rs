//! The mails that went out, as they lie in the maildir.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use mail_parser::MessageParser;
use tempfile::TempDir;
use tokio::time::{Instant, sleep};

/// A mail that went out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// The recipient's address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The words as text.
    pub text: String,
    /// The words as HTML.
    pub html: String,
    /// All of it, as it lies there.
    pub raw: String,
}

impl Mail {
    /// What its link to that page carries.
    ///
    /// # Panics
    /// If it has none.
    pub fn link(&self, page: &str) -> String {
        let (_, after) = self.text.split_once(&format!("/{page}/")).expect("a link to that page");
        after.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
    }
}

/// The maildir of a test.
#[derive(Debug)]
pub struct Mails(TempDir);

impl Default for Mails {
    fn default() -> Self {
        Self(tempfile::Builder::new().prefix("qualify-mails-").tempdir().expect("a folder for mails"))
    }
}

impl Mails {
    /// The folder.
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// The mails to that address.
    ///
    /// # Panics
    /// If one of them cannot be read.
    pub fn to(&self, address: &str) -> Vec<Mail> {
        self.all().into_iter().filter(|mail| mail.to == address).collect()
    }

    /// All mails.
    ///
    /// # Panics
    /// If one of them cannot be read.
    pub fn all(&self) -> Vec<Mail> {
        delivered(self.folder()).iter().filter_map(|file| fs::read(file).ok()).map(|raw| read(&raw)).collect()
    }

    /// Waits for `count` mails to that address.
    ///
    /// # Panics
    /// If they do not come.
    pub async fn wait(&self, address: &str, count: usize) -> Vec<Mail> {
        let deadline = Instant::now() + Duration::from_secs(15);
        loop {
            let mails = self.to(address);
            if mails.len() >= count {
                return mails;
            }
            assert!(Instant::now() < deadline, "{count} mails to {address} do not come, {} did", mails.len());
            sleep(Duration::from_millis(20)).await;
        }
    }
}

/// What was delivered: a mail that is still being written lies in another folder, as do the files of leads.
fn delivered(maildir: &Path) -> Vec<PathBuf> {
    let entries = ["new", "cur"].into_iter().filter_map(|folder| fs::read_dir(maildir.join(folder)).ok()).flatten();
    entries.flatten().map(|entry| entry.path()).collect()
}

fn read(raw: &[u8]) -> Mail {
    let message = MessageParser::default().parse(raw).expect("a mail");
    let to = message.to().and_then(|to| to.first()).and_then(|to| to.address()).expect("a recipient");
    Mail {
        to: to.to_owned(),
        subject: message.subject().unwrap_or_default().to_owned(),
        text: message.body_text(0).unwrap_or_default().into_owned(),
        html: message.body_html(0).unwrap_or_default().into_owned(),
        raw: String::from_utf8_lossy(raw).into_owned(),
    }
}
