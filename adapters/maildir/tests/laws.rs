//! The maildir keeps the laws of mailers, and its own.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{fs, path::PathBuf, sync::Arc};

use qualify_laws::mailer::{Delivered, MailerRig};
use qualify_maildir::MAILER;
use qualify_ports::{
    mailer::{Mailer, Message},
    plugin::{BuildError, Settings},
};
use tempfile::TempDir;

struct Rig {
    folder: TempDir,
    mailer: Arc<dyn Mailer>,
}

fn build(path: &std::path::Path) -> Result<Arc<dyn Mailer>, BuildError> {
    let settings = Settings::new("mail", []).with("path", path.to_str().unwrap());
    (MAILER.build)(settings.with("from_address", "crm@example.org").with("from_name", "Qualify CRM"))
}

impl Rig {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { mailer: build(folder.path()).unwrap(), folder }
    }

    fn files(&self, part: &str) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.folder.path().join(part)).unwrap();
        entries.map(|entry| entry.unwrap().path()).collect()
    }
}

#[async_trait::async_trait]
impl MailerRig for Rig {
    fn mailer(&self) -> &dyn Mailer {
        &*self.mailer
    }

    async fn delivered(&self) -> Vec<Delivered> {
        self.files("new").iter().map(|path| Delivered::parse(&fs::read(path).unwrap())).collect()
    }

    async fn break_link(&self) {
        let drafts = self.folder.path().join("tmp");
        fs::remove_dir(&drafts).unwrap();
        fs::write(drafts, "not a folder").unwrap();
    }
}

qualify_laws::mailer_laws!(async { Rig::new() });

fn message(id: &str) -> Message {
    Message {
        id: id.to_owned(),
        to: "anna@example.com".parse().unwrap(),
        to_name: "Anna".to_owned(),
        subject: "Hello".to_owned(),
        text: "Hello".to_owned(),
        html: "<p>Hello</p>".to_owned(),
    }
}

#[tokio::test]
async fn mail_1_a_second_try_makes_no_second_file() {
    let rig = Rig::new();
    for _ in 0..2 {
        rig.mailer.send(&message("once")).await.unwrap();
    }
    assert_eq!(rig.files("new"), [rig.folder.path().join("new/once.eml")]);
    assert_eq!(rig.files("tmp"), [] as [PathBuf; 0]);
}

#[tokio::test]
async fn mail_1_a_mail_that_was_read_does_not_come_back() {
    let rig = Rig::new();
    rig.mailer.send(&message("read")).await.unwrap();
    fs::rename(rig.folder.path().join("new/read.eml"), rig.folder.path().join("cur/read.eml:2,S")).unwrap();
    rig.mailer.send(&message("read")).await.unwrap();
    assert_eq!(rig.files("new"), [] as [PathBuf; 0]);
}

#[tokio::test]
async fn an_id_never_leads_out_of_the_folder() {
    let rig = Rig::new();
    rig.mailer.send(&message("../../escape/\0")).await.unwrap();
    assert_eq!(rig.files("new").len(), 1);
}

#[tokio::test]
async fn nobody_else_on_the_machine_reads_the_mails() {
    use std::os::unix::fs::PermissionsExt;
    let rig = Rig::new();
    for part in ["tmp", "new", "cur"] {
        let mode = fs::metadata(rig.folder.path().join(part)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{part}");
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_told_by_its_key() {
    let rig = Rig::new();
    rig.break_link().await;
    let error = build(&rig.folder.path().join("tmp/below-a-file")).err().unwrap();
    assert_eq!(error.key, "mail.path");
}
