//! The operator's walk along the audit trails, as a shell sees it.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::process::Command;

use qualify_postgres::testing::TestDatabase;
use sqlx::{Connection, PgConnection};

const ONE: &str = "0192f7a0-0000-7000-8000-000000000001";
const TWO: &str = "0192f7a0-0000-7000-8000-000000000002";

async fn superuser(database: &TestDatabase) -> PgConnection {
    PgConnection::connect_with(&database.superuser()).await.unwrap()
}

/// Three entries in the trail of each of two organizations.
async fn written(database: &TestDatabase) {
    let mut connection = superuser(database).await;
    for organization in [ONE, TWO] {
        let append = format!(
            "BEGIN; SELECT set_config('qualify.organization_id', '{organization}', true);
            SELECT append_audit(to_timestamp(n), 'product', NULL, NULL, 'found_organization', '[{{}}]')
            FROM generate_series(1, 3) AS n; COMMIT"
        );
        sqlx::raw_sql(sqlx::AssertSqlSafe(append)).execute(&mut connection).await.unwrap();
    }
}

fn verify(database: &TestDatabase, arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_qualify"));
    command.args(["admin", "audit", "verify"]).args(arguments);
    command.current_dir(folder.path()).env_clear().env("QUALIFY_DATABASE_URL", database.app_url());
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn log_3_the_operators_walk_finds_whole_chains_whole() {
    let database = TestDatabase::fresh().await;
    written(&database).await;
    let (code, out, err) = verify(&database, &[]);
    assert_eq!((code, out.as_str()), (Some(0), "whole chains: 2, entries: 6\n"), "{err}");
    let (code, out, err) = verify(&database, &["--organization", TWO]);
    assert_eq!((code, out.as_str()), (Some(0), "whole chains: 1, entries: 3\n"), "{err}");
}

#[tokio::test(flavor = "multi_thread")]
async fn log_3_the_operators_walk_names_the_first_broken_entry_and_fails() {
    let cuts = [
        (
            "DELETE FROM audit_entries WHERE sequence = 1 AND organization_id = '$1'",
            "entries are missing before entry 2",
        ),
        (
            "DELETE FROM audit_entries WHERE sequence = 3 AND organization_id = '$1'",
            "the newest entries are missing, from entry 3 on",
        ),
        (
            "UPDATE audit_entries SET action = 'read_leads' WHERE sequence > 1 AND organization_id = '$1'",
            "entry 2 is not as it was written",
        ),
        (
            "UPDATE audit_entries AS e SET at = o.at, previous = o.previous, hash = o.hash
            FROM audit_entries AS o WHERE o.organization_id = e.organization_id AND o.sequence = 4 - e.sequence
                AND e.organization_id = '$1'",
            "entry 1 does not follow the one before it",
        ),
    ];
    for (cut, told) in cuts {
        let database = TestDatabase::fresh().await;
        written(&database).await;
        let cut = cut.replace("$1", TWO);
        sqlx::raw_sql(sqlx::AssertSqlSafe(cut)).execute(&mut superuser(&database).await).await.unwrap();
        let (code, out, err) = verify(&database, &[]);
        assert_eq!((code, out), (Some(1), format!("organization {TWO}: {told}\n")), "{err}");
        assert!(err.contains("broken chains: 1 of 2"), "{err}");
        assert_eq!(verify(&database, &["--organization", ONE]).0, Some(0), "the other one is whole");
    }
}
