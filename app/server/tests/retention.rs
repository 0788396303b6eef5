//! What the operator sees of retention, as a shell sees it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::process::Command;

use qualify_domain::retention::RULES;
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

/// Three tries that expired long ago.
async fn with_tries() -> TestDatabase {
    let database = TestDatabase::fresh().await;
    let tries = "INSERT INTO throttles (key, failures, times, expires_at)
        SELECT sha256(int4send(n)), 1, '{}', to_timestamp(n) FROM generate_series(1, 3) AS n";
    database.sql(tries).await;
    database
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_planned_goes_and_is_proven() {
    let database = with_tries().await;
    let due = "throttle  3 due  tries that were counted: deleted as soon as they expired\n";
    for _ in 0..2 {
        let (code, out, err) = qualify(&database, &["admin", "retention", "plan"]);
        assert_eq!(code, Some(0), "{err}");
        assert!(out.contains(due), "a plan changes nothing: {out}");
        let addresses = "lead_ip  0 due  network addresses of submissions: taken out 30 days after they came\n";
        assert!(out.contains(addresses), "{out}");
    }
    for gone in [3, 0] {
        let (code, out, err) = qualify(&database, &["admin", "retention", "run"]);
        assert_eq!(code, Some(0), "{err}");
        assert!(out.contains(&format!("throttle  {gone} gone in ")), "{out}");
        assert!(out.lines().count() == RULES.len() && out.lines().all(|line| line.ends_with("  done")), "{out}");
    }
    let (code, out, err) = qualify(&database, &["admin", "retention", "verify"]);
    assert_eq!((code, out.as_str()), (Some(0), &*format!("whole chain, runs: {}\n", 2 * RULES.len())), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sweep_that_breaks_and_a_broken_chain_are_told() {
    let database = with_tries().await;
    database.sql("REVOKE DELETE ON throttles FROM qualify_sweep_throttle").await;
    let (code, out, err) = qualify(&database, &["admin", "retention", "run"]);
    assert_eq!(code, Some(1), "{out}");
    assert!(err.contains(&format!("not done: 1 of {}", RULES.len())), "{err}");
    assert!(out.lines().any(|line| line.starts_with("throttle  0 gone in ") && line.ends_with("  failed")), "{out}");
    database.sql("UPDATE retention_runs SET outcome = 'done' WHERE outcome = 'failed'").await;
    let (code, out, err) = qualify(&database, &["admin", "retention", "verify"]);
    let entry = 1 + RULES.iter().position(|rule| rule.code == "throttle").unwrap();
    assert_eq!((code, out), (Some(1), format!("entry {entry} is not as it was written\n")), "{err}");
    assert!(err.contains("the chain of runs is broken"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ret_16_what_is_overdue_is_told_by_the_check() {
    let database = with_tries().await;
    let (_, out, _) = qualify(&database, &["check"]);
    assert!(out.contains("✗ retention_overdue_rows{rule=\"throttle\"} 3: "), "{out}");
    database.sql("REVOKE DELETE ON throttles FROM qualify_sweep_throttle").await;
    assert_eq!(qualify(&database, &["admin", "retention", "run"]).0, Some(1), "a sweep without its rights fails");
    let (code, out, _) = qualify(&database, &["check"]);
    assert!(out.contains("✗ retention_overdue_rows{rule=\"throttle\"} 3: ") && code != Some(0), "{out}");
    database.sql("GRANT DELETE ON throttles TO qualify_sweep_throttle").await;
    assert_eq!(qualify(&database, &["admin", "retention", "run"]).0, Some(0));
    let (_, out, _) = qualify(&database, &["check"]);
    assert!(out.contains("✓ retention_overdue_rows is 0 for every rule"), "{out}");
}
