//! The configuration as its user meets it: sources over sources, all faults at once, no secret shown.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{collections::BTreeMap, fs, path::PathBuf};

use qualify_server::config::{Config, Faults, Purpose, Sources, print};
use tempfile::TempDir;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// What must be set, and nothing else.
const LEAST: &[(&str, &str)] = &[
    ("QUALIFY_HTTP_BASE_URL", "https://crm.example.com"),
    ("QUALIFY_DATABASE_URL", "postgres://qualify_app:hunter2@localhost/qualify"),
    ("QUALIFY_SECURITY_KEYS", KEY),
    ("QUALIFY_CONTROLLER_NAME", "Example SAS"),
    ("QUALIFY_CONTROLLER_ADDRESS", "1 rue de l'Exemple, 75001 Paris"),
    ("QUALIFY_CONTROLLER_PRIVACY_CONTACT", "privacy@example.com"),
    ("QUALIFY_MAILER_ADAPTER", "maildir"),
    ("QUALIFY_MAILDIR_PATH", "/var/mail/qualify"),
];

struct Setup {
    folder: TempDir,
    sources: Sources,
}

impl Setup {
    fn empty() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), sources: Sources::default() }
    }

    fn least() -> Self {
        LEAST.iter().fold(Self::empty(), |setup, (name, value)| setup.variable(name, value))
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.sources.environment.insert(name.to_owned(), value.to_owned());
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.sources.environment.remove(name);
        self
    }

    fn keep(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn file(mut self, text: &str) -> Self {
        self.sources.file = Some(self.keep("qualify.toml", text));
        self
    }

    fn load(&self) -> Result<Config, Faults> {
        Config::load(&self.sources, Purpose::Run)
    }

    fn faults(&self) -> BTreeMap<String, String> {
        let faults = self.load().map(|_| ()).unwrap_err().0;
        faults.into_iter().map(|fault| (fault.key.clone(), fault.to_string())).collect()
    }
}

#[test]
fn what_must_be_set_is_enough() {
    let config = Setup::least().load().unwrap_or_else(|faults| panic!("{faults}"));
    assert_eq!(config.section("http").get::<String>("listen").unwrap(), "127.0.0.1:8080");
    assert_eq!(config.section("maildir").get::<String>("path").unwrap(), "/var/mail/qualify");
}

#[test]
fn prv_1_nothing_starts_without_saying_who_answers_for_the_data() {
    let faults = Setup::empty().faults();
    for key in ["controller.name", "controller.address", "controller.privacy_contact", "http.base_url"] {
        assert!(faults[key].contains("is not set"), "{faults:?}");
    }
    assert!(faults["database.url"].contains("QUALIFY_DATABASE_URL"), "{faults:?}");
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let setup = Setup::least().file("[http]\nlisten = \"127.0.0.1:1\"\n[log]\nlevel = \"warn\"\n");
    let log = |setup: &Setup| setup.load().unwrap().section("log").get::<String>("level").unwrap();
    assert_eq!(log(&Setup::least()), "info");
    assert_eq!(log(&setup), "warn");
    let setup = setup.variable("QUALIFY_LOG_LEVEL", "error");
    assert_eq!(log(&setup), "error");
    assert_eq!(setup.load().unwrap().section("http").get::<String>("listen").unwrap(), "127.0.0.1:1");
}

#[test]
fn numbers_flags_and_lists_are_written_as_toml_has_them() {
    let setup =
        Setup::least().file("[security]\npassword_cost = 1_1\n[spam]\nladder = [\"form-token\", \"honeypot\"]\n");
    let config = setup.load().unwrap();
    assert_eq!(config.section("security").get::<u32>("password_cost").unwrap(), 11);
    assert_eq!(config.section("spam").get::<String>("ladder").unwrap(), "form-token,honeypot");
}

#[test]
fn all_faults_are_told_at_once_each_with_key_value_origin_and_expectation() {
    let setup = Setup::least()
        .file("[http]\nlisten = \"everywhere\"\n\n[log]\nlevel = 3\nformat = 2026-11-24\n[spam]\nladder = \"magic\"\n")
        .variable("QUALIFY_SECURITY_PASSWORD_COST", "3")
        .variable("QUALIFY_HTTP_BASE_URL", "http://crm.example.com")
        .without("QUALIFY_CONTROLLER_NAME");
    let faults = setup.faults();
    let expected = [
        ("http.listen", &["\"everywhere\"", "qualify.toml, line 2", "an address and port"][..]),
        ("log.level", &["\"3\"", "line 5", "one of: error, warn"]),
        ("log.format", &["line 6", "one of: text, json"]),
        ("spam.ladder", &["\"magic\"", "line 8", "honeypot, form-token"]),
        ("security.password_cost", &["\"3\"", "environment QUALIFY_SECURITY_PASSWORD_COST", "from 10 to 16"]),
        ("http.base_url", &["\"http://crm.example.com\"", "https", "WEB-1"]),
        ("controller.name", &["is not set", "[controller]", "QUALIFY_CONTROLLER_NAME"]),
    ];
    for (key, parts) in expected {
        let fault = faults.get(key).unwrap_or_else(|| panic!("{key} is missing in {faults:?}"));
        assert!(parts.iter().all(|part| fault.contains(part)), "{fault}");
    }
    assert_eq!(faults.len(), expected.len(), "{faults:?}");
}

#[test]
fn an_unknown_key_is_answered_with_the_nearest_or_the_known_ones() {
    let setup = Setup::least()
        .file("stray = 1\n[http]\nlisten_on = \"x\"\nbase_ulr = \"x\"\n[databse]\nurl = \"x\"\n[mailer.smtp]\nhost = \"x\"\n")
        .variable("QUALIFY_LOG_LEVLE", "warn")
        .variable("QUALIFY_SOMETHING_ELSE_ENTIRELY", "x");
    let faults = setup.faults();
    assert!(faults["stray"].contains("stands in no section"), "{faults:?}");
    assert!(faults["http.base_ulr"].contains("did you mean `base_url`?"), "{faults:?}");
    assert!(faults["[databse]"].contains("did you mean `database`?"), "{faults:?}");
    assert!(faults["mailer.smtp"].contains("there are: adapter"), "{faults:?}");
    assert!(faults["QUALIFY_LOG_LEVLE"].contains("did you mean `QUALIFY_LOG_LEVEL`?"), "{faults:?}");
    assert!(faults["QUALIFY_SOMETHING_ELSE_ENTIRELY"].contains("QUALIFY_DATABASE_URL"), "{faults:?}");
}

#[test]
fn web_10_no_fault_ever_shows_a_secret() {
    let setup = Setup::least()
        .file("[database]\nurl = \"mysql://a:hunter2@b/c\"\nmigrator_ulr = \"hunter2\"\n[secrets]\nkey = \"hunter2\"\n")
        .without("QUALIFY_DATABASE_URL")
        .variable("QUALIFY_SECURITY_KEYS", "hunter2")
        .variable("QUALIFY_DATABASE_MIGRATOR_URL", "hunter2")
        .variable("QUALIFY_FORM_TOKEN_KEY", "hunter2")
        .variable("QUALIFY_SECRET", "hunter2");
    let faults = setup.load().map(|_| ()).unwrap_err().to_string();
    for key in ["database.url", "database.migrator_url", "database.migrator_ulr", "security.keys", "[secrets]"] {
        assert!(faults.contains(key), "{faults}");
    }
    assert!(!faults.contains("hunter2"), "{faults}");
}

#[test]
fn web_10_a_broken_file_is_not_quoted() {
    let setup = Setup::least().file("[database]\nurl = postgres://a:hunter2@b/c\n[log]\nlevel = \"loud\"\n");
    let faults = setup.load().map(|_| ()).unwrap_err().to_string();
    assert!(faults.contains("line 2"), "{faults}");
    assert!(faults.contains("\"loud\""), "the rest is read all the same: {faults}");
    assert!(!faults.contains("hunter2"), "{faults}");
}

#[test]
fn web_10_settings_hide_their_values() {
    let shown = format!("{:?}", Setup::least().load().unwrap());
    assert!(!shown.contains("hunter2") && !shown.contains(KEY), "{shown}");
}

#[test]
fn a_secret_can_be_read_from_a_file() {
    let setup = Setup::least().without("QUALIFY_SECURITY_KEYS");
    let path = setup.keep("keys", &format!("{KEY}\n"));
    let setup = setup.variable("QUALIFY_SECURITY_KEYS_FILE", path.to_str().unwrap());
    assert_eq!(setup.load().unwrap().section("security").get::<String>("keys").unwrap(), KEY);
    let both = setup.variable("QUALIFY_SECURITY_KEYS", KEY).faults();
    assert!(both["QUALIFY_SECURITY_KEYS_FILE"].contains("is set twice"), "{both:?}");
    let missing = Setup::least().without("QUALIFY_SECURITY_KEYS").variable("QUALIFY_SECURITY_KEYS_FILE", "/nowhere");
    assert!(missing.faults()["QUALIFY_SECURITY_KEYS_FILE"].contains("/nowhere"));
}

#[test]
fn a_missing_file_is_a_fault() {
    let mut setup = Setup::least();
    setup.sources.file = Some("/nowhere/qualify.toml".into());
    assert!(setup.faults()["/nowhere/qualify.toml"].contains("cannot be read"));
}

#[test]
fn only_the_chosen_adapter_is_asked_for_what_it_needs() {
    let smtp = |faults: &BTreeMap<String, String>| faults.keys().any(|key| key.starts_with("smtp."));
    assert!(Setup::least().load().is_ok());
    assert!(smtp(&Setup::least().variable("QUALIFY_MAILER_ADAPTER", "smtp").faults()));
    let s3 = Setup::least().variable("QUALIFY_FILES_ADAPTER", "s3").faults();
    assert_eq!(s3.into_keys().collect::<Vec<_>>(), ["s3.access_key", "s3.bucket", "s3.endpoint", "s3.secret_key"]);
    let wrong_anyway = Setup::least().variable("QUALIFY_SMTP_PORT", "many").faults();
    assert!(wrong_anyway["smtp.port"].contains("\"many\""), "{wrong_anyway:?}");
}

#[test]
fn nobody_is_asked_for_what_a_command_does_not_need() {
    let database = Setup::empty().variable("QUALIFY_DATABASE_URL", "postgres:///qualify");
    assert!(Config::load(&database.sources, Purpose::Look).is_ok());
    let faults = Config::load(&database.sources, Purpose::Migrate).map(|_| ()).unwrap_err();
    assert_eq!(faults.0.iter().map(|fault| fault.key.as_str()).collect::<Vec<_>>(), ["database.migrator_url"]);
    let migrator = Setup::empty().variable("QUALIFY_DATABASE_MIGRATOR_URL", "postgres:///qualify");
    assert!(Config::load(&migrator.sources, Purpose::Migrate).is_ok());
}

#[test]
fn the_printed_configuration_gives_the_defaults() {
    let page = print();
    let (plain, printed) = (Setup::least(), Setup::least().file(&page));
    let (plain, printed) = (plain.load().unwrap(), printed.load().unwrap_or_else(|faults| panic!("{faults}")));
    let mut keys = 0;
    let mut section = String::new();
    for line in page.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            name.clone_into(&mut section);
        } else if let Some((key, _)) =
            line.trim_start_matches('#').split_once(" = ").filter(|_| !line.starts_with("# "))
        {
            let value = |config: &Config| config.section(&section).get::<String>(key).ok();
            assert_eq!(value(&plain), value(&printed), "{section}.{key}");
            keys += 1;
        }
    }
    assert!(keys > 15, "{page}");
}

#[test]
fn the_printed_configuration_is_the_committed_one() {
    insta::assert_snapshot!(print());
}

const SUBPROCESSOR: &str = "[[subprocessors]]\nname = \"Cloud SAS\"\npurpose = \"hosting\"\ncountry = \"France\"\n\
    transfer = \"eea\"\nsince = 2027-01-31\n";

#[test]
fn subprocessors_are_read_from_the_file() {
    let other = SUBPROCESSOR.replace("hosting", "storage");
    let config = Setup::least().file(&format!("{SUBPROCESSOR}{other}")).load().unwrap();
    let list = config.subprocessors();
    assert_eq!(list.iter().map(|one| one.purpose.code()).collect::<Vec<_>>(), ["hosting", "storage"]);
    let one = &list[0];
    let told = [&one.name, one.purpose.code(), &one.country, one.transfer.code()];
    assert_eq!(told, ["Cloud SAS", "hosting", "France", "eea"]);
    assert_eq!(one.since.to_string(), "2027-01-31");
    assert!(Setup::least().load().unwrap().subprocessors().is_empty());
}

#[test]
fn what_is_wrong_with_a_subprocessor_is_told_all_at_once() {
    let faults = |from: &str, to: &str| Setup::least().file(&SUBPROCESSOR.replace(from, to)).faults();
    assert!(faults("2027-01-31", "\"soon\"")["subprocessors[1].since"].contains("expected a date"));
    assert!(faults("hosting", "fun")["subprocessors[1].purpose"].contains("one of: hosting, storage"));
    assert!(faults("eea", "trust")["subprocessors[1].transfer"].contains("one of: eea"));
    assert!(faults("Cloud SAS", " ")["subprocessors[1].name"].contains("expected a text"));
    assert!(faults("country", "land")["subprocessors[1].land"].contains("no such key"));
    assert!(faults("country", "land")["subprocessors[1].country"].contains("is not set"));
    assert!(faults("[[subprocessors]]", "[subprocessors]")["subprocessors"].contains("[[subprocessors]]"));
}

#[test]
fn a_subprocessor_that_is_listed_twice_is_a_fault_that_names_both_blocks() {
    for second in [SUBPROCESSOR.to_owned(), SUBPROCESSOR.replace("2027-01-31", "2027-02-28")] {
        let other = SUBPROCESSOR.replace("Cloud", "Other");
        let faults = Setup::least().file(&format!("{SUBPROCESSOR}{other}{second}")).faults();
        assert_eq!(faults.len(), 1, "{faults:?}");
        let fault = &faults["subprocessors[3]"];
        for part in ["Cloud SAS", "line 13", "subprocessors[1]"] {
            assert!(fault.contains(part), "{part}: {fault}");
        }
    }
}
