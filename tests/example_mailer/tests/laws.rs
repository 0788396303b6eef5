//! The mbox keeps the laws of mailers.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{fs, path::PathBuf, sync::Arc};

use async_trait::async_trait;
use qualify_example_mailer::MAILER;
use qualify_laws::mailer::{Delivered, MailerRig};
use qualify_ports::{mailer::Mailer, plugin::Settings};
use tempfile::TempDir;

struct Rig {
    folder: TempDir,
    mailer: Arc<dyn Mailer>,
}

impl Rig {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::new("mail", []).with("path", folder.path().join("mbox").to_str().unwrap());
        let mailer = (MAILER.build)(settings.with("from_address", "crm@example.org")).unwrap();
        Self { folder, mailer }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("mbox")
    }
}

#[async_trait]
impl MailerRig for Rig {
    fn mailer(&self) -> &dyn Mailer {
        &*self.mailer
    }

    async fn delivered(&self) -> Vec<Delivered> {
        let mbox = format!("\n{}", fs::read_to_string(self.path()).unwrap());
        let mails = mbox.split("\nFrom ").skip(1).map(|entry| entry.split_once('\n').unwrap().1);
        mails.map(|mail| Delivered::parse(mail.replace("\n>From ", "\nFrom ").as_bytes())).collect()
    }

    async fn break_link(&self) {
        fs::create_dir(self.path()).unwrap();
    }
}

qualify_laws::mailer_laws!(async { Rig::new() });
