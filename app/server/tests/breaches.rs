//! The operator's log of breaches, as a shell sees it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::process::Command;

use qualify_postgres::testing::TestDatabase;

fn qualify(database: &TestDatabase, arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_qualify"));
    command.args(arguments);
    command.current_dir(folder.path()).env_clear().env("QUALIFY_DATABASE_URL", database.app_url());
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn breaches(database: &TestDatabase, arguments: &[&str]) -> (Option<i32>, String, String) {
    qualify(database, &[&["admin", "breaches"], arguments].concat())
}

/// Logs a breach that was noticed then.
fn log(database: &TestDatabase, aware_at: &str, whom: &[&str]) -> (Option<i32>, String, String) {
    let known = ["log", "--aware-at", aware_at, "--happened", "A backup lay open.", "--categories", "Names"];
    let more = ["--effects", "Unwanted mail", "--measures", "It was taken away."];
    breaches(database, &[&known[..], &more, whom].concat())
}

#[tokio::test(flavor = "multi_thread")]
async fn prv_8_a_breach_is_logged_told_of_and_closed() {
    let database = TestDatabase::fresh().await;
    let (_, out, _) = qualify(&database, &["check"]);
    assert!(out.contains("✓ breach_overdue is 0"), "{out}");
    let (code, out, err) = log(&database, "2026-01-09T18:30:15Z", &["--none"]);
    assert_eq!(code, Some(0), "{err}");
    assert!(err.contains("organizations that are told: 0, the CNIL is due by 2026-01-12T18:30:15Z"), "{err}");
    let id = out.trim();
    let (_, out, _) = qualify(&database, &["check"]);
    assert!(out.contains("✗ breach_overdue{of=\"service\"} 1: "), "{out}");
    let (_, out, _) = breaches(&database, &["list"]);
    assert!(
        out.starts_with(&format!("{id}  noticed 2026-01-09T18:30:15Z  open, CNIL due 2026-01-12T18:30:15Z")),
        "{out}"
    );

    let late = ["cnil", id, "--at", "2026-01-12T18:30:16Z"];
    let (code, _, err) = breaches(&database, &late);
    assert!(code == Some(1) && err.contains("the reasons are missing"), "{err}");
    let reasons = ["--late-because", "It was not seen before."];
    assert_eq!(breaches(&database, &[&late[..], &reasons].concat()).0, Some(0));
    assert_eq!(breaches(&database, &["people", id, "--at", "2026-01-13T08:00:00Z"]).0, Some(0));
    assert_eq!(breaches(&database, &["revise", id, "--people", "900"]).0, Some(0));
    assert_eq!(breaches(&database, &["close", id]).0, Some(0));
    let (_, out, _) = breaches(&database, &["show", id]);
    for line in
        ["what happened: A backup lay open.", "about how many people: 900", "late because: It was not seen before."]
    {
        assert!(out.lines().any(|shown| shown == line), "{line}: {out}");
    }
    let (_, out, _) = qualify(&database, &["check"]);
    assert!(out.contains("✓ breach_overdue is 0"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_breach_says_whom_it_concerns_and_what_happened() {
    let database = TestDatabase::fresh().await;
    assert_eq!(log(&database, "2026-01-09T18:30:15Z", &[]).0, Some(2), "whom?");
    assert_eq!(log(&database, "yesterday", &["--all"]).0, Some(2));
    let nobody = ["--organization", "0192f7a0-0000-7000-8000-000000000000"];
    let (code, _, err) = log(&database, "2026-01-09T18:30:15Z", &nobody);
    assert!(code == Some(1) && err.contains("no such organization"), "{err}");
    let (code, _, err) = log(&database, "2999-01-01T00:00:00Z", &["--all"]);
    assert!(code == Some(1) && err.contains("it cannot have been at that moment"), "{err}");
    assert_eq!(breaches(&database, &["list"]).1, "");
    let (code, _, err) = breaches(&database, &["close", nobody[1]]);
    assert!(code == Some(1) && err.contains("no such breach"), "{err}");
}
