//! What `check` tells of the privacy policy and its subprocessors before a start.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{collections::BTreeMap, path::Path, process::Command};

use jiff::{Timestamp, ToSpan, civil::Date};
use qualify_domain::subprocessor::earliest;
use qualify_postgres::{PostgresOptions, testing::TestDatabase};
use qualify_server::{
    Failure,
    config::{Config, Purpose, Sources},
    wire::System,
};

const SETTINGS: [(&str, &str); 6] = [
    ("QUALIFY_HTTP_BASE_URL", "https://crm.example.com"),
    ("QUALIFY_SECURITY_KEYS", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
    ("QUALIFY_CONTROLLER_NAME", "Example SAS"),
    ("QUALIFY_CONTROLLER_ADDRESS", "1 rue de l'Exemple, 75001 Paris"),
    ("QUALIFY_CONTROLLER_PRIVACY_CONTACT", "privacy@example.com"),
    ("QUALIFY_MAILER_ADAPTER", "maildir"),
];

fn block(name: &str, since: Date) -> String {
    format!(
        "[[subprocessors]]\nname = \"{name}\"\npurpose = \"hosting\"\ncountry = \"France\"\ntransfer = \"eea\"\n\
         since = {since}\n"
    )
}

/// An installation with that list.
struct Installation<'d> {
    database: &'d TestDatabase,
    folder: tempfile::TempDir,
}

impl Installation<'_> {
    fn listing(&self, list: &str) -> std::path::PathBuf {
        let file = self.folder.path().join("qualify.toml");
        std::fs::write(&file, list).unwrap();
        file
    }

    fn check(&self, list: &str) -> String {
        self.check_with(&self.listing(list), &SETTINGS)
    }

    fn check_with(&self, file: &Path, settings: &[(&str, &str)]) -> String {
        let mut command = Command::new(env!("CARGO_BIN_EXE_qualify"));
        command.arg("check").current_dir(self.folder.path()).env_clear().env("QUALIFY_CONFIG", file);
        command.envs(settings.iter().copied()).env("QUALIFY_DATABASE_URL", self.database.app_url());
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    }

    /// Publishes as a start does.
    async fn publish(&self, list: &str) -> Result<(), Failure> {
        let mut environment: BTreeMap<_, _> = SETTINGS.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        environment.insert("QUALIFY_DATABASE_URL".to_owned(), self.database.app_url());
        let sources = Sources { file: Some(self.listing(list)), environment, ..Sources::default() };
        let config = Config::load(&sources, Purpose::Run).unwrap();
        System::build(&config, &PostgresOptions::new(self.database.app())).unwrap().publish_policy().await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn prv_3_check_tells_what_a_start_would_say_of_subprocessors() {
    let database = TestDatabase::fresh().await;
    let here = Installation { database: &database, folder: tempfile::tempdir().unwrap() };
    let cloud = block("Cloud SAS", "2026-01-31".parse().unwrap());
    let out = here.check(&cloud);
    assert!(out.contains("! the subprocessor Cloud SAS is new: the next start"), "{out}");
    here.publish(&cloud).await.unwrap();
    let out = here.check(&cloud);
    assert!(out.contains("✓ the privacy policy in force is the one of this configuration"), "{out}");

    #[expect(clippy::disallowed_methods, reason = "the program goes by the clock of the machine")]
    let first = earliest(Timestamp::now());
    let hasty = format!("{cloud}{}", block("Post SAS", first.saturating_sub(2.days())));
    let out = here.check(&hasty);
    assert!(out.contains("✗ the subprocessor Post SAS begins too soon"), "{out}");
    assert!(out.contains(&format!("it may begin on {first}")), "{out}");
    let refused = here.publish(&hasty).await.unwrap_err().message();
    assert!(refused.contains("Post SAS") && refused.contains(&first.to_string()), "{refused}");

    // It may begin on the day that was told, or on the next one, should midnight pass meanwhile.
    let timely = format!("{cloud}{}", block("Post SAS", first.saturating_add(1.day())));
    let out = here.check(&timely);
    assert!(out.contains("! the subprocessor Post SAS is new") && !out.contains("too soon"), "{out}");
    here.publish(&timely).await.unwrap();
    let out = here.check(&cloud);
    assert!(out.contains("! the subprocessor Post SAS is not in this configuration"), "{out}");

    // A start with a list that was cut short, and the next with the right one.
    here.publish("").await.unwrap();
    let out = here.check(&timely);
    for name in ["Cloud SAS", "Post SAS"] {
        assert!(
            out.contains(&format!("! the subprocessor {name} left lately and is in this configuration again")),
            "{out}"
        );
    }
    assert!(!out.contains("too soon") && !out.contains("is new"), "{out}");
    here.publish(&timely).await.unwrap();
    let out = here.check(&timely);
    assert!(out.contains("✓ the privacy policy in force is the one of this configuration"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn prv_2_check_tells_that_another_policy_is_in_force_and_publishes_none() {
    let database = TestDatabase::fresh().await;
    let here = Installation { database: &database, folder: tempfile::tempdir().unwrap() };
    here.publish("").await.unwrap();
    let moved =
        SETTINGS.map(|(name, value)| (name, if value.starts_with("1 rue") { "2 rue de l'Exemple" } else { value }));
    for _ in 0..2 {
        let out = here.check_with(&here.listing(""), &moved);
        assert!(out.contains("! the privacy policy in force is not the one of this configuration"), "{out}");
    }
    assert_eq!(database.count("SELECT count(*) FROM policy_versions").await, 2, "one in each language");
    let nobody: Vec<_> = SETTINGS.into_iter().filter(|(name, _)| !name.starts_with("QUALIFY_CONTROLLER")).collect();
    let out = here.check_with(&here.listing(""), &nobody);
    assert!(out.contains("! the privacy policy was not compared"), "{out}");
}
