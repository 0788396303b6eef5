//! The command line, as a shell sees it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{
    path::Path,
    process::{Command, Output},
};

use qualify_postgres::testing::{TestDatabase, TestServer};

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// The program, in an empty folder, with nothing in its environment but what is given.
fn qualify(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qualify"));
    command.args(arguments).current_dir(folder).env_clear().envs(environment.iter().copied());
    command.output().unwrap()
}

fn said(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn run(arguments: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    said(&qualify(folder.path(), arguments, environment))
}

/// A whole configuration around that database.
fn with_database(url: &str) -> Vec<(&str, &str)> {
    vec![
        ("QUALIFY_HTTP_BASE_URL", "http://127.0.0.1:8080"),
        ("QUALIFY_HTTP_LISTEN", "127.0.0.1:0"),
        ("QUALIFY_DATABASE_URL", url),
        ("QUALIFY_SECURITY_KEYS", KEY),
        ("QUALIFY_CONTROLLER_NAME", "Example SAS"),
        ("QUALIFY_CONTROLLER_ADDRESS", "1 rue de l'Exemple, 75001 Paris"),
        ("QUALIFY_CONTROLLER_PRIVACY_CONTACT", "privacy@example.com"),
        ("QUALIFY_MAILER_ADAPTER", "maildir"),
    ]
}

#[test]
fn every_command_helps() {
    for command in [
        &["serve"][..],
        &["work"],
        &["migrate"],
        &["check"],
        &["config"],
        &["demo"],
        &["completions"],
        &["admin"],
        &["admin", "outbox"],
        &["admin", "outbox", "list"],
        &["admin", "outbox", "replay"],
        &["admin", "roles"],
        &["admin", "keys", "generate"],
        &["admin", "audit", "verify"],
        &["admin", "retention", "plan"],
        &["admin", "retention", "run"],
        &["admin", "retention", "verify"],
        &["admin", "support", "open"],
        &["admin", "backup"],
        &["admin", "backups"],
        &["admin", "restore"],
        &["admin", "requests", "receive"],
        &["admin", "requests", "forward"],
        &["admin", "requests", "list"],
        &["admin", "requests", "show"],
        &["admin", "requests", "answer"],
        &["admin", "requests", "extend"],
        &["admin", "requests", "refuse"],
        &["admin", "requests", "acknowledge"],
        &["admin", "requests", "close"],
        &["admin", "records"],
        &["admin", "keys", "rotate"],
        &["admin", "billing", "ledger"],
        &["admin", "billing", "claim"],
    ] {
        let (code, out, _) = run(&[command, &["--help"]].concat(), &[]);
        assert_eq!(code, Some(0), "{command:?}");
        assert!(out.contains(&format!("Usage: qualify {}", command.join(" "))), "{out}");
    }
    let (_, out, _) = run(&["--help"], &[]);
    assert!(out.contains("Exit codes") && out.contains("qualify demo"), "{out}");
}

#[test]
fn shells_can_complete_it() {
    for shell in ["bash", "zsh", "fish"] {
        let (code, out, _) = run(&["completions", shell], &[]);
        assert!(code == Some(0) && out.contains("outbox") && out.contains("data-dir"), "{shell}");
    }
}

#[test]
fn the_printed_configuration_is_complete_and_needs_none() {
    let (code, out, err) = run(&["config"], &[("QUALIFY_HTTP_LISTEN", "nonsense")]);
    assert_eq!((code, err.as_str()), (Some(0), ""));
    for part in ["[http]", "QUALIFY_DATABASE_URL", "[smtp]", "[form-token]"] {
        assert!(out.contains(part), "{part}");
    }
}

#[test]
fn faults_of_the_configuration_come_all_at_once_with_a_code_of_their_own() {
    for command in ["serve", "work"] {
        let (code, out, err) = run(&[command], &[("QUALIFY_LOG_LEVEL", "loud")]);
        assert_eq!((code, out.as_str()), (Some(2), ""));
        for part in ["log.level = \"loud\"", "database.url", "controller.name", "qualify config"] {
            assert!(err.contains(part), "{err}");
        }
    }
    let (code, _, err) = run(&["migrate"], &[]);
    assert_eq!(code, Some(2));
    assert!(err.contains("database.migrator_url") && !err.contains("controller"), "{err}");
}

#[test]
fn a_generated_key_is_one_that_the_configuration_takes() {
    let (_, key, _) = run(&["admin", "keys", "generate"], &[]);
    let (_, other, _) = run(&["admin", "keys", "generate"], &[]);
    assert_ne!(key, other);
    let (code, _, err) = run(&["serve"], &[("QUALIFY_SECURITY_KEYS", key.trim())]);
    assert_eq!(code, Some(2), "other keys are missing");
    assert!(!err.contains("security.keys"), "{err}");
}

#[test]
fn a_missing_server_is_told_and_no_password_is() {
    let url = "postgres://qualify_app:hunter2@127.0.0.1:1/qualify";
    let (code, out, err) = run(&["check"], &with_database(url));
    assert_eq!(code, Some(3), "{out}{err}");
    assert!(out.contains("✓ the configuration has no fault"), "{out}");
    assert!(out.contains("✗ the database cannot be looked at"), "{out}");
    assert!(!format!("{out}{err}").contains("hunter2"), "{out}{err}");
}

#[test]
fn mail_6_check_asks_dns_only_where_mails_go_through_a_relay() {
    let environment = with_database("postgres://qualify_app@127.0.0.1:1/qualify");
    let (_, out, _) = run(&["check"], &environment);
    assert!(!["SPF", "DKIM", "DMARC"].iter().any(|record| out.contains(record)), "{out}");
    // Nobody listens there.
    let relayed = [
        ("QUALIFY_MAILER_ADAPTER", "smtp"),
        ("QUALIFY_SMTP_HOST", "relay.example"),
        ("QUALIFY_SMTP_FROM_ADDRESS", "crm@north.example"),
        ("QUALIFY_SMTP_RESOLVER", "127.0.0.1:1"),
    ];
    let (_, out, _) = run(&["check"], &[environment, relayed.to_vec()].concat());
    for told in ["! SPF cannot be looked up at north.example", "smtp.dkim_selector", "! DMARC cannot be looked up"] {
        assert!(out.contains(told), "{told} in {out}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rls_4_a_superuser_is_refused_and_told_why() {
    let server = TestServer::get().await;
    let url = server.superuser_url(&server.shared().await);
    let (code, out, err) = run(&["check"], &with_database(&url));
    assert_eq!(code, Some(3), "{out}{err}");
    assert!(out.contains("is a superuser, whom row security does not bind"), "{out}");
    assert!(err.contains("would refuse to start"), "{err}");
    for command in ["serve", "work"] {
        let (code, _, err) = run(&[command], &with_database(&url));
        assert_eq!(code, Some(3), "{err}");
        assert!(err.contains("is a superuser"), "{err}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rls_4_the_runtime_role_is_one_to_run_as() {
    let database = TestDatabase::shared().await;
    let (_, out, _) = run(&["check"], &with_database(&database.app_url()));
    assert!(out.contains("✓ row security binds the role qualify_app"), "{out}");
    assert!(out.contains("✓ the schema is the one this program knows"), "{out}");
    assert!(out.contains("! http.base_url is at 127.0.0.1"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rel_10_a_server_that_can_lose_what_was_acknowledged_is_refused() {
    let server = TestServer::private().await;
    let url = server.superuser_url(&server.shared().await);
    let (code, out, _) = run(&["check"], &with_database(&url));
    assert_eq!(code, Some(3));
    assert!(out.contains("✗ fsync is off"), "{out}");
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_database_is_refused_with_the_way_out() {
    let server = TestServer::get().await;
    let url = server.superuser_url("postgres");
    let (code, out, _) = run(&["check"], &with_database(&url));
    assert_eq!(code, Some(3));
    assert!(out.contains("run `qualify migrate`"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_outbox_can_be_listed_and_a_wrong_id_is_told() {
    let database = TestDatabase::fresh().await;
    let url = database.app_url();
    let environment = [("QUALIFY_DATABASE_URL", url.as_str())];
    let (code, out, err) = run(&["admin", "outbox", "list"], &environment);
    assert_eq!((code, out.as_str()), (Some(0), ""), "{err}");
    assert!(err.contains("0 parked, 0 waiting"), "{err}");
    let id = "0192f7a0-0000-7000-8000-000000000000";
    let (code, _, err) = run(&["admin", "outbox", "replay", id], &environment);
    assert_eq!(code, Some(1));
    assert!(err.contains(id) && err.contains("outbox list"), "{err}");
    assert_eq!(run(&["admin", "outbox", "replay", "--all"], &environment).0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_roles_make_a_database_that_can_be_migrated() {
    let server = TestServer::private().await;
    let superuser = server.superuser_url("postgres");
    let (_, sql, _) = run(&["admin", "roles", "--database", "qualify"], &[]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("roles.sql");
    std::fs::write(&file, sql).unwrap();
    for _ in 0..2 {
        let mut psql = Command::new("psql");
        psql.args(["--quiet", "--set", "ON_ERROR_STOP=1", "--file"]).arg(&file).arg(&superuser);
        let (code, _, err) = said(&psql.output().unwrap());
        assert_eq!(code, Some(0), "{err}");
    }
    let migrator = server.superuser_url("qualify").replace("postgres@", "qualify_migrator@");
    let (code, out, err) = run(&["migrate"], &[("QUALIFY_DATABASE_MIGRATOR_URL", &migrator)]);
    assert_eq!(code, Some(0), "{out}{err}");
    let app = migrator.replace("qualify_migrator@", "qualify_app@");
    let (_, out, _) = run(&["check"], &with_database(&app));
    assert!(out.contains("✓ the schema is the one this program knows"), "{out}");
    assert!(out.contains("✓ row security binds the role qualify_app"), "{out}");
    server.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_half_migrated_or_newer_schema_is_refused() {
    let server = TestServer::private().await;
    let url = server.superuser_url(&server.shared().await);
    let app = url.replace("postgres@", "qualify_app@");
    let breaks = [
        ("UPDATE _sqlx_migrations SET success = false WHERE version = 2", "was not finished"),
        (
            "UPDATE _sqlx_migrations SET success = true; UPDATE _sqlx_migrations SET version = 9999 WHERE version = 2",
            "newer than this program",
        ),
        ("DELETE FROM _sqlx_migrations WHERE version = 9999", "run `qualify migrate`"),
    ];
    for (sql, told) in breaks {
        assert!(Command::new("psql").args(["--quiet", "--command", sql, &url]).status().unwrap().success());
        let (code, _, err) = run(&["serve"], &with_database(&app));
        assert_eq!(code, Some(3), "{err}");
        assert!(err.contains(told), "{err}");
    }
    server.stop();
}
