//! Requests of members about their own accounts, as the operator answers them on the command line.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::{path::Path, process::Command};

use qualify_postgres::testing::TestDatabase;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OBJECTION: &str = "0192f7a0-0000-7000-8000-000000000011";
const RESTRICTION: &str = "0192f7a0-0000-7000-8000-000000000112";

fn qualify(database: &TestDatabase, folder: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_qualify"));
    let (url, mails) = (database.app_url(), folder.join("mails").display().to_string());
    let environment = [
        ("HTTP_BASE_URL", "http://127.0.0.1:8080"),
        ("DATABASE_URL", &url),
        ("SECURITY_KEYS", KEY),
        ("CONTROLLER_NAME", "Example SAS"),
        ("CONTROLLER_ADDRESS", "1 rue de l'Exemple, 75001 Paris"),
        ("CONTROLLER_PRIVACY_CONTACT", "privacy@example.com"),
        ("MAILER_ADAPTER", "maildir"),
        ("MAILDIR_PATH", &mails),
    ];
    command.args(["admin", "requests"]).args(arguments).current_dir(folder).env_clear();
    command.envs(environment.map(|(name, value)| (format!("QUALIFY_{name}"), value)));
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

/// Mika, who objected and asked for a restriction a day ago, and was told that it came.
async fn asked() -> TestDatabase {
    let database = TestDatabase::fresh().await;
    database
        .sql(
            r#"WITH mika AS (
                INSERT INTO users (id, first_name, last_name, email, language, created_at)
                VALUES (gen_random_uuid(), 'Mika', 'Member', 'mika@example.com', 'fr', '2026-01-01') RETURNING id
            ), asked (id, kind, at) AS (VALUES
                ('0192f7a0-0000-7000-8000-000000000011'::uuid, 'objection', clock_timestamp() - interval '1 day'),
                ('0192f7a0-0000-7000-8000-000000000112'::uuid, 'restriction', clock_timestamp() - interval '1 day')
            ), registered AS (
                INSERT INTO operator_requests (id, kind, language, received_at, registered_at, due_at, acknowledged_at, by_member)
                SELECT id, kind, 'fr', at, at, at + interval '30 days', at, true FROM asked
            )
            INSERT INTO member_requests (request_id, user_id, kind, words, steps, is_open, reminded)
            SELECT asked.id, mika.id, kind, 'No statistics.', jsonb_build_array(jsonb_build_object(
                'at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'by', 'asker',
                'what', '{"identity_proven": {"identity": "session"}}'::jsonb
            )), true, '[]' FROM asked, mika"#,
        )
        .await;
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn dsr_7_the_operator_answers_extends_and_refuses_what_members_asked() {
    let (database, folder) = (asked().await, tempfile::tempdir().unwrap());
    let run = |arguments: &[&str]| qualify(&database, folder.path(), arguments);
    let (code, out, err) = run(&["list"]);
    assert_eq!((code, out.lines().count()), (Some(0), 2), "{out}{err}");
    assert!(out.contains(&format!("{OBJECTION}  objection  received ")) && !out.contains("mika@"), "{out}");
    let (code, out, err) = run(&["show", OBJECTION]);
    assert_eq!(code, Some(0), "{err}");
    assert!(out.contains("from Mika Member <mika@example.com>") && out.contains("says: No statistics."), "{out}");

    for (unfit, said) in [
        (&["refuse", OBJECTION, "--reason", "legal_duty"][..], "there is no such reason to refuse that right"),
        (&["refuse", OBJECTION, "--reason", "mood"], "--reason: "),
        (&["extend", OBJECTION, "--reasons", " "], "--reasons: "),
        (&["close", OBJECTION], "there is no such request"),
        (&["forward", OBJECTION, "--organization", "north"], "there is no such organization"),
        (&["answer", "0192f7a0-0000-7000-8000-00000000000f"], "there is no such request"),
    ] {
        let (code, out, err) = run(unfit);
        assert_eq!((code, out.as_str()), (Some(1), ""), "{unfit:?}: {err}");
        assert!(err.contains(said), "{unfit:?}: {err}");
    }
    for done in [
        &["extend", OBJECTION, "--reasons", "Many logs."][..],
        &["refuse", OBJECTION, "--reason", "compelling_grounds", "--text", "Security."],
        &["answer", RESTRICTION, "--text", "It is kept and not used."],
    ] {
        let (code, _, err) = run(done);
        assert_eq!(code, Some(0), "{done:?}: {err}");
    }
    let (code, _, err) = run(&["answer", RESTRICTION]);
    assert!(code == Some(1) && err.contains("answered before; nothing was changed"), "{err}");
    let (_, out, _) = run(&["list"]);
    assert_eq!(out, "", "answered, and mailed");
    let (_, out, _) = run(&["show", OBJECTION]);
    for step in ["the operator took more time: Many logs.", "the operator refused: compelling_grounds: Security."] {
        assert!(out.contains(step), "{out}");
    }
    assert_eq!(std::fs::read_dir(folder.path().join("mails/new")).unwrap().count(), 3, "one for each step");
}
