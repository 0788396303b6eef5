//! Access for support, and that operators have no other way to what is an organization's, as a shell sees it (PRV-11).
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::process::Command;

use clap::CommandFactory;
use qualify_postgres::testing::TestDatabase;
use qualify_server::cli::Cli;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const HOME: &str = "0192f7a0-0000-7000-8000-000000000001";
const NO_BREACH: &str = "0192f7a0-0000-7000-8000-00000000000f";
/// What stands wherever a word of somebody can stand.
const CANARY: &str = "canary";

/// What operators can do, each with what it needs to say something.
const COMMANDS: &[&[&str]] = &[
    &["outbox", "list"],
    &["outbox", "replay", "--all"],
    &["roles"],
    &["keys", "generate"],
    &["keys", "rotate"],
    &["audit", "verify"],
    &["retention", "plan"],
    &["retention", "run"],
    &["retention", "certificates"],
    &["retention", "verify"],
    &["records"],
    &["billing", "ledger"],
    &["billing", "claim", HOME, "1"],
    &[
        "breaches",
        "log",
        "--aware-at",
        "2026-01-01T00:00:00Z",
        "--happened",
        "It lay open.",
        "--categories",
        "Names",
        "--effects",
        "None",
        "--measures",
        "It was closed.",
        "--all",
    ],
    &["breaches", "list"],
    &["breaches", "show", NO_BREACH],
    &["breaches", "revise", NO_BREACH, "--people", "1"],
    &["breaches", "concern", NO_BREACH, "--organization", HOME],
    &["breaches", "cnil", NO_BREACH],
    &["breaches", "people", NO_BREACH],
    &["breaches", "close", NO_BREACH],
    &[
        "requests",
        "receive",
        "--kind",
        "access",
        "--from",
        "stranger@example.net",
        "--received",
        "2026-01-01T00:00:00Z",
        "--text",
        "What do you keep?",
    ],
    &["requests", "forward", NO_BREACH, "--organization", "canary-north"],
    &["requests", "list"],
    &["requests", "show", NO_BREACH],
    &["requests", "answer", NO_BREACH, "--text", "It is done."],
    &["requests", "extend", NO_BREACH, "--reasons", "Many logs."],
    &["requests", "refuse", NO_BREACH, "--reason", "excessive"],
    &["requests", "acknowledge", NO_BREACH],
    &["requests", "close", NO_BREACH],
    &["support", "open", HOME],
    &["backup"],
    &["backups"],
    &["restore"],
];

fn qualify(database: &TestDatabase, arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_qualify"));
    let (url, reader, migrator) = (database.app_url(), database.backup_url(), database.migrator_url());
    let environment = [
        ("HTTP_BASE_URL", "http://127.0.0.1:8080"),
        ("DATABASE_URL", &url),
        ("DATABASE_MIGRATOR_URL", &migrator),
        ("BACKUPS_URL", &reader),
        ("SECURITY_KEYS", KEY),
        ("CONTROLLER_NAME", "Example SAS"),
        ("CONTROLLER_ADDRESS", "1 rue de l'Exemple, 75001 Paris"),
        ("CONTROLLER_PRIVACY_CONTACT", "privacy@example.com"),
        ("MAILER_ADAPTER", "maildir"),
    ];
    command.args(arguments).current_dir(folder.path()).env_clear();
    command.envs(environment.map(|(name, value)| (format!("QUALIFY_{name}"), value)));
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// The rows of an organization in which every word is a canary, and something for each command to speak of.
async fn inhabited() -> TestDatabase {
    let database = TestDatabase::fresh().await;
    database
        .sql(
            "WITH home AS (
                INSERT INTO organizations (organization_id, name, language, created_at, slug)
                VALUES ('0192f7a0-0000-7000-8000-000000000001', 'canary', 'en', '2026-01-01', 'canary-north')
                RETURNING organization_id
            ), member AS (
                INSERT INTO users (id, first_name, last_name, email, language, created_at)
                VALUES ('0192f7a0-0000-7000-8000-000000000002', 'canary', 'canary', 'canary@example.com', 'en', '2026-01-01')
            ), guest AS (
                INSERT INTO invitations (organization_id, id, token_id, email, roles, invited_by, invited_at, expires_at)
                SELECT organization_id, gen_random_uuid(), gen_random_uuid(), 'canary@example.org', '{viewer}',
                    gen_random_uuid(), '2026-01-01', '2026-01-08' FROM home
            ), event AS (
                INSERT INTO outbox (organization_id, event, due_at, attempts, parked_at, parked_reason)
                SELECT organization_id, jsonb_build_object('event', 'submission_received', 'submission', gen_random_uuid(),
                    'form', gen_random_uuid()), '2026-01-01', 9, '2026-01-01', 'it broke' FROM home
            )
            SELECT 1",
        )
        .await;
    database
}

/// Opens the organization by hand, as its owner would on the page, for that many hours from now on.
async fn open(database: &TestDatabase) {
    database
        .sql(
            "INSERT INTO support_grants (organization_id, id, reason, author_id, opened_at, ends_at, expires_at)
            SELECT '0192f7a0-0000-7000-8000-000000000001', gen_random_uuid(), 'canary', gen_random_uuid(), at,
                at + interval '24 hours', at + interval '366 days' FROM (SELECT statement_timestamp() AS at) AS moment",
        )
        .await;
}

#[test]
fn prv_11_what_operators_can_do_is_known() {
    let cli = Cli::command();
    let admin = cli.find_subcommand("admin").unwrap();
    let mut leaves = Vec::new();
    for command in admin.get_subcommands() {
        let within: Vec<_> =
            command.get_subcommands().map(|inner| format!("{} {}", command.get_name(), inner.get_name())).collect();
        leaves.extend(if within.is_empty() { vec![command.get_name().to_owned()] } else { within });
    }
    let tried: Vec<_> = COMMANDS.iter().map(|words| words[..words.len().min(2)].join(" ")).collect();
    assert_eq!(leaves, tried, "each is asked below for what it must not tell");
}

#[tokio::test(flavor = "multi_thread")]
async fn prv_11_no_command_of_operators_prints_what_is_an_organizations() {
    let database = inhabited().await;
    open(&database).await;
    let checked: &[&[&str]] = &[&["check"], &["config"]];
    let commands =
        COMMANDS.iter().map(|words| [&["admin"][..], words].concat()).chain(checked.iter().map(|words| words.to_vec()));
    for command in commands {
        let (code, out, err) = qualify(&database, &command);
        // The register of processing names whose processor the operator is, and what their forms tell everybody (PRV-7).
        let hidden = if command == ["admin", "records"] { "canary@" } else { CANARY };
        assert!(!out.contains(hidden) && !err.contains(hidden), "{command:?}: {out} {err}");
        let refuses = |word| command.contains(&word);
        let may_refuse = command == ["check"] || ["restore", "claim", NO_BREACH].into_iter().any(refuses);
        assert!(code == Some(0) || may_refuse, "{command:?}: {err}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn prv_11_a_link_for_support_is_printed_while_an_owner_has_it_open_and_never_else() {
    let database = inhabited().await;
    for whose in [HOME, "canary-north", "nobody"] {
        let (code, out, err) = qualify(&database, &["admin", "support", "open", whose]);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{err}");
        assert!(err.contains("no owner opened an organization of that word or id to support"), "{err}");
    }
    assert_eq!(database.count("SELECT count(*) FROM support_visits").await, 0);
    open(&database).await;
    for whose in [HOME, "canary-north"] {
        let (code, out, err) = qualify(&database, &["admin", "support", "open", whose]);
        assert_eq!(code, Some(0), "{err}");
        assert!(
            out.starts_with(&format!("http://127.0.0.1:8080/support/{HOME}.")) && out.lines().count() == 1,
            "{out}"
        );
        assert!(err.contains("works once, until "), "{err}");
    }
    assert_eq!(database.count("SELECT count(*) FROM support_visits WHERE session IS NULL").await, 2);
    let told = "SELECT count(*) FROM audit_entries WHERE action = 'serve_support' AND target_kind = 'support_grant'";
    assert_eq!(database.count(told).await, 2, "the organization sees that links were made");
    database.sql("UPDATE support_grants SET ended_at = opened_at, ended_by = author_id").await;
    let (code, out, _) = qualify(&database, &["admin", "support", "open", HOME]);
    assert_eq!((code, out.as_str()), (Some(1), ""));
}
